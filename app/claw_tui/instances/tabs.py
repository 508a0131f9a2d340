"""The tabs of the details, on the rule that parts them from the list."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum

from claw_tui.text.cells import Tone
from claw_tui.text.sections import Line, Piece
from claw_tui.text.values import cut, width

_RULE = "─"
_FEWEST = 8
"""Columns of a note that still say something."""


class DetailTab(StrEnum):
    """What of an instance is shown."""

    OVERVIEW = "Overview"
    AUDIT = "Audit"
    LOGS = "Logs"

    def turned(self, step: int) -> DetailTab:
        """The one so many further on, round and round."""
        every = tuple(DetailTab)
        return every[(every.index(self) + step) % len(every)]


def tab_line(columns: int, active: DetailTab, marks: dict[DetailTab, Piece], note: Line, *, lit: bool) -> Line:
    """`─ ┤Overview├ Audit ■ 2  Logs ──── following ─`, in exactly that many columns if they are enough for the tabs.

    Args:
        columns: How many there are.
        active: The tab that is shown.
        marks: What of another tab is worth a look.
        note: Said at the right; cut where it does not fit.
        lit: The keyboard is in the details.
    """
    rule = Tone.NOTICE if lit else Tone.FAINT
    left = (
        Piece(f"{_RULE} ", rule),
        *(piece for tab in DetailTab for piece in _tab(tab, active, marks.get(tab), rule)),
    )
    room = columns - _length(left)
    right = tuple(_cut(note, room - 4))
    between = room - _length(right) - (3 if right else 0)
    if not right:
        return (*left, Piece(_RULE * max(0, between), rule))
    return (*left, Piece(_RULE * max(0, between) + " ", rule), *right, Piece(f" {_RULE}", rule))


def _tab(tab: DetailTab, active: DetailTab, mark: Piece | None, rule: Tone) -> Iterator[Piece]:
    call = f"screen.show_tab('{tab.name}')"
    opening, closing = "┤├" if tab is active else "  "
    yield Piece(opening, rule)
    yield Piece(tab.value, Tone.STRONG if tab is active else Tone.NORMAL, call)
    if mark is not None:
        yield Piece(f" {mark.text}", mark.tone, call)
    yield Piece(closing, rule)


def _cut(note: Line, columns: int) -> Iterator[Piece]:
    for piece in note:
        if columns < min(_FEWEST, width(piece.text)):
            return
        shown = cut(piece.text, columns)
        yield Piece(shown, piece.tone, piece.call)
        columns -= width(shown)


def _length(pieces: Iterable[Piece]) -> int:
    return sum(width(piece.text) for piece in pieces)
