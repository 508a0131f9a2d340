"""Waits until a gateway is live, gone, or at least recognisable."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from gateway_core.health.state import LIVE_STATES
from gateway_core.host import Identity
from gateway_core.lifecycle.backend import Launch, OperationContext
from gateway_core.lifecycle.proof import SUFFICIENT
from gateway_core.lifecycle.target import Target, look
from gateway_core.operations import ErrorCode, Operation, OperationFailedError, RefusedError
from gateway_core.ports.addresses import collide, reached_at
from gateway_core.ports.listeners import sockets_places
from gateway_core.processes.handle import is_alive
from gateway_core.snapshot import Proof, State

_FIRST_PAUSE_S = 0.02
_LONGEST_PAUSE_S = 0.2
_FIRST_ANSWER_S = 0.5
_LOOK_EVERY_S = 0.05
_LAUNCHER_ENDS_S = 5.0  # what launched a gateway ends some hundredths of a second after it (seen in 2026.2.6)


async def wait_until_live(
    context: OperationContext, before: Target, port: int, launch: Launch, *, replacing: Identity | None = None
) -> Target:
    """Wait for the instance to be live on `port`, in another process than `replacing`.

    Raises `OperationFailedError` when the gateway ended, or is not live in time.
    """
    deadline = context.deadline(before.distribution.start_budget_s)
    with context.steps.step("live") as note:
        await _load_http_client(context, before, port)
        pause_s = _FIRST_PAUSE_S
        while True:
            ending = await launch.ended(min(pause_s, deadline.left_s))
            target = await _look_if_listening(context, before, port, thorough=ending is not None or not deadline.left_s)
            if target is not None and target.identity != replacing and is_live_on(target, port):
                process = target.instance.signals.process
                note.detail = target.instance.reason + (f", as pid {process.pid}" if process is not None else "")
                return target
            if ending is not None:
                raise await _ended(before, launch, ending)
            if not deadline.left_s:
                raise await _late(before, target, launch, deadline.seconds)
            if target is not None:
                pause_s = min(pause_s * 1.5, _LONGEST_PAUSE_S)


async def _load_http_client(context: OperationContext, target: Target, port: int) -> None:
    """Ask a first question, which is refused, while the gateway is still busy with its start."""
    async with context.host.http.conversation() as conversation:
        await conversation.get(f"http://{reached_at(target.occupancy.address)}:{port}/", deadline=_FIRST_ANSWER_S)


def is_live_on(target: Target, port: int) -> bool:
    """Whether its own process, proven to be its own, holds that port and answers as a gateway does."""
    instance = target.instance
    process, http = instance.signals.process, instance.signals.http
    answers = instance.state in LIVE_STATES or (instance.state is State.STARTING and http is not None and http.live)
    return answers and process is not None and process.proof is not None and instance.live_port == port


async def _look_if_listening(context: OperationContext, before: Target, port: int, *, thorough: bool) -> Target | None:
    """A full look at the instance once something listens on the port: until then the socket table says enough."""
    if not thorough:
        scan = await asyncio.to_thread(context.host.sockets.scan)
        if not any(socket.port == port for socket in scan.sockets):
            return None
    return await look(context.observer, before)


async def _ended(target: Target, launch: Launch, ending: str) -> OperationFailedError:
    hint = f"Its log says more: claw-tui logs {target.id}"
    message = f"{target.id} did not start: {ending}."
    return OperationFailedError(ErrorCode.DIED, message, hint, await launch.last_lines())


async def _late(before: Target, target: Target | None, launch: Launch, seconds: float) -> OperationFailedError:
    reason = target.instance.reason if target is not None else "nothing of it is left"
    message = f"{before.id} was not live after {seconds:.0f} s: {reason}."
    hint = f"It was left as it is. Look at its log, or stop it: claw-tui stop {before.id}"
    return OperationFailedError(ErrorCode.NOT_LIVE, message, hint, await launch.last_lines())


async def wait_until_gone(context: OperationContext, before: Target) -> Target | None:
    """Look whether the process is gone; `None` if nothing is left of the instance. Raises `OperationFailedError`."""
    with context.steps.step("verify") as note:
        after = await look(context.observer, before)
        deadline = context.deadline(_LAUNCHER_ENDS_S, at_most_s=_LAUNCHER_ENDS_S)
        while deadline.left_s and _is_launcher_of(after, before):
            await asyncio.sleep(_LOOK_EVERY_S)
            after = await look(context.observer, before)
        if after is not None and after.identity is not None:
            raise _came_back(before, after)
        _require_free(before, context)
        note.detail = after.instance.reason if after is not None else "nothing of it is left"
        return after


def _is_launcher_of(after: Target | None, before: Target) -> bool:
    """Whether all that is left is what had launched the gateway: it ends by itself, a moment after it."""
    process = before.instance.signals.process
    identity = after.identity if after is not None else None
    if process is None or identity is None or identity.pid not in process.ancestors:
        return False
    launcher = before.facts.processes.get(identity.pid)
    return launcher is not None and launcher.identity == identity


def _require_free(before: Target, context: OperationContext) -> None:
    """Raise `OperationFailedError` if somebody holds the port where the gateway held it."""
    port, held = before.instance.live_port, sockets_places(before.occupancy.own_sockets)
    there = (socket for socket in context.observer.facts.sockets.sockets if socket.port == port)
    holder = next((socket for socket in there if collide(held, sockets_places((socket,)))), None)
    if port is not None and holder is not None:
        who = f"pid {holder.pid}" if holder.pid is not None else "a process that cannot be seen"
        message = f"The gateway of {before.id} has ended, but port {port} is held by {who} now."
        hint = "Whoever holds it is no part of this instance; it was left alone."
        raise OperationFailedError(ErrorCode.PORT_STILL_HELD, message, hint)


def _came_back(before: Target, after: Target) -> OperationFailedError:
    process = after.instance.signals.process
    pid = process.pid if process is not None else 0
    again = "still runs" if after.identity == before.identity else "runs in its place"
    message = f"{before.id} was stopped, but pid {pid} {again}: {after.instance.reason}."
    hint = f"Stop it again, or find out who starts it: claw-tui show {before.id}"
    return OperationFailedError(ErrorCode.STILL_RUNNING, message, hint)


_LONGEST_LOOK_EVERY_S = 0.5
_ENDING = (Operation.STOP, Operation.RESTART, Operation.KILL)


async def wait_until_settled(context: OperationContext, target: Target, *, ask: bool) -> Target:
    """Wait until everything that runs for the instance, or may be it, can be told; for as long as a start may take.

    Raises `RefusedError` for a process that still could be this instance, or that claw-tui has started and that still
    shows no sign of being a gateway.
    """
    deadline = context.deadline(target.distribution.start_budget_s)
    target = await look(context.observer, target, ask=ask) or target
    pause_s = _LOOK_EVERY_S
    while deadline.left_s and _is_open(context, target):
        await asyncio.sleep(min(pause_s, deadline.left_s))
        pause_s = min(pause_s * 1.5, _LONGEST_LOOK_EVERY_S)
        await context.observer.look_at_disk()  # a lock may be the first that it shows
        target = await look(context.observer, target, ask=ask) or target
    if _could_be(target):
        message = f"Whether {target.id} runs could not be told: {target.instance.reason}. Nothing was done."
        raise RefusedError(ErrorCode.UNKNOWN_STATE, message, "Repeat this when that process is up, or has ended.")
    launched = _unrecognised(context, target)
    if launched is not None:
        message = f"pid {launched.pid} was started for {target.id}, but cannot be recognised as its gateway yet."
        raise RefusedError(ErrorCode.UNKNOWN_STATE, message, "Wait a moment and repeat this.")
    return target


def _is_open(context: OperationContext, target: Target) -> bool:
    """Whether something that runs could not be told yet, and may be soon."""
    if _could_be(target) or _unrecognised(context, target) is not None:
        return True
    process = target.instance.signals.process
    if process is None or process.proof in SUFFICIENT:
        return False
    # A gateway that is to be ended must be proven; to wait for one that starts, it is enough to know it.
    needed = process.proof is None or context.steps.operation in _ENDING
    age_s = (target.snapshot.taken_at - process.started_at).total_seconds()
    return needed and age_s < target.distribution.start_budget_s


def _could_be(target: Target) -> bool:
    """Whether a process that starts may be the instance, and nothing else is known of it."""
    return target.instance.state is State.UNKNOWN and len(target.occupancy.could_be) > 0


def _unrecognised(context: OperationContext, target: Target) -> Identity | None:
    """The process that claw-tui has started for the instance, while nothing shows that it has become a gateway.

    To wait until it is live, there is no need to see that.
    """
    process, launched = target.occupancy.process, target.occupancy.discovered.launched
    if process is None or process.info.identity != launched or target.occupancy.proof is not Proof.LAUNCH:
        return None
    known = any(gateway.info.identity == launched for gateway in target.facts.gateways)
    return None if known or context.steps.operation not in _ENDING else launched


@dataclass(frozen=True, slots=True)
class OtherStart:
    """The launch of a gateway that somebody else has started."""

    context: OperationContext
    identity: Identity | None  # its process, if there is one yet

    async def ended(self, within_s: float) -> str | None:
        await asyncio.sleep(within_s)
        if self.identity is None or is_alive(self.context.host.processes, self.identity):
            return None
        return f"pid {self.identity.pid}, which somebody else had started, ended before it was live"

    async def last_lines(self) -> tuple[str, ...]:
        """Return nothing: the output goes to whoever started the gateway."""
        return ()
