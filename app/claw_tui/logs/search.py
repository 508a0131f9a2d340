"""What is searched for in a log: which lines have it, and where in their rows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from claw_tui.logs.lines import Lanes, columns_before, said
from claw_tui.text.values import width
from gateway_core.logs.model import LogLine


@dataclass(frozen=True, slots=True)
class Matches:
    """How many of the lines that are loaded have what is searched for."""

    count: int
    current: int | None = None
    """Which of them the cursor is on, from 1; `None`, if it is on another line."""
    more: bool = False
    """There are lines that are not loaded."""

    @property
    def text(self) -> str:
        """`3 of 17`; `17+` where lines are unread."""
        count = f"{self.count}{'+' if self.more else ''}"
        return f"{count} found" if self.current is None else f"{self.current} of {count}"


@dataclass(frozen=True, slots=True)
class Search:
    """A regular expression, whatever the case of letters; an empty one is found nowhere."""

    pattern: str = ""

    def finds(self, line: LogLine) -> bool:
        """Whether that line has it: where logs are searched, message and subsystem stand alone, in a row together."""
        if not self.pattern:  # asked for every line that comes, and nearly always so
            return False
        texts = (line.message, line.subsystem, said(line))
        return any(found[0] for text in texts if text for found in re.finditer(self.pattern, text, re.IGNORECASE))

    def spans(self, line: LogLine, lanes: Lanes) -> Iterator[tuple[int, int]]:
        """The columns from and to which it stands in the row of that line."""
        if not self.pattern:  # asked for every row of every painting, and nearly always so
            return
        text, before = said(line), columns_before(lanes)
        for found in self._found(text):
            begin = before + width(text[: found.start()])
            yield begin, begin + width(found[0])

    def _found(self, text: str) -> Iterator[re.Match[str]]:
        if self.pattern:
            yield from (found for found in re.finditer(self.pattern, text, re.IGNORECASE) if found[0])


NO_SEARCH = Search()
