"""The controllers of logs: of those that the mode of logs shows, and of the newest lines in an instance's details."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from claw_tui.hosts.logs import LogQuery, Preferred, Sources
from claw_tui.logs.caption import LogState
from claw_tui.logs.lines import Lanes
from claw_tui.logs.reader import LogReader
from gateway_core.logs.model import Level, LogLine
from gateway_core.snapshot import Instance
from gateway_core.user_patterns import UserPattern

_LEVELS = (None, Level.INFO, Level.WARN, Level.ERROR)


class LogController(LogReader):
    """Owns what the user wants of the logs: whose, from which source, which levels, and what is searched for."""

    name = "logs"
    _picked: str | None = None  # the instance that the user chose; without one it is all of them

    def pick(self, instance_id: str | None) -> None:
        self._picked = instance_id
        self.keep_up()

    def keep_up(self) -> None:
        """Read the logs of the instances that there are now."""
        snapshot = self._snapshot.value
        every = tuple(instance.id for instance in snapshot.instances) if snapshot else ()
        wanted = (self._picked,) if self._picked in every and self._picked else every
        if snapshot is not None and wanted != self.query.instances:
            self.open(replace(self.query, instances=wanted, until=None))

    def toggle_follow(self) -> None:
        (self.pause if self.following else self.go_on)()

    def next_level(self) -> None:
        level = _LEVELS[(_LEVELS.index(self.query.level) + 1) % len(_LEVELS)]
        self.open(replace(self.query, level=level, until=None))

    def next_source(self) -> None:
        self.open(replace(self.query, source=Preferred(self.sources.next_origin), until=None))

    def search(self, pattern: str) -> None:
        """Show only lines with that pattern; raise `NotAPatternError` if it is no regular expression."""
        UserPattern(pattern)
        self.open(replace(self.query, pattern=pattern, marked="", until=None))

    def widen(self) -> None:
        """Give up the search; without one, show lines of all levels again. Without either, stay where one is."""
        if self.query.marked and not self.query.pattern:
            self.query = replace(self.query, marked="")
            self._tell()
        elif self.query.pattern:
            self.open(replace(self.query, pattern="", until=None))
        elif self.query.level is not None:
            self.open(replace(self.query, level=None, until=None))

    def find_match_before(self, line: LogLine | None) -> None:
        self.look_for(replace(self.query, pattern=self.query.sought, until=_just_before(line)))

    def find_error(self, cursor: LogLine | None) -> None:
        """Look for the last error, or for the one before that under the cursor."""
        until = None if self.following else _just_before(cursor)
        self.look_for(replace(self.query, level=Level.ERROR, pattern="", until=until))


class TailController(LogReader):
    """Reads the newest lines of the instance that is looked at, and cancels its workers when nobody looks."""

    name = "tail"
    page = 100
    every_s = 0.5
    patience_s = 0.2  # so long the cursor has to stay: one that only passes opens nothing
    _looked_at: tuple[str, str | None] | None = None

    def look_at(self, instance: Instance) -> None:
        """Show the logs of that instance from now on; nothing happens if they are shown already."""
        wanted = (instance.id, instance.log_file)
        if self._opener is None or wanted == self._looked_at:
            return
        self._looked_at = wanted
        self._begin(Lanes(), Sources())
        self.state.set(LogState())
        self.open(LogQuery((instance.id,)))
        self.attend(looking=True)

    def look_away(self) -> None:
        if self._looked_at is not None:
            self._looked_at = None
            self.attend(looking=False)
            self.close()


def _just_before(line: LogLine | None) -> datetime | None:
    return line.at - timedelta(microseconds=1) if line and line.at else None
