"""The history of restarts by service managers, which tells a crash loop from a single crash."""

from __future__ import annotations

from collections import deque

from gateway_core.snapshot import ServiceSignal, Signals

RESTART_WINDOW_S = 120.0
"""The time for which a restart counts. A cold start that fails after 30 s still shows up four times."""

MANY_RESTARTS = 5  # so many restarts in all are a crash loop, unless the service has settled since
SEVERAL_RESTARTS = 2  # so many recent restarts are one, while the service manager waits for the next

_Key = tuple[str, str]


class RestartHistory:
    """The restart counts of every service seen, for `RESTART_WINDOW_S`. One per monitor."""

    def __init__(self) -> None:
        self._seen: dict[_Key, deque[tuple[float, int]]] = {}

    def recent(self, manager: str, name: str, restarts: int | None, at: float) -> int:
        """Record the count as of `at` (monotonic seconds) and return how much it grew within the window.

        A count that shrank was reset by a person's own start: the history begins anew.
        """
        if restarts is None:
            return 0
        seen = self._seen.setdefault((manager, name), deque())
        if seen and restarts < seen[-1][1]:
            seen.clear()
        if not seen or restarts > seen[-1][1]:
            seen.append((at, restarts))
        # The newest count from before the window is what growth within it is measured against.
        while len(seen) > 1 and seen[1][0] <= at - RESTART_WINDOW_S:
            seen.popleft()
        return restarts - seen[0][1]

    def keep(self, services: set[_Key]) -> None:
        """Forget every service but these."""
        self._seen = {key: seen for key, seen in self._seen.items() if key in services}


def is_looping(service: ServiceSignal, recent_restarts: int) -> bool:
    """Whether the service manager restarts it again and again, or gave up doing so. Holds without a live process."""
    if service.active not in ("active", "activating", "failed"):
        return False
    if recent_restarts > SEVERAL_RESTARTS:
        return True
    waiting = service.active == "activating"
    many = (service.restarts or 0) >= MANY_RESTARTS
    return (many and service.active != "active") or (waiting and recent_restarts >= SEVERAL_RESTARTS)


def restarting_beside(signals: Signals, unit: tuple[str, str] | None) -> ServiceSignal | None:
    """The service that starts another gateway again and again, in vain, because the one that runs is in its place.

    `unit` is the service in whose control group that one is. The other is active while its gateway waits for the lock.
    """
    process = signals.process
    if process is None:
        return None
    for service in signals.services:
        own = service.main_pid in process.lineage or (service.manager, service.name) == unit
        waits = service.active == "activating" or (service.active == "active" and service.main_pid is not None)
        if not own and ((waits and (service.restarts or 0) >= SEVERAL_RESTARTS) or is_looping(service, 0)):
            return service
    return None
