"""The help as columns of keys: which entry lies where, and where a step leads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from claw_tui.text.cells import Tone
from claw_tui.text.help import HelpEntry
from claw_tui.text.sections import Line, Piece
from claw_tui.text.values import cut, pad, width

GAP = 2
_LEAST_CELL = 34
_KEYS = 6  # columns of the keys of an entry
_SIGN = 1  # the column of the cursor

Row = HelpEntry | str  # an entry, the title of a group, or an empty row


@dataclass(frozen=True, slots=True)
class HelpGrid:
    """Entries in stacks side by side, whole groups below each other."""

    stacks: tuple[tuple[Row, ...], ...]

    @property
    def height(self) -> int:
        return max(map(len, self.stacks), default=0)

    @property
    def entries(self) -> list[HelpEntry]:
        return [row for stack in self.stacks for row in stack if isinstance(row, HelpEntry)]

    def place(self, entry_id: str) -> tuple[int, int]:
        """Return stack and row of an entry; of one that is not there, those of the first."""
        places = {
            row.id: (column, at)
            for column, stack in enumerate(self.stacks)
            for at, row in enumerate(stack)
            if isinstance(row, HelpEntry)
        }
        return places.get(entry_id) or next(iter(places.values()), (0, 0))

    def along(self, entry_id: str, steps: int) -> str:
        """Return the entry so many further on, from the end of one stack to the top of the next."""
        ids = [entry.id for entry in self.entries]
        if entry_id not in ids:
            return ids[0] if ids else ""
        return ids[min(max(ids.index(entry_id) + steps, 0), len(ids) - 1)]

    def beside(self, entry_id: str, stacks: int) -> str:
        """Return the entry at the same height so many stacks to the right; the nearest, if a title is there."""
        column, at = self.place(entry_id)
        aside = max(0, min(column + stacks, len(self.stacks) - 1))
        if aside == column:
            return entry_id
        rows = enumerate(self.stacks[aside])
        return min((abs(row - at), entry.id) for row, entry in rows if isinstance(entry, HelpEntry))[1]


def arranged(entries: Sequence[HelpEntry], columns: int) -> HelpGrid:
    """Return as many stacks as there is room for, as low as they can be with whole groups in their order."""
    blocks: list[list[Row]] = [[title, *group] for title, group in groupby(entries, lambda entry: entry.group)]
    number = max(1, (columns + GAP) // (_LEAST_CELL + GAP))
    heights = range(max(map(len, blocks), default=0), sum(len(block) + 1 for block in blocks) + 1)
    stacked = (_stacked(blocks, height) for height in heights)
    return HelpGrid(next((stacks for stacks in stacked if len(stacks) <= number), ()))


def _stacked(blocks: Sequence[Sequence[Row]], height: int) -> tuple[tuple[Row, ...], ...]:
    stacks: list[list[Row]] = []
    for block in blocks:
        if stacks and len(stacks[-1]) + 1 + len(block) <= height:
            stacks[-1] += ["", *block]
        else:
            stacks.append(list(block))
    return tuple(map(tuple, stacks))


def cell_width(grid: HelpGrid, columns: int) -> int:
    number = max(1, len(grid.stacks))
    return min(max(_LEAST_CELL, (columns - GAP * (number - 1)) // number), columns)


def cell(row: Row, columns: int, sign: str) -> Line:
    """Return exactly so many columns of a row; `sign` is drawn before it, where the cursor is.

    What cannot be done now is in brackets: a fainter colour alone would not tell.
    """
    if isinstance(row, str):
        return (Piece(pad(cut(row, columns), columns), Tone.TITLE),)
    call = f"screen.point_at('{row.id}')"
    room = columns - _SIGN - (_KEYS + 1 if row.keys else 0)
    title = cut(row.title, room) if row.possible else f"({cut(row.title, room - 2)})"
    keys = (Piece(f"{pad(_fitting(row.keys), _KEYS)} ", row.tone if row.possible else Tone.FAINT, call),)
    tone = Tone.FAINT if not row.possible else Tone.STRONG if sign.strip() else Tone.NORMAL
    return (Piece(pad(sign, _SIGN), Tone.NOTICE), *(keys if row.keys else ()), Piece(pad(title, room), tone, call))


def _fitting(keys: str) -> str:
    """The first of the keys, and as many more as there is room for; the words of the entry have all."""
    shown, *others = keys.split(" ")
    for key in others:
        if width(f"{shown} {key}") <= _KEYS:
            shown = f"{shown} {key}"
    return shown
