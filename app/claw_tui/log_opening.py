"""How the dashboard comes to the logs of instances."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from claw_tui.presentation.log_sources import Sources

if TYPE_CHECKING:
    from datetime import datetime

    from gateway_core.host import Host
    from gateway_core.logs.model import Level
    from gateway_core.logs.sources import Origin
    from gateway_core.logs.view import LogView
    from gateway_core.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Wish:
    """Which lines are wanted."""

    instances: tuple[str, ...] = ()
    level: Level | None = None
    pattern: str = ""
    """Only lines in which it is found."""
    marked: str = ""
    """A pattern that is only made visible."""
    origin: Origin | None = None
    """Which of its logs of each instance, if it has one of that origin."""
    until: datetime | None = None
    """Where to begin, if not at the end."""

    def around(self, at: datetime | None) -> Wish:
        """All lines, from that moment on in both directions; what was searched for stays visible."""
        return replace(self, level=None, pattern="", marked=self.sought, until=at)

    @property
    def sought(self) -> str:
        """The pattern that is made visible."""
        return self.pattern or self.marked


@dataclass(frozen=True, slots=True)
class FoundLogs:
    """The logs of these instances, to be opened."""

    view: LogView
    sources: Sources

    @property
    def shared(self) -> bool:
        """Whether several instances write to one of them."""
        return any(len(log.writers) > 1 for log in self.sources.shown)


LogOpener = Callable[["Snapshot", Wish], Awaitable[FoundLogs]]
"""Raises `re.error` for a pattern that is no regular expression."""
LogFinder = Callable[[Wish], Awaitable[FoundLogs]]
"""A `LogOpener` that knows what there is on the host."""


def log_opener(host: Callable[[], Host]) -> LogOpener:
    """Finds logs on that host. The core is imported when it is first used."""

    async def find(snapshot: Snapshot, wish: Wish) -> FoundLogs:
        from gateway_core.logs.filter import Filter
        from gateway_core.logs.sources import choose, logs_of
        from gateway_core.logs.view import LogView

        only = Filter(wish.level, wish.pattern)
        known = [instance for instance in snapshot.instances if instance.id in wish.instances]
        sources = Sources.of([await choose(logs_of(one, snapshot, host()), wish.origin) for one in known])
        view = LogView(sources.shown, host(), wish.instances, only=only, until=wish.until)
        return FoundLogs(view, sources)

    return find
