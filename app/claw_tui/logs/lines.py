"""Log lines as rows of text: time, level, whose line it is, subsystem and message."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType

from claw_tui.text.cells import LANES, Tone
from claw_tui.text.sections import Line, Piece
from claw_tui.text.sheet_contents import Copyable
from claw_tui.text.values import clean, pad, width
from gateway_core.logs.model import Level, LogLine

SHARED = "(shared)"
"""Stands where an instance's name would: several write this log, and nothing in the line tells whose it is."""
LANE_MARKS = "▌┃║╏╢"
"""The marks of lanes, in turn: as many colours as there are and these make thirty lanes that differ in one or both."""
LINE_BREAK = "⏎"
LEVEL_TONES: Mapping[Level, Tone] = MappingProxyType(
    {Level.FATAL: Tone.BAD, Level.ERROR: Tone.BAD, Level.WARN: Tone.WARNING, Level.INFO: Tone.NORMAL}
)
"""The tones of levels; lower levels are muted."""
_LEVEL_WIDTH = 5
_TIME_WIDTH, _BRIEF_TIME_WIDTH = 23, 12
_WIDEST_NAME, _WIDEST_BRIEF = 26, 18
_TEXT_BESIDE_NAMES = 64  # columns that have to be left for the text of a line before lanes have whole names


@dataclass(frozen=True, slots=True)
class Lanes:
    """The instances whose lines stand among each other, each with a colour; none, where there is only one log."""

    names: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    width: int = 0
    brief: bool = False  # names and times say only what tells them from the others
    shared: bool = False  # lines may be anybody's

    @classmethod
    def of(cls, instances: Sequence[str], *, shared: bool, brief: bool = False) -> Lanes:
        """Make lanes for these instances; `shared`: one of their logs is written by several.

        With `brief` a lane says only what tells its instance from the others: something else names them in full.
        """
        if len(instances) < 2 and not shared:
            return cls(brief=brief)
        labels = brief_names(instances) if brief else tuple(map(clean, instances))
        return _labelled(cls(tuple(instances), brief=brief, shared=shared), labels)

    def fitted(self, columns: int) -> Lanes:
        """Return the lanes with whole names if these leave enough of so many columns for the text of a line."""
        if not self.names or not self.brief:
            return self
        whole = _labelled(self, tuple(map(clean, self.names)), _WIDEST_NAME)
        room = columns - columns_before(whole) >= _TEXT_BESIDE_NAMES
        return whole if room else _labelled(self, brief_names(self.names))

    def pieces(self, line: LogLine) -> Line:
        """Draw the mark and the name of the lane of that line."""
        mark, label = self._of(line)
        return (Piece(f"{mark.text}{pad(label, self.width)}  ", mark.tone),) if self.names else ()

    def hanging(self, line: LogLine, columns: int) -> Line:
        """Draw what stands before later rows of that line: the mark of its lane, too, if they are indented so far."""
        at = columns_before(self) - self.width - 3
        if not self.names or columns <= at:
            return (Piece(" " * columns),)
        mark, _ = self._of(line)
        return Piece(" " * at), mark, Piece(" " * (columns - at - 1))

    def _of(self, line: LogLine) -> tuple[Piece, str]:
        if line.instance is None or line.instance not in self.names:
            return Piece(LANE_MARKS[0], Tone.MUTED), SHARED
        number = self.names.index(line.instance)
        return lane_mark(number), self.labels[number]


def _labelled(lanes: Lanes, labels: tuple[str, ...], most: int | None = None) -> Lanes:
    widest = max(map(width, (*labels, *((SHARED,) if lanes.shared else ()))))
    most = most or (_WIDEST_BRIEF if lanes.brief else _WIDEST_NAME)
    return replace(lanes, labels=labels, width=min(most, widest))


def lane_mark(number: int) -> Piece:
    """Return the mark of the lane with that number, in its colour: neighbours differ in both."""
    return Piece(LANE_MARKS[number % len(LANE_MARKS)], LANES[number % len(LANES)])


def brief_names(instances: Sequence[str]) -> tuple[str, ...]:
    """Name each instance by what follows the product's name, where no other is called the same."""
    tails = [re.split(r"[:@]", clean(name), maxsplit=1)[-1] for name in instances]
    return tuple(tail if tails.count(tail) == 1 else clean(name) for tail, name in zip(tails, instances, strict=True))


def row(line: LogLine, lanes: Lanes, *, one_line: bool = True) -> Line:
    """Draw one log line; `one_line` keeps line breaks of the message as visible marks."""
    tone = _tone(line.level)
    level = line.level.name if line.level is not None else ""
    subsystem = (Piece(f"{clean(line.subsystem)}: ", Tone.NOTICE),) if line.subsystem else ()
    return (
        Piece(f"{pad(time_text(line.at, brief=lanes.brief), _time_width(lanes))}  ", Tone.MUTED),
        Piece(f"{level:<{_LEVEL_WIDTH}}  ", tone),
        *lanes.pieces(line),
        *subsystem,
        Piece(message(line, one_line=one_line), tone),
    )


def columns(line: LogLine, lanes: Lanes) -> int:
    """Count the columns of a row; asked for every line that comes, hence without making the row."""
    subsystem = width(clean(line.subsystem)) + 2 if line.subsystem else 0
    return columns_before(lanes) + subsystem + width(message(line))


def columns_before(lanes: Lanes) -> int:
    lane = 1 + lanes.width + 2 if lanes.names else 0
    return _time_width(lanes) + 2 + _LEVEL_WIDTH + 2 + lane


def body(line: LogLine) -> str:
    return (f"{clean(line.subsystem)}: " if line.subsystem else "") + message(line)


def message(line: LogLine, *, one_line: bool = True) -> str:
    """Return the text of a line, and whether its end is missing."""
    text = line.message.replace("\t", "    ")
    if one_line and "\n" in text:
        text = text.rstrip("\n").replace("\n", f" {LINE_BREAK} ")
    return f"{text} … (cut)" if line.cut else text


def time_text(at: datetime | None, *, brief: bool = False) -> str:
    """`2026-11-20 10:00:00.123`, in the reader's own time zone; empty if it is not known.

    Brief, it is `10:00:00.123` today, and `Nov 19 10:00` on other days.
    """
    if at is None:
        return ""
    local = at.astimezone()
    if not brief:
        return local.strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
    if local.date() != datetime.now(local.tzinfo).date():
        return local.strftime("%b %d %H:%M")
    return local.strftime("%H:%M:%S.%f")[:-3]


def _time_width(lanes: Lanes) -> int:
    return _BRIEF_TIME_WIDTH if lanes.brief else _TIME_WIDTH


def _tone(level: Level | None) -> Tone:
    return Tone.NORMAL if level is None else LEVEL_TONES.get(level, Tone.MUTED)


def copyables(line: LogLine, shown: str, everything: str) -> tuple[Copyable, ...]:
    """Return the line under the cursor in several ways, and all that is loaded. Lines hold no secrets any more."""
    return (
        Copyable("m", "message", message(line, one_line=False)),
        Copyable("l", "line", shown),
        Copyable("a", "loaded lines", everything),
        Copyable("s", "log's place", line.source),
    )
