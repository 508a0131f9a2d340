"""Which columns fit into a width, and how wide each becomes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from claw_tui.instances.rows import (
    AUDIT,
    COLUMNS,
    MARK,
    NAME,
    WHY,
    InstanceColumn,
    InstanceRow,
)
from claw_tui.text.values import cut, pad, width

PADDING = 2
"""What each column takes beside its own width."""

_USUAL_NAME = 26
_WIDEST_NAME = 40


@dataclass(frozen=True, slots=True)
class Placed:
    """A column together with the width it got."""

    column: InstanceColumn
    width: int

    def field(self, text: str) -> str:
        """The text in exactly that width."""
        shown = cut(text, self.width) if self.column.sentence else text
        return pad(shown, self.width, right=self.column.right)


def fit(available: int, rows: Sequence[InstanceRow]) -> tuple[Placed, ...]:
    """The columns for a table of that width: names get what they need, then those of the highest rank go first.

    What is left goes to the reason. Columns of rank 0 stay even where they do not fit.
    """
    known = (column for column in (MARK, AUDIT, *COLUMNS, WHY) if not column.optional or _has_values(column, rows))
    chosen = [Placed(column, _needed(column, rows)) for column in known]
    while _total(chosen) > available:
        droppable = max(chosen, key=lambda placed: placed.column.rank)
        if droppable.column.rank == 0:
            break
        chosen.remove(droppable)
    return tuple(_widen(chosen, max(0, available - _total(chosen))))


def _needed(column: InstanceColumn, rows: Sequence[InstanceRow]) -> int:
    """An id that is cut names nobody; other values have a width of their own."""
    if column.key != NAME:
        return column.width
    longest = max((width(column.cell(row).text) for row in rows), default=0)
    return max(column.width, min(longest, _WIDEST_NAME))


def _has_values(column: InstanceColumn, rows: Sequence[InstanceRow]) -> bool:
    return any(not column.cell(row).absent for row in rows)


def _total(placed: Sequence[Placed]) -> int:
    return sum(one.width + PADDING for one in placed)


def _widen(placed: Sequence[Placed], spare: int) -> Iterator[Placed]:
    """Names a little, so that the table stands still while instances come and go; the reason by all that is left."""
    for one in placed:
        limit = {NAME: _USUAL_NAME - one.width, WHY.key: spare}.get(one.column.key, 0)
        extra = max(0, min(spare, limit))
        spare -= extra
        yield Placed(one.column, one.width + extra)
