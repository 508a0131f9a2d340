"""Waits for what is on its way but cannot be judged yet, so that no operation acts on half a picture."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from gateway_core.facts import Identity
from gateway_core.lifecycle.operations import ErrorCode, RefusedError
from gateway_core.lifecycle.target import Target, look_again
from gateway_core.lifecycle.work import Ending, Work

_PATIENCE_S = 10.0
"""A gateway takes its lock, which proves it, within moments of its start; what it waits for comes later."""
_GLANCE_S = 0.05


async def settled(work: Work, target: Target) -> Target:
    """The instance, once everything that runs for it can be recognised. Raises `RefusedError` if that does not come."""
    deadline = work.deadline(_PATIENCE_S)
    while (emerging := _emerging(work, target)) is not None:
        if not deadline.left_s:
            raise RefusedError(
                ErrorCode.UNKNOWN_STATE,
                f"pid {emerging} was started for {target.id}, but cannot be recognised as its gateway yet.",
                "Wait a moment and repeat this.",
            )
        await asyncio.sleep(_GLANCE_S)
        target = await look_again(work.observer, target) or target
    return target


def _emerging(work: Work, target: Target) -> int | None:
    """The pid of a process that may become this instance's gateway."""
    process = target.instance.signals.process
    if process is not None:
        age_s = (target.snapshot.taken_at - process.started_at).total_seconds()
        return process.pid if process.proof is None and age_s < _PATIENCE_S else None
    launched = work.lock.record.launched
    info = work.host.processes.find(launched.pid) if launched is not None else None
    return info.pid if info is not None and launched is not None and info.start == launched.start else None


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
