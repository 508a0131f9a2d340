"""Which columns fit into a width, and how wide each becomes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from claw_tui.presentation.instances import AUDIT, COLUMNS, MARK, NAME, WHY, Column, Row
from claw_tui.presentation.values import cut, pad

PADDING = 2
"""What each column takes beside its own width."""

_WIDEST_NAME = 26


@dataclass(frozen=True, slots=True)
class Placed:
    """A column together with the width it got."""

    column: Column
    width: int

    def field(self, text: str) -> str:
        """The text in exactly that width."""
        shown = cut(text, self.width) if self.column.sentence else text
        return pad(shown, self.width, right=self.column.right)


def fit(available: int, rows: Sequence[Row]) -> tuple[Placed, ...]:
    """The columns for a table of that width: those of the highest rank go first, what is left goes to name and reason.

    Columns of rank 0 stay even where they do not fit.
    """
    chosen = [column for column in (MARK, AUDIT, *COLUMNS, WHY) if not column.optional or _has_values(column, rows)]
    while _total(chosen) > available:
        droppable = max(chosen, key=lambda column: column.rank)
        if droppable.rank == 0:
            break
        chosen.remove(droppable)
    return tuple(_widen(chosen, max(0, available - _total(chosen))))


def _has_values(column: Column, rows: Sequence[Row]) -> bool:
    return any(not column.cell(row).absent for row in rows)


def _total(columns: Sequence[Column]) -> int:
    return sum(column.width + PADDING for column in columns)


def _widen(columns: Sequence[Column], spare: int) -> Iterator[Placed]:
    for column in columns:
        limit = {NAME: _WIDEST_NAME - column.width, WHY.key: spare}.get(column.key, 0)
        extra = min(spare, limit)
        spare -= extra
        yield Placed(column, column.width + extra)
