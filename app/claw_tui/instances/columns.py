"""The columns of the table of instances, and which of them fit into a width."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from claw_tui.instances import rows
from claw_tui.instances.rows import InstanceRow
from claw_tui.text.cells import Cell
from claw_tui.text.values import cut, pad, width

PADDING = 2  # columns of space around each cell

_USUAL_NAME = 26
_WIDEST_NAME = 40


@dataclass(frozen=True, slots=True)
class InstanceColumn:
    """A column of the table."""

    key: str
    title: str
    width: int
    cell: Callable[[InstanceRow], Cell]
    right: bool = False  # aligned to the right, for numbers
    rank: int = 0  # the columns of the highest rank go first where space is short; 0 stays
    optional: bool = False  # left out while no row has a value
    sentence: bool = False  # loses its end where it is too long, not its middle


_number_column = partial(InstanceColumn, right=True)

COLUMNS: tuple[InstanceColumn, ...] = (
    InstanceColumn("state", "State", 15, rows.state),
    InstanceColumn("conflict", "", 1, rows.conflict),
    InstanceColumn("instance", "Instance", 18, rows.name),
    InstanceColumn("home", "Home", 5, rows.home, rank=4, optional=True),
    InstanceColumn("account", "Account", 10, rows.account, rank=4, optional=True),
    InstanceColumn("version", "Version", 11, rows.version, rank=5),
    _number_column("base", "Base", 5, rows.base),
    _number_column("live", "Live", 5, rows.live, rank=1, optional=True),
    InstanceColumn("cdp", "CDP range", 11, rows.cdp, rank=7),
    _number_column("pid", "Pid", 7, rows.pid, rank=2),
    _number_column("up", "Up", 5, rows.up, rank=3),
    _number_column("cpu", "CPU", 5, rows.cpu, rank=6),
    _number_column("mem", "Mem", 5, rows.mem, rank=4),
    InstanceColumn("service", "Service", 8, rows.service, rank=8),
)
"""The columns of every table of instances, in this order."""

NAME = "instance"
MARK = InstanceColumn("mark", "", 1, rows.mark, optional=True)  # the mark of selected rows, left of all other columns
AUDIT = InstanceColumn("audit", "", 1, rows.audit, optional=True)
"""The mark of a failed audit, beside the one of selected rows."""
WHY = InstanceColumn("why", "Why", 24, rows.why, rank=9, sentence=True)
"""The reason of the state, where there is space for it."""


def column(key: str) -> InstanceColumn:
    return next(candidate for candidate in (MARK, AUDIT, *COLUMNS, WHY) if candidate.key == key)


@dataclass(frozen=True, slots=True)
class Placed:
    """A column together with the width it got."""

    column: InstanceColumn
    width: int

    def field(self, text: str) -> str:
        shown = cut(text, self.width) if self.column.sentence else text
        return pad(shown, self.width, right=self.column.right)


def fit(available: int, listed: Sequence[InstanceRow]) -> tuple[Placed, ...]:
    """Choose the columns for a table of that width: names get what they need, those of the highest rank go first.

    What is left goes to the reason. Columns of rank 0 stay even where they do not fit.
    """
    known = (column for column in (MARK, AUDIT, *COLUMNS, WHY) if not column.optional or _has_values(column, listed))
    chosen = [Placed(column, _needed(column, listed)) for column in known]
    while _total(chosen) > available:
        droppable = max(chosen, key=lambda placed: placed.column.rank)
        if droppable.column.rank == 0:
            break
        chosen.remove(droppable)
    return tuple(_widen(chosen, max(0, available - _total(chosen))))


def _needed(column: InstanceColumn, listed: Sequence[InstanceRow]) -> int:
    """Return the width that a column needs: ids are never cut, other values have a fixed width."""
    if column.key != NAME:
        return column.width
    longest = max((width(column.cell(row).text) for row in listed), default=0)
    return max(column.width, min(longest, _WIDEST_NAME))


def _has_values(column: InstanceColumn, listed: Sequence[InstanceRow]) -> bool:
    return any(not column.cell(row).absent for row in listed)


def _total(placed: Sequence[Placed]) -> int:
    return sum(one.width + PADDING for one in placed)


def _widen(placed: Sequence[Placed], spare: int) -> Iterator[Placed]:
    """Widen names a little, so that the table stands still while instances come and go; the reason gets the rest."""
    for one in placed:
        limit = {NAME: _USUAL_NAME - one.width, WHY.key: spare}.get(one.column.key, 0)
        extra = max(0, min(spare, limit))
        spare -= extra
        yield Placed(one.column, one.width + extra)
