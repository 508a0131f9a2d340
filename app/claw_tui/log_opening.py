"""How the dashboard comes to the logs of instances."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from gateway_core.host import Host
    from gateway_core.logs.model import Level
    from gateway_core.logs.view import LogView
    from gateway_core.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Wish:
    """Which lines are wanted."""

    instances: tuple[str, ...] = ()
    level: Level | None = None
    pattern: str = ""
    until: datetime | None = None
    """Where to begin, if not at the end."""

    def around(self, at: datetime | None) -> Wish:
        """All lines, from that moment on in both directions."""
        return replace(self, level=None, pattern="", until=at)


@dataclass(frozen=True, slots=True)
class FoundLogs:
    """The logs of these instances, to be opened, and whether another instance writes there too."""

    view: LogView
    shared: bool


LogOpener = Callable[["Snapshot", Wish], Awaitable[FoundLogs]]
"""Raises `re.error` for a pattern that is no regular expression."""


def log_opener(host: Callable[[], Host]) -> LogOpener:
    """Finds logs on that host. The core is imported when it is first used."""

    async def find(snapshot: Snapshot, wish: Wish) -> FoundLogs:
        from gateway_core.logs.filter import Filter
        from gateway_core.logs.sources import logs_of, preferred
        from gateway_core.logs.view import LogView

        only = Filter(wish.level, wish.pattern)
        known = [instance for instance in snapshot.instances if instance.id in wish.instances]
        logs = {log.name: log for log in [await preferred(logs_of(one, snapshot, host())) for one in known]}
        view = LogView(tuple(logs.values()), host(), wish.instances, only=only, until=wish.until)
        return FoundLogs(view, any(len(log.writers) > 1 for log in logs.values()))

    return find
