"""Log files that have the day in their name, as those of all products do: each midnight another file begins."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

_DAY = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True, slots=True)
class LogPath:
    """Where a log is written: one file for ever, or one per day."""

    path: Path
    """The file, or that of some day."""

    @property
    def daily(self) -> bool:
        """Whether the name holds a day."""
        return _DAY.search(self.path.name) is not None

    def on(self, day: date) -> Path:
        """The file of that day."""
        return self.path.with_name(_DAY.sub(day.isoformat(), self.path.name, count=1))

    def current(self, today: date) -> tuple[Path, ...]:
        """The files that may be written to now, the newest last.

        A gateway that runs over midnight may stay with the file of the day before, and days may be counted in UTC.
        """
        if not self.daily:
            return (self.path,)
        return tuple(self.on(today + timedelta(days=distance)) for distance in (-1, 0, 1))

    def existing(self) -> list[Path]:
        """The files that are there, the newest first. Blocks. None, if the directory cannot be listed."""
        if not self.daily:
            return [self.path] if os.path.lexists(self.path) else []
        return sorted(self._days(), reverse=True)

    def _days(self) -> Iterator[Path]:
        head, tail = _DAY.split(self.path.name, maxsplit=1)
        try:
            names = os.listdir(self.path.parent)  # noqa: PTH208 - names are all it takes
        except OSError:
            return
        for name in names:
            day = name.removeprefix(head).removesuffix(tail)
            if _DAY.fullmatch(day) and name == f"{head}{day}{tail}":
                yield self.path.with_name(name)
