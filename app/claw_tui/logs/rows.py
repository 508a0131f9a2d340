"""The rows of a log on screen, and the search in them: a line is one row, or several where long lines are wrapped."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from claw_tui.logs.lines import Lanes, body, columns, columns_before, row
from claw_tui.logs.wrapping import cells_of, hang_of, parts_of
from claw_tui.text.sections import Line
from claw_tui.text.values import width
from gateway_core.logs.model import LogLine
from gateway_core.user_patterns import ON_LOOP, PatternTooSlowError, UserPattern


@dataclass(frozen=True, slots=True)
class Matches:
    """Counts the loaded lines that have what is searched for."""

    count: int
    current: int | None = None
    """The number of the match that the cursor is on, from 1; `None`, if it is on another line."""
    more: bool = False  # there are lines that are not loaded
    given_up: bool = False  # looking takes too long

    @property
    def text(self) -> str:
        """Say `3 of 17`; `17+` where lines are unread, and words where nothing could be counted."""
        if self.given_up:
            return "not marked: this pattern takes too long on these lines"
        count = f"{self.count}{'+' if self.more else ''}"
        return f"{count} found" if self.current is None else f"{self.current} of {count}"


@dataclass(frozen=True, slots=True)
class Search:
    """A regular expression, whatever the case of letters; an empty one, or one that was given up, is found nowhere."""

    pattern: str = ""
    _typed: UserPattern | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_typed", UserPattern(self.pattern, ON_LOOP) if self.pattern else None)

    @property
    def given_up(self) -> bool:
        """Whether it has taken too long, so that matches are neither marked nor counted."""
        return self._typed is not None and self._typed.given_up

    def begin_scan(self) -> None:
        if self._typed is not None:
            self._typed.begin_scan()

    def finds(self, line: LogLine) -> bool:
        """Whether the line matches: where logs are searched, message and subsystem stand alone; in a row, together."""
        if self._typed is None:  # asked for every line that comes, and nearly always so
            return False
        return any(any(self._found(text)) for text in (line.message, line.subsystem, body(line)) if text)

    def spans(self, line: LogLine, lanes: Lanes) -> Iterator[tuple[int, int]]:
        """Yield the columns from and to which it stands in the row of that line."""
        if self._typed is None:  # asked for every row of every painting, and nearly always so
            return
        text, before = body(line), columns_before(lanes)
        for first, end in self._found(text):
            begin = before + width(text[:first])
            yield begin, begin + width(text[first:end])

    def _found(self, text: str) -> Iterable[tuple[int, int]]:
        try:
            return self._typed.spans(text) if self._typed is not None else ()
        except PatternTooSlowError:
            return ()


NO_SEARCH = Search()


MOST_LINES = 10_000  # so many lines are kept for looking at; older ones can be loaded again
_SPARE = 1_000  # so many more come together before the oldest go
_LOOKED_AT_ONCE = 500
_LOOKS_FOR_S = 0.01


@dataclass(frozen=True, slots=True)
class LogRow:
    """A row on the screen: a line, or a part of a long one."""

    line: LogLine
    part: int = 0
    match: bool = False  # the line has what is searched for, and this is its first row
    begin: int = 0  # the first column of the line that is in this row
    end: int | None = None  # the first one that is not; `None`: nothing is cut


class LogRows:
    """The lines that are loaded, and their rows."""

    def __init__(self, lanes: Lanes, wrap_at: int | None = None, search: Search = NO_SEARCH) -> None:
        self.lanes = lanes
        self.wrap_at = wrap_at
        self.search = search
        self.rows: list[LogRow] = []
        self.widest = 0  # columns of the longest line there was
        self.shortened = False  # the oldest have gone
        self._matches = 0

    @property
    def lines(self) -> list[LogLine]:
        return [found.line for found in self.rows if found.part == 0]

    def append(self, lines: Iterable[LogLine]) -> int:
        """Add later lines; return how many rows went at the top to make room."""
        self.rows.extend(self._rows_of(lines))
        if len(self.rows) < MOST_LINES + _SPARE:
            return 0
        gone = len(self.rows) - MOST_LINES
        self._matches -= sum(found.match for found in self.rows[:gone])
        self.shortened = True
        del self.rows[:gone]
        return gone

    def prepend(self, lines: Iterable[LogLine]) -> int:
        """Add earlier lines; return how many rows they take."""
        rows = list(self._rows_of(lines))
        self.rows[:0] = rows
        return len(rows)

    def before(self, found: LogRow) -> Line:
        """Return what stands before the text of a row that continues another one."""
        if self.wrap_at is None or not found.part:
            return ()
        return self.lanes.hanging(found.line, hang_of(columns_before(self.lanes), self.wrap_at))

    def text(self, found: LogRow) -> str:
        """Return a row as text."""
        whole = "".join(piece.text for piece in row(found.line, self.lanes))
        if found.end is None:
            return whole
        indent = "".join(piece.text for piece in self.before(found))
        return indent + "".join(cells_of(whole)[found.begin : found.end])

    def rewrapped(self, wrap_at: int | None, lanes: Lanes | None = None) -> LogRows:
        """Return the same lines in rows of another width, and in other lanes if there are any."""
        other = LogRows(lanes or self.lanes, wrap_at, self.search)
        other.append(self.lines)
        other.shortened |= self.shortened
        return other

    def matches(self, number: int) -> Matches:
        """Count the lines that have what is searched for, and which of them has that row."""
        if self.search.given_up:
            return Matches(0, given_up=True)
        first = number - self.rows[number].part if number < len(self.rows) else -1
        if first < 0 or not self.rows[first].match:
            return Matches(self._matches, more=self.shortened)
        later = sum(found.match for found in self.rows[first + 1 :])  # none, at the end that is followed
        return Matches(self._matches, self._matches - later, more=self.shortened)

    def index_of(self, line: LogLine) -> int | None:
        """Find the first row of that line, also where it was read another time."""
        wanted = (line.source, line.at, line.message)
        return next(
            (
                number
                for number, found in enumerate(self.rows)
                if (found.line.source, found.line.at, found.line.message) == wanted
            ),
            None,
        )

    async def find(self, wanted: Callable[[LogLine], bool], begin: int, step: int) -> int | None:
        """Find the first row of the next line that is wanted, from that row on to earlier (-1) or later (1) ones.

        Others work in between, for there may be very many lines; the number is that of the row when it is found.
        """
        ahead = self.rows[begin + 1 :] if step > 0 else self.rows[:begin][::-1]
        until_s = time.monotonic() + _LOOKS_FOR_S
        for looked_at, one in enumerate(ahead, 1):
            if one.part == 0 and wanted(one.line):
                return next((number for number, other in enumerate(self.rows) if other is one), None)
            if looked_at % _LOOKED_AT_ONCE == 0 or time.monotonic() > until_s:
                await asyncio.sleep(0)
                until_s = time.monotonic() + _LOOKS_FOR_S
        return None

    def _rows_of(self, lines: Iterable[LogLine]) -> Iterator[LogRow]:
        self.search.begin_scan()
        for line in lines:
            needed = columns(line, self.lanes)
            self.widest = max(self.widest, needed)
            match = self.search.finds(line)
            self._matches += match
            if self.wrap_at is None or needed <= self.wrap_at:
                yield LogRow(line, 0, match)
                continue
            whole = "".join(piece.text for piece in row(line, self.lanes))
            for part, (begin, end) in enumerate(parts_of(whole, columns_before(self.lanes), self.wrap_at)):
                yield LogRow(line, part, match and part == 0, begin, end)


def text_of(lines: Sequence[LogLine], lanes: Lanes) -> str:
    """Return the lines as text to copy, with their whole times."""
    whole = replace(lanes, brief=False)
    return "\n".join("".join(piece.text for piece in row(line, whole)).rstrip() for line in lines)
