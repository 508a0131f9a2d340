"""Waits until a gateway that is being started is there: the right process, on the right port, alive."""

from __future__ import annotations

import asyncio

from gateway_core.facts import Identity
from gateway_core.health.states import LIVE_STATES
from gateway_core.lifecycle.operations import ErrorCode, OperationFailedError
from gateway_core.lifecycle.target import Target, look
from gateway_core.lifecycle.work import Ending, Launch, Work
from gateway_core.snapshot import State

_FIRST_PAUSE_S = 0.02
_LONGEST_PAUSE_S = 0.2
_FIRST_ANSWER_S = 0.5


async def until_live(
    work: Work, before: Target, port: int, launch: Launch, *, replacing: Identity | None = None
) -> Target:
    """The instance, live on `port` in another process than `replacing`.

    Raises `OperationFailedError` when it ended, or is not live in time.

    Until something listens on the port, only the socket table is read: that costs next to nothing.
    """
    deadline = work.deadline(before.distribution.start_budget_s)
    with work.steps.step("live") as note:
        # A first question, which is refused, loads the HTTP client while the gateway is still busy with its start.
        async with work.host.http.conversation() as conversation:
            await conversation.get(f"http://127.0.0.1:{port}/", deadline=_FIRST_ANSWER_S)
        pause_s = _FIRST_PAUSE_S
        while True:
            ending = await launch.ending(min(pause_s, deadline.left_s))
            target = await _glance(work, before, port, thorough=ending is not None or not deadline.left_s)
            if target is not None and target.identity != replacing and is_live_on(target, port):
                note.detail = _arrival(target)
                return target
            if ending is not None:
                raise _ended(before, ending)
            if not deadline.left_s:
                raise await _late(before, target, launch, deadline.seconds)
            if target is not None:
                pause_s = min(pause_s * 1.5, _LONGEST_PAUSE_S)


def is_live_on(target: Target, port: int) -> bool:
    """Whether its own process, proven to be its own, holds that port and answers as a gateway does."""
    instance = target.instance
    process, http = instance.signals.process, instance.signals.http
    answers = instance.state in LIVE_STATES or (instance.state is State.STARTING and http is not None and http.live)
    return answers and process is not None and process.proof is not None and instance.live_port == port


def _arrival(target: Target) -> str:
    """Early products run the gateway as a child of what was launched: only this pid is the gateway's."""
    process, reason = target.instance.signals.process, target.instance.reason
    return f"{reason}, as pid {process.pid}" if process is not None else reason


async def _glance(work: Work, before: Target, port: int, *, thorough: bool) -> Target | None:
    """A full look at the instance, once there is something to see."""
    if not thorough:
        scan = await asyncio.to_thread(work.host.sockets.scan)
        if not any(socket.port == port for socket in scan.sockets):
            return None
    return await look(work.observer, before)


def _ended(target: Target, ending: Ending) -> OperationFailedError:
    hint = f"Its log says more: claw-tui logs {target.id}"
    return OperationFailedError(
        ErrorCode.DIED, f"{target.id} did not start: {ending.message}.", hint, ending.last_lines
    )


async def _late(before: Target, target: Target | None, launch: Launch, seconds: float) -> OperationFailedError:
    reason = target.instance.reason if target is not None else "nothing of it is left"
    return OperationFailedError(
        ErrorCode.NOT_LIVE,
        f"{before.id} was not live after {seconds:.0f} s: {reason}.",
        f"It was left as it is. Look at its log, or stop it: claw-tui stop {before.id}",
        await launch.last_lines(),
    )
