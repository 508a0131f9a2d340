"""Queries for the logs of instances, and how a host answers them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import datetime

    from gateway_core.host import Host
    from gateway_core.logs.model import Level
    from gateway_core.logs.sources import Log, LogChoice, Origin
    from gateway_core.logs.view import LogView
    from gateway_core.snapshot import Snapshot

SourceName = Literal["auto", "file", "journal", "service", "output", "all"]
"""The first log that is there, or will be; all of one `Origin`, which an instance must have; all that are there."""


@dataclass(frozen=True, slots=True)
class Preferred:
    """The logs of an origin; without one, or if there are none of it, those of the first that is there, or will be."""

    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class LogQuery:
    """The lines that are wanted of the logs of some instances."""

    instances: tuple[str, ...] = ()
    level: Level | None = None
    pattern: str = ""  # a regular expression: only lines in which it is found are wanted
    marked: str = ""  # a pattern that is only made visible
    source: SourceName | Preferred = Preferred()  # the logs of each instance that are read
    until: datetime | None = None  # the moment to begin at, if not the end
    growing: bool = True  # whether what is appended is wanted, too

    def around(self, at: datetime | None) -> LogQuery:
        """Return the query for all lines around that moment; what was searched for stays visible."""
        return replace(self, level=None, pattern="", marked=self.sought, until=at)

    @property
    def wants_all(self) -> bool:
        return self.level is None and not self.pattern

    @property
    def sought(self) -> str:
        return self.pattern or self.marked


class NoSuchLogError(Exception):
    """An instance has no log of the origin that is asked for; the hint says what there is."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message, hint)
        self.hint = hint

    def __str__(self) -> str:
        return str(self.args[0])


@dataclass(frozen=True, slots=True)
class FoundLogs:
    """The logs that answer a query, ready to be read."""

    view: LogView
    sources: Sources

    @property
    def shared(self) -> bool:
        """Whether several instances write to one of the logs."""
        return any(len(log.writers) > 1 for log in self.sources.shown)


LogOpener = Callable[["Snapshot", LogQuery], Awaitable[FoundLogs]]
"""Finds the logs that answer a query; raises `NoSuchLogError`, or `NotAPatternError` for a pattern that is none."""
LogFinder = Callable[[LogQuery], Awaitable[FoundLogs]]  # a `LogOpener` that knows what there is on the host


async def find_logs(host: Host, snapshot: Snapshot, query: LogQuery) -> FoundLogs:
    """Find the logs on that host that answer the query; raises as a `LogOpener`."""
    from gateway_core.logs.lines import LogFilter
    from gateway_core.logs.sources import logs_of
    from gateway_core.logs.view import LogView

    only = LogFilter(query.level, query.pattern)
    instances = filter(None, map(snapshot.instance, query.instances))
    sources = Sources.of([await _choose(each.id, logs_of(each, snapshot, host), query.source) for each in instances])
    view = LogView(sources.shown, host, query.instances, only=only, until=query.until, growing=query.growing)
    return FoundLogs(view, sources)


async def _choose(instance_id: str, logs: Sequence[Log], source: SourceName | Preferred) -> LogChoice:
    from gateway_core.logs.sources import choose_logs

    if isinstance(source, Preferred):
        return await choose_logs(logs, source.origin)
    choice = await choose_logs(logs)
    if source == "auto":
        return choice
    if source == "all":
        return replace(choice, shown=choice.there)
    shown = tuple(log for log in logs if log.origin == source)
    if not shown:
        known = ", ".join(dict.fromkeys(log.origin for log in logs))
        raise NoSuchLogError(f"{instance_id} has no log of the source “{source}”", f"It has: {known}.")
    return replace(choice, shown=shown)


@dataclass(frozen=True, slots=True)
class Sources:
    """The logs that the lines come from, and those that they could come from."""

    shown: tuple[Log, ...] = ()
    absent: frozenset[str] = frozenset()  # the names of the shown logs that are not there, or not yet
    origins: tuple[Origin, ...] = ()  # the origins to choose from
    known: tuple[Log, ...] = ()  # all logs that there may ever be

    @classmethod
    def of(cls, choices: Sequence[LogChoice]) -> Sources:
        """Return the sources that were chosen for several instances; a log that they share is there once."""
        shown = {log.name: log for choice in choices for log in choice.shown}
        there = {log.name for choice in choices for log in choice.there}
        origins = dict.fromkeys(log.origin for choice in choices for log in choice.there)
        known = {log.name: log for choice in choices for log in choice.known}
        return cls(tuple(shown.values()), frozenset(shown.keys() - there), tuple(origins), tuple(known.values()))

    @property
    def next_origin(self) -> Origin | None:
        """The origin after the one that is shown; `None` if there is nothing to choose."""
        if len(self.origins) < 2:
            return None
        current = self.origins.index(self.shown[0].origin) if self.shown[0].origin in self.origins else -1
        return self.origins[(current + 1) % len(self.origins)]
