"""What is searched for in a log: which lines have it, and where in their rows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from claw_tui.presentation.log_lines import Lanes, columns_before, said
from claw_tui.presentation.values import width
from gateway_core.logs.model import LogLine


@dataclass(frozen=True, slots=True)
class Search:
    """A regular expression, whatever the case of letters; an empty one is found nowhere."""

    pattern: str = ""

    def finds(self, line: LogLine) -> bool:
        """Whether that line has it."""
        return next(self._found(said(line)), None) is not None

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
