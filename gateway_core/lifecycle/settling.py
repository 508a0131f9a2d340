"""Waits for what is on its way but cannot be judged yet, so that no operation acts on half a picture."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from gateway_core.facts import Identity
from gateway_core.lifecycle.locking import ProcessMark
from gateway_core.lifecycle.operations import ErrorCode, RefusedError
from gateway_core.lifecycle.target import Target, look
from gateway_core.lifecycle.work import Ending, Work

_PATIENCE_S = 10.0
"""A gateway takes its lock, which proves it, within moments of its start; what it waits for comes later."""
_GLANCE_S = 0.05


async def settled(work: Work, target: Target, *, ask: bool) -> Target:
    """The instance, looked at once everything that runs for it can be recognised, or has had its time for that.

    Raises `RefusedError` for a process that claw-tui has started and that still shows no sign of being a gateway.
    """
    deadline = work.deadline(_PATIENCE_S, at_most_s=_PATIENCE_S)
    target = await look(work.observer, target, ask=ask) or target
    while deadline.left_s and (_is_unproven_yet(target) or _unrecognised(work, target)):
        await asyncio.sleep(_GLANCE_S)
        target = await look(work.observer, target, ask=ask) or target
    launched = _unrecognised(work, target)
    if launched is not None:
        raise RefusedError(
            ErrorCode.UNKNOWN_STATE,
            f"pid {launched.pid} was started for {target.id}, but cannot be recognised as its gateway yet.",
            "Wait a moment and repeat this.",
        )
    return target


def _is_unproven_yet(target: Target) -> bool:
    """Whether its process is so young that its proof may still come."""
    process = target.instance.signals.process
    if process is None or process.proof is not None:
        return False
    return (target.snapshot.taken_at - process.started_at).total_seconds() < _PATIENCE_S


def _unrecognised(work: Work, target: Target) -> ProcessMark | None:
    """What claw-tui has started for it, if that lives but nothing of the instance can be seen yet."""
    launched = work.lock.record.launched
    if launched is None or target.instance.signals.process is not None:
        return None
    info = work.host.processes.find(launched.pid)
    return launched if info is not None and info.start == launched.start else None


@dataclass(frozen=True, slots=True)
class Onlooking:
    """The launch of a gateway that somebody else has started."""

    work: Work
    identity: Identity | None
    """Its process, if there is one yet."""

    async def ending(self, within_s: float) -> Ending | None:
        """Whether its process has gone."""
        await asyncio.sleep(within_s)
        if self.identity is None:
            return None
        now = self.work.host.processes.find(self.identity[0])
        if now is not None and now.identity == self.identity:
            return None
        return Ending(f"pid {self.identity[0]}, which somebody else had started, ended before it was live")

    async def last_lines(self) -> tuple[str, ...]:
        """Not known: its output is not ours."""
        return ()
