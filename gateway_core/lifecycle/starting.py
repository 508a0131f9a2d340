"""How long a start may take: by its product, by the load, by what it took before, and above all by whether it works."""

from __future__ import annotations

import asyncio
import os
from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from gateway_core.health.work import LONGEST_START_S, Work
from gateway_core.host import Host
from gateway_core.lifecycle.backend import Launch, OperationContext
from gateway_core.lifecycle.target import Target

_MOST_FOR_LOAD = 4.0  # a loaded machine lengthens the budget so many times at most
_TIMES_BEFORE = 2.0  # a start may take so many times as long as the last one
SAMPLE_EVERY_S = 5.0


def start_budget_s(context: OperationContext, target: Target) -> float:
    """Seconds for a start in which nothing seems to happen; one that works gets more, up to `LONGEST_START_S`."""
    before_s = (context.lock.record.took_s or 0) * _TIMES_BEFORE
    usual_s = target.distribution.start_budget_s
    return min(max(usual_s * min(_load_per_core(), _MOST_FOR_LOAD), usual_s, before_s), LONGEST_START_S)


def _load_per_core() -> float:
    with suppress(OSError):
        return os.getloadavg()[0] / (os.cpu_count() or 1)
    return 0.0


@dataclass(frozen=True, slots=True)
class _Sample:
    at: float
    cpu_s: float
    waiting_s: float


class StartProgress:
    """The work of everything that a launch has started, as far as it can be seen."""

    def __init__(self, host: Host, launch: Launch) -> None:
        self._host, self._launch = host, launch
        self._previous = self._last = _Sample(host.clock.monotonic(), 0, 0)
        self.pids: tuple[int, ...] = ()  # those that lived at the last sample

    @property
    def is_due(self) -> bool:
        return self._host.clock.monotonic() - self._last.at >= SAMPLE_EVERY_S

    async def sample(self, target: Target | None) -> None:
        """Measure what has been done until now."""
        roots = {*self._launch.pids, *((target.identity.pid,) if target is not None and target.identity else ())}
        self.pids, cpu_s, waiting_s = await asyncio.to_thread(_used_by, self._host, roots)
        self._previous, self._last = self._last, _Sample(self._host.clock.monotonic(), cpu_s, waiting_s)

    @property
    def work(self) -> Work:
        """The work between the last two samples."""
        seconds = max(self._last.at - self._previous.at, 0.01)
        cpu_s, waiting_s = self._last.cpu_s - self._previous.cpu_s, self._last.waiting_s - self._previous.waiting_s
        return Work(max(cpu_s, 0) / seconds, max(waiting_s, 0) / seconds)


def _used_by(host: Host, roots: Iterable[int]) -> tuple[tuple[int, ...], float, float]:
    """The living processes of these trees, their CPU time, and the time that they have waited for a core."""
    children: defaultdict[int, list[int]] = defaultdict(list)
    known = set()
    for info in host.processes.scan():
        children[info.parent].append(info.pid)
        known.add(info.pid)
    found: dict[int, None] = {}
    todo = [pid for pid in roots if pid in known]
    while todo:
        pid = todo.pop()
        if pid not in found:
            found[pid] = None
            todo += children[pid]
    usages = [usage for pid in found if (usage := host.processes.usage(pid)) is not None]
    return tuple(found), sum(usage.cpu_seconds for usage in usages), sum(usage.waiting_seconds for usage in usages)
