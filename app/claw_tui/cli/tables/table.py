"""Tables of text. Without a width nothing is ever cut, so that `grep` and `awk` see whole values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import click

from claw_tui.text.cells import Cell, Tone
from claw_tui.text.values import pad, width

INDENT = "  "
_GAP = "  "
_NARROWEST = 6
_COLOURS = {
    Tone.MUTED: "bright_black",
    Tone.GOOD: "green",
    Tone.NOTICE: "cyan",
    Tone.WARNING: "yellow",
    Tone.BAD: "red",
    Tone.LANE_1: "magenta",
    Tone.LANE_2: "cyan",
    Tone.LANE_3: "blue",
    Tone.LANE_4: "green",
    Tone.LANE_5: "bright_magenta",
    Tone.LANE_6: "bright_blue",
}


@dataclass(frozen=True, slots=True)
class TableStyle:
    """How text is laid out: columns to fit into (`None`: as wide as it wants to be), and whether in colour."""

    width: int | None = None
    colour: bool = False

    @property
    def indented(self) -> TableStyle:
        """The same inside a section."""
        return replace(self, width=self.width - len(INDENT)) if self.width else self


@dataclass(frozen=True, slots=True)
class Heading:
    """One column: its title, its alignment, and how soon it goes where space is short (highest first, 0 stays)."""

    title: str
    right: bool = False
    rank: int = 0
    optional: bool = False
    """Left out while all its cells are empty."""


def table(headings: Sequence[Heading], rows: Sequence[Sequence[Cell]], look: TableStyle) -> list[str]:
    """A line of titles, and a line per row."""
    columns = _fit(_columns(headings, rows), look.width)
    head = _line([(pad(column.heading.title, column.width), Tone.MUTED) for column in columns], look)
    body = [
        _line([(column.field(index), column.cells[index].tone) for column in columns], look)
        for index in range(len(rows))
    ]
    return [head, *body]


def paint(text: str, tone: Tone, look: TableStyle) -> str:
    """The text in the colour of its tone, where colours are wanted."""
    if not look.colour or (tone not in _COLOURS and tone is not Tone.STRONG):
        return text
    return click.style(text, fg=_COLOURS.get(tone), bold=tone is Tone.STRONG or None)


def folded(line: str, look: TableStyle) -> list[str]:
    """Prose, coloured or not: broken between words where the terminal is narrower, and never inside one."""
    if look.width is None or width(click.unstyle(line)) <= look.width:
        return [line]
    margin = line[: len(line) - len(line.lstrip(" "))]
    lines, used = [""], look.width
    for word in line.split():
        needed = width(click.unstyle(word))
        if used + 1 + needed > look.width:
            lines.append((margin + INDENT if len(lines) > 1 else margin) + word)
            used = width(click.unstyle(lines[-1]))
        else:
            lines[-1] += f" {word}"
            used += 1 + needed
    return lines[1:]


@dataclass(frozen=True, slots=True)
class _Column:
    heading: Heading
    cells: tuple[Cell, ...]
    width: int

    def field(self, index: int) -> str:
        return pad(self.cells[index].text, self.width, right=self.heading.right)


def _columns(headings: Sequence[Heading], rows: Sequence[Sequence[Cell]]) -> list[_Column]:
    columns = []
    for position, heading in enumerate(headings):
        cells = tuple(row[position] for row in rows)
        widest = max((width(cell.text) for cell in cells), default=0)
        if widest or not heading.optional:
            columns.append(_Column(heading, cells, max(widest, width(heading.title))))
    return columns


def _fit(columns: list[_Column], limit: int | None) -> list[_Column]:
    """Leave out what may go, then narrow the widest, until the line fits."""
    while limit is not None and _total(columns) > limit:
        expendable = max(columns, key=lambda column: column.heading.rank)
        if expendable.heading.rank:
            columns = [column for column in columns if column is not expendable]
            continue
        widest = max(columns, key=lambda column: column.width)
        narrower = max(_NARROWEST, widest.width - (_total(columns) - limit))
        if narrower >= widest.width:
            break
        columns = [_Column(c.heading, c.cells, narrower) if c is widest else c for c in columns]
    return columns


def _total(columns: Sequence[_Column]) -> int:
    return sum(column.width for column in columns) + len(_GAP) * (len(columns) - 1)


def _line(fields: Sequence[tuple[str, Tone]], look: TableStyle) -> str:
    *first, (last, last_tone) = fields
    texts = [paint(text, tone, look) for text, tone in first]
    return _GAP.join([*texts, paint(last.rstrip(), last_tone, look)]).rstrip()
