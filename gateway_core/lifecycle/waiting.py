"""Waits until a gateway is live, gone, or at least recognisable."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta

from gateway_core.health.state import LIVE_STATES, STOP_GRACE_S
from gateway_core.health.wording import spoken_unready
from gateway_core.health.work import LONGEST_START_S
from gateway_core.host import Identity
from gateway_core.lifecycle.backend import Deadline, Launch, OperationContext
from gateway_core.lifecycle.other_port import require_expected_port
from gateway_core.lifecycle.proof import SHOWS_ITSELF, SUFFICIENT
from gateway_core.lifecycle.starting import SAMPLE_EVERY_S, StartProgress, start_budget_s
from gateway_core.lifecycle.target import Target, look
from gateway_core.lifecycle.threads import finish_in_thread
from gateway_core.operations import ErrorCode, Operation, OperationFailedError, RefusedError
from gateway_core.ports.addresses import collide, reached_at
from gateway_core.ports.listeners import sockets_places
from gateway_core.processes.boot import boot_id
from gateway_core.processes.handle import is_alive
from gateway_core.shell_commands import own_command
from gateway_core.snapshot import Proof, State

_FIRST_PAUSE_S = 0.02
_LONGEST_PAUSE_S = 0.2
_FIRST_ANSWER_S = 0.5
_LOOK_EVERY_S = 0.05
_MOST_LOOKS_AT_SERVICES = 15  # some five seconds, whatever the clock of the host does meanwhile
_LAUNCHER_ENDS_S = 5.0  # what launched a gateway ends some hundredths of a second after it (seen in 2026.2.6)
_LOOK_ANYWAY_S = 5.0  # it may have come up where its ports cannot be seen
_ELSEWHERE_EVERY_S = 0.5  # the time between two looks while only another port than the expected one was bound


async def wait_until_live(
    context: OperationContext, before: Target, port: int, launch: Launch, *, replacing: Identity | None = None
) -> Target:
    """Wait for the instance to be live on `port`, in another process than `replacing`.

    Raises `OperationFailedError` when the gateway ended, came up on another port, or is not live in time.
    """
    with context.steps.step("live") as note:
        start = _Start(context, before, port, launch, replacing)
        await _load_http_client(context, before, port)
        target = await start.live()
        note.detail = _spoken_success(target, start.seconds)
        await finish_in_thread(context.lock.note, took_s=round(start.seconds, 1))
        return target


class _Start:
    """A start from its launch until it is live, or has failed."""

    def __init__(
        self, context: OperationContext, before: Target, port: int, launch: Launch, replacing: Identity | None
    ) -> None:
        self._context, self._before, self._port, self._launch = context, before, port, launch
        self._replacing = replacing
        self._began = context.host.clock.monotonic()
        self._deadline = context.deadline(start_budget_s(context, before))
        self._longest = Deadline(context.host.clock, LONGEST_START_S)
        self._progress = StartProgress(context.host, launch)
        self._bound_before = frozenset(context.observer.facts.sockets.sockets)
        self._looked_at: float = 0

    @property
    def seconds(self) -> float:
        return self._context.host.clock.monotonic() - self._began

    async def live(self) -> Target:
        pause_s = _FIRST_PAUSE_S
        await self._progress.sample(None)  # what somebody else has launched has worked before
        while True:
            ending = await self._launch.ended(min(pause_s, self._deadline.left_s))
            over = ending is not None or not self._deadline.left_s
            target = await self._look_if_listening(thorough=over or self._before.occupancy.has_own_network)
            if target is not None and target.identity != self._replacing and self._launch.has_launched(target):
                if is_live_on(target, self._port):
                    return target
                require_expected_port(target, self._port)
            if ending is not None:
                raise await _ended(self._before, target, self._launch, ending)
            await self._follow_work(target, over=over)
            if over and not self._goes_on():
                raise await self._late(target)
            if target is not None:
                pause_s = min(pause_s * 1.5, _LONGEST_PAUSE_S)

    async def _follow_work(self, target: Target | None, *, over: bool) -> None:
        if over or self._progress.is_due:
            await self._progress.sample(target)

    def _goes_on(self) -> bool:
        """Give a start that works more time, unless the caller has set a limit."""
        if self._context.options.timeout_s is not None or not self._progress.work.gets_on or not self._longest.left_s:
            return False
        self._deadline = Deadline(self._context.host.clock, min(SAMPLE_EVERY_S, self._longest.left_s))
        return True

    async def _look_if_listening(self, *, thorough: bool) -> Target | None:
        """A full look at the instance once something listens on the port, or, now and then, on any new one.

        Until then the socket table says enough, but for a gateway whose ports cannot be seen.
        """
        if not thorough:
            sockets = frozenset((await asyncio.to_thread(self._context.host.sockets.scan)).sockets)
            elsewhere = bool(sockets - self._bound_before) and self.seconds - self._looked_at >= _ELSEWHERE_EVERY_S
            due = elsewhere or self.seconds - self._looked_at >= _LOOK_ANYWAY_S
            if not due and not any(socket.port == self._port for socket in sockets):
                return None
        else:
            await self._context.observer.look_at_disk()  # what was launched is written down
        self._looked_at = self.seconds
        return await look(self._context.observer, self._before)

    async def _late(self, target: Target | None) -> OperationFailedError:
        name, work, pids = self._before.id, self._progress.work, self._progress.pids
        seconds = f"{self.seconds:.0f} s"
        lines = await self._launch.last_lines()
        if pids and work.gets_on:
            message = f"{name} is still starting after {seconds}, {work.spoken}."
            hint = f"It was left to go on. Follow it: claw-tui ls --watch, or end it: {own_command('stop', name)}"
            return OperationFailedError(ErrorCode.NOT_LIVE, message, hint, lines)
        reason = target.instance.reason if target is not None else "nothing of it is left"
        if pids and (target is None or target.identity is None):
            reason = f"pid {pids[0]} runs, but has no port and does nothing"
        hint = f"It was left as it is. Look at its log, or stop it: {own_command('stop', name)}"
        return OperationFailedError(ErrorCode.NOT_LIVE, f"{name} was not live after {seconds}: {reason}.", hint, lines)


async def wait_until_ready(context: OperationContext, live: Target) -> Target:
    """Wait until the gateway says that it is ready. Raises `OperationFailedError` if it ends, or is not in time."""
    if _is_ready(live):
        return live
    deadline = context.deadline(start_budget_s(context, live))
    with context.steps.step("ready") as note:
        target: Target | None = live
        while deadline.left_s:
            await asyncio.sleep(min(_LONGEST_PAUSE_S, deadline.left_s))
            target = await look(context.observer, live)
            if target is None or target.identity != live.identity:
                message = f"{live.id} was live, but ended before it was ready."
                raise OperationFailedError(
                    ErrorCode.DIED, message, f"Its log says more: {own_command('logs', live.id)}"
                )
            if _is_ready(target):
                note.detail = target.instance.reason
                return target
        message = f"{live.id} is live, but not ready after {deadline.seconds:.0f} s: {_failing(target)}."
        hint = f"It was left running. Its log says more: {own_command('logs', live.id)}"
        raise OperationFailedError(ErrorCode.NOT_READY, message, hint)


def _is_ready(target: Target) -> bool:
    """Whether it is ready; versions that do not tell are so when they are live, and so is what cannot be asked."""
    http = target.instance.signals.http
    return target.runs_out_of_sight or (http is not None and http.live and http.ready is not False)


def _failing(target: Target | None) -> str:
    http = target.instance.signals.http if target is not None else None
    return spoken_unready(http)


def _spoken_success(target: Target, seconds: float) -> str:
    process = target.instance.signals.process
    if target.runs_out_of_sight:
        return target.instance.reason  # which names its pid
    pid = f", as pid {process.pid}" if process is not None else ""
    if _is_ready(target):
        return f"{target.instance.reason}{pid}"
    return f"live after {seconds:.1f} s{pid}; not ready yet: {_failing(target)}"


async def _load_http_client(context: OperationContext, target: Target, port: int) -> None:
    """Ask a first question, which is refused, while the gateway is still busy with its start."""
    async with context.host.http.conversation() as conversation:
        await conversation.get(f"http://{reached_at(target.occupancy.address)}:{port}/", deadline=_FIRST_ANSWER_S)


def is_live_on(target: Target, port: int) -> bool:
    """Whether its own process, proven to be its own, holds that port and answers as a gateway does.

    Where its ports cannot be seen, that it runs must do.
    """
    instance = target.instance
    process, http = instance.signals.process, instance.signals.http
    answers = instance.state in LIVE_STATES or (instance.state is State.STARTING and http is not None and http.live)
    is_there = answers and process is not None and process.proof is not None and instance.live_port == port
    return is_there or target.runs_out_of_sight


async def _ended(before: Target, after: Target | None, launch: Launch, ending: str) -> OperationFailedError:
    hint, other = f"Its log says more: {own_command('logs', before.id)}", ""
    if after is not None and after.identity is not None and not launch.has_launched(after):
        other = f"; pid {after.identity.pid} runs instead, which somebody else has started"
        hint = f"Look at it: {own_command('show', before.id)}"
    message = f"{before.id} did not start: {ending}{other}."
    return OperationFailedError(ErrorCode.DIED, message, hint, await launch.last_lines())


async def wait_until_gone(context: OperationContext, before: Target) -> Target | None:
    """Look whether the process is gone; `None` if nothing is left of the instance. Raises `OperationFailedError`.

    Another process that runs in its place already is left to whoever watches next.
    """
    with context.steps.step("verify") as note:
        after = await _look_without_remnants(context, before)
        if after is not None and after.identity is not None:
            if _is_part_of(before, after):
                raise _still_runs(after)
            return after  # somebody has started another one: who, is found out next
        _require_free(before, context)
        note.detail = after.instance.reason if after is not None else "nothing of it is left"
        return after


async def _look_without_remnants(context: OperationContext, before: Target) -> Target | None:
    """Look until the process above the gateway, which early versions have, has ended with it; at most so long."""
    deadline = Deadline(context.host.clock, _LAUNCHER_ENDS_S)
    after = await look(context.observer, before)
    while deadline.left_s and after is not None and after.identity != before.identity and _is_part_of(before, after):
        await asyncio.sleep(_LOOK_EVERY_S)
        after = await look(context.observer, before)
    return after


def _is_part_of(before: Target, after: Target) -> bool:
    """Whether the process that runs is one of those that ran before."""
    process = before.instance.signals.process
    if process is None or after.identity is None:
        return False
    old = before.facts.processes.get(after.identity.pid)
    return after.identity.pid in process.lineage and old is not None and old.identity == after.identity


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


def _still_runs(after: Target) -> OperationFailedError:
    pid = after.identity.pid if after.identity is not None else 0
    message = f"{after.id} was stopped, but pid {pid} still runs: {after.instance.reason}."
    hint = f"Stop it again, or find out who runs it: {own_command('show', after.id)}"
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
    at_services = iter(range(_MOST_LOOKS_AT_SERVICES))
    while deadline.left_s and (
        _is_open(context, target) or (_has_young_service(target) and next(at_services, None) is not None)
    ):
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
    if _is_ending(context, target) or _could_be(target) or _unrecognised(context, target) is not None:
        return True
    process = target.instance.signals.process
    if process is None or process.proof in SUFFICIENT:
        return False
    # A gateway that is to be ended must be proven; to wait for one that starts, it is enough to know it.
    needed = process.proof is None or context.steps.operation in _ENDING
    age_s = (target.snapshot.taken_at - process.started_at).total_seconds()
    return needed and age_s < target.distribution.start_budget_s


def _has_young_service(target: Target) -> bool:
    """Whether a service has just started a process, which may not look like what starts a gateway yet."""
    if target.identity is not None:
        return False
    pids = (service.main_pid for service in target.instance.signals.services if service.active == "active")
    mains = (target.facts.processes.get(pid) for pid in pids if pid is not None)
    ages = (target.snapshot.taken_at - main.started_at for main in mains if main is not None)
    return any(timedelta(0) <= age < SHOWS_ITSELF for age in ages)


def _is_ending(context: OperationContext, target: Target) -> bool:
    """Whether its process was asked to stop a moment ago, and has given up its port already."""
    asked = context.lock.record.asked_to_stop
    if asked is None or target.identity is None or target.instance.live_port is not None:
        return False
    host = context.host
    if asked.identity_in(boot_id(host), host.processes) != target.identity:
        return False
    age_s = asked.age_s(host.clock)
    return age_s is not None and age_s < STOP_GRACE_S


def _could_be(target: Target) -> bool:
    """Whether a process that starts may be the instance, and nothing else is known of it."""
    return target.instance.state is State.UNKNOWN and len(target.occupancy.could_be) > 0


def _unrecognised(context: OperationContext, target: Target) -> Identity | None:
    """The process that claw-tui has started for the instance, while nothing shows that it has become a gateway.

    To wait until it is live, there is no need to see that.
    """
    process, launched = target.occupancy.process, target.occupancy.discovered.last_requests.launched
    if process is None or process.info.identity != launched or target.occupancy.proof is not Proof.LAUNCH:
        return None
    known = any(gateway.info.identity == launched for gateway in target.facts.gateways)
    return None if known or context.steps.operation not in _ENDING else launched


@dataclass(frozen=True, slots=True)
class OtherStart:
    """The launch of a gateway that somebody else has started."""

    context: OperationContext
    identity: Identity | None  # its process, if there is one yet

    @property
    def pids(self) -> tuple[int, ...]:
        return (self.identity.pid,) if self.identity is not None else ()

    def has_launched(self, _target: Target) -> bool:
        """Return `True`: whoever has started it is somebody else, and nobody claims to have done so."""
        return True

    async def ended(self, within_s: float) -> str | None:
        await asyncio.sleep(within_s)
        if self.identity is None or is_alive(self.context.host.processes, self.identity):
            return None
        return f"pid {self.identity.pid}, which somebody else had started, ended before it was live"

    async def last_lines(self) -> tuple[str, ...]:
        """Return nothing: the output goes to whoever started the gateway."""
        return ()
