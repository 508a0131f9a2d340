"""The layout of text for people: tables, titled sections, prose.

Without a width nothing is ever cut, so that `grep` and `awk` see whole values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

import click

from claw_tui.cli.tables.plain_sentences import headed, sentences
from claw_tui.text.cells import Cell, Tone
from claw_tui.text.sections import LABEL_WIDTH, Line, Section, lay_out
from claw_tui.text.values import clean, pad, width
from gateway_core.snapshot import Problem

Row = TypeVar("Row")

INDENT = "  "
_GAP = "  "
_NARROWEST = 6
_UNCUT = 1_000_000  # columns enough for any line to stay one line
_COLOURS = {
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
    """The width and colour of text: columns to fit into (`None`: as wide as it wants to be), and whether in colour.

    `plain` is for ears: a fact per line in words, nothing drawn.
    """

    width: int | None = None
    colour: bool = False
    plain: bool = False
    steady: bool = False  # without what changes with every look

    @property
    def indented(self) -> TableStyle:
        return replace(self, width=self.width - len(INDENT)) if self.width else self


@dataclass(frozen=True, slots=True)
class Column(Generic[Row]):
    """A column: its title, its cells, its alignment, and how soon it goes where space is short (0 stays)."""

    title: str
    cell: Callable[[Row], Cell]
    right: bool = False
    rank: int = 0
    optional: bool = False  # left out while all its cells are empty


def table(columns: Sequence[Column[Row]], rows: Sequence[Row], style: TableStyle) -> list[str]:
    """A line of titles, and a line per row; no lines at all without rows."""
    if not rows:
        return []
    shown = _fit(list(_filled(columns, rows)), style.width)
    head = _line([(pad(column.title, column.width), Tone.MUTED) for column in shown], style)
    body = [
        _line([(column.field(index), column.cells[index].tone) for column in shown], style)
        for index in range(len(rows))
    ]
    return [head, *body]


def paint(text: str, tone: Tone, style: TableStyle) -> str:
    if not style.colour or (tone not in _COLOURS and tone not in (Tone.STRONG, Tone.MUTED)):
        return text
    # Muted is dim and not the bright black, which is the colour of the background in some palettes.
    return click.style(text, _COLOURS.get(tone), bold=tone is Tone.STRONG or None, dim=tone is Tone.MUTED or None)


def folded(lines: Iterable[str], style: TableStyle) -> list[str]:
    """Prose, coloured or not: broken between words where the terminal is narrower, and never inside one."""
    return [part for line in lines for part in _folded(line, style.width)]


def _folded(line: str, columns: int | None) -> list[str]:
    if columns is None or width(click.unstyle(line)) <= columns:
        return [line]
    margin = line[: len(line) - len(line.lstrip(" "))]
    lines, used = [""], columns
    for word in line.split():
        needed = width(click.unstyle(word))
        if used + 1 + needed > columns:
            lines.append((margin + INDENT if len(lines) > 1 else margin) + word)
            used = width(click.unstyle(lines[-1]))
        else:
            lines[-1] += f" {word}"
            used += 1 + needed
    return lines[1:]


def fact_lines(facts: Iterable[Section], style: TableStyle, label_width: int = LABEL_WIDTH) -> list[str]:
    """Titled facts; wrapped only to fit a terminal, which wraps commands itself: so they are copied whole."""
    if style.plain:
        return sentences(facts)
    return painted_lines(lay_out(facts, style.width or _UNCUT, label_width, whole_commands=True), style)


def painted_lines(lines: Iterable[Line], style: TableStyle) -> list[str]:
    """Lines that were laid out for any front end, in the colours of a terminal."""
    return ["".join(paint(piece.text, piece.tone, style) for piece in line).rstrip() for line in lines]


def section(title: str, lines: Iterable[str], style: TableStyle) -> list[str]:
    """A blank line, the title and the lines, indented; nothing at all if there are none."""
    if style.plain:
        return list(headed(title, lines))
    body = [INDENT + line for line in lines]
    return ["", paint(title, Tone.STRONG, style), *body] if body else []


def problem_lines(problems: Iterable[Problem], style: TableStyle) -> list[str]:
    """Return a line for each thing that could not be seen or read, where it has that much space."""
    return folded((f"! {clean(problem.where)}: {clean(problem.message)}" for problem in problems), style)


@dataclass(frozen=True, slots=True)
class _Filled:
    title: str
    cells: tuple[Cell, ...]
    width: int
    right: bool
    rank: int

    def field(self, index: int) -> str:
        return pad(self.cells[index].text, self.width, right=self.right)


def _filled(columns: Iterable[Column[Row]], rows: Sequence[Row]) -> Iterator[_Filled]:
    for column in columns:
        cells = tuple(column.cell(row) for row in rows)
        widest = max(width(cell.text) for cell in cells)
        if widest or not column.optional:
            yield _Filled(column.title, cells, max(widest, width(column.title)), column.right, column.rank)


def _fit(columns: list[_Filled], limit: int | None) -> list[_Filled]:
    """Leave out what may go, then narrow the widest, until the line fits."""
    while limit is not None and _total(columns) > limit:
        expendable = max(columns, key=lambda column: column.rank)
        if expendable.rank:
            columns = [column for column in columns if column is not expendable]
            continue
        widest = max(columns, key=lambda column: column.width)
        narrower = max(_NARROWEST, widest.width - (_total(columns) - limit))
        if narrower >= widest.width:
            break
        columns = [replace(c, width=narrower) if c is widest else c for c in columns]
    return columns


def _total(columns: Sequence[_Filled]) -> int:
    return sum(column.width for column in columns) + len(_GAP) * (len(columns) - 1)


def _line(fields: Sequence[tuple[str, Tone]], style: TableStyle) -> str:
    *first, (last, last_tone) = fields
    texts = [paint(text, tone, style) for text, tone in first]
    return _GAP.join([*texts, paint(last.rstrip(), last_tone, style)]).rstrip()
