"""The columns of the table of instances, and which of them fit into a width."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from operator import attrgetter

from claw_tui.instances import rows
from claw_tui.instances.rows import InstanceRow
from claw_tui.text.cells import Cell
from claw_tui.text.values import cut, pad, width

CURSOR_WIDTH = 1  # of the sign at the left edge that the row under the cursor bears

GRAPH_COLUMNS = 8
GRAPH_SLOTS = 6  # of the history, in each of these
GRAPH_TITLE = "2 min"  # what they come to

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
    rank: int = 0  # where space is short, columns of a lower rank get it first; those of 0 stay in any case
    before: int = 1  # columns of space on either side
    after: int = 1
    optional: bool = False  # left out while no row has a value
    sentence: bool = False  # loses its end where it is too long, not its middle
    needs: str | None = None  # the column without which there is no space for this one
    leaves: int = 0  # columns that must be left beside it, for the reason
    sorts: str | None = None  # the column whose values are meant where the table is to be sorted by this one


_number_column = partial(InstanceColumn, right=True)

COLUMNS: tuple[InstanceColumn, ...] = (
    InstanceColumn("state", "State", 15, rows.state, before=0),
    InstanceColumn("conflict", "", 1, rows.conflict, before=0, after=0),
    InstanceColumn("instance", "Instance", 18, rows.name),
    InstanceColumn("home", "Home", 5, rows.home, rank=4, optional=True),
    InstanceColumn("account", "Account", 10, rows.account, rank=4, optional=True),
    InstanceColumn("version", "Version", 11, rows.version, rank=5),
    _number_column("base", "Base", 5, rows.base),
    _number_column("live", "Live", 5, rows.live, rank=1, optional=True),
    InstanceColumn("cdp", "CDP range", 11, rows.cdp, rank=12, leaves=10),
    _number_column("pid", "Pid", 7, rows.pid, rank=2),
    _number_column("up", "Up", 5, rows.up, rank=3),
    _number_column("cpu", "CPU", 5, rows.cpu, rank=6),
    _number_column("mem", "Mem", 5, rows.mem, rank=4),
    InstanceColumn("service", "Service", 8, rows.service, rank=8),
)
"""The columns of every table of instances, in this order."""

NAME = "instance"
MARK = InstanceColumn("mark", "", 1, rows.mark, before=0, sorts="state")
"""The mark of selected rows, left of all other columns. It has its place also while none is selected: nothing jumps."""
AUDIT = InstanceColumn("audit", "", 1, rows.audit, before=0, after=0)
"""The mark of a failed audit, beside the one of a conflict."""
WHY = InstanceColumn("why", "Why", 24, rows.why, rank=9, sentence=True)
"""The reason of the state, where there is space for it."""
_graph_column = partial(InstanceColumn, title=GRAPH_TITLE, width=GRAPH_COLUMNS, before=0, optional=True, needs=WHY.key)
CPU_GRAPH = _graph_column("cpu-graph", cell=rows.cpu_graph, rank=10, sorts="cpu")
MEM_GRAPH = _graph_column("mem-graph", cell=rows.mem_graph, rank=11, sorts="mem")

_BEHIND = {"state": MARK, "instance": AUDIT}
_AFTER = {"cpu": CPU_GRAPH, "mem": MEM_GRAPH, "service": WHY}


def _in_dashboard() -> Iterator[InstanceColumn]:
    for one in COLUMNS:
        yield from filter(None, (_BEHIND.get(one.key), one, _AFTER.get(one.key)))


DASHBOARD = tuple(_in_dashboard())
"""The columns of the dashboard's table, from left to right."""


def column(key: str) -> InstanceColumn:
    return next(candidate for candidate in DASHBOARD if candidate.key == key)


@dataclass(frozen=True, slots=True)
class Placed:
    """A column together with the width it got."""

    column: InstanceColumn
    width: int

    @property
    def space(self) -> int:
        return self.column.before + self.width + self.column.after

    def field(self, text: str) -> str:
        """The text in exactly the space of the column."""
        shown = cut(text, self.width) if self.column.sentence else text
        padded = pad(shown, self.width, right=self.column.right)
        return f"{' ' * self.column.before}{padded}{' ' * self.column.after}"


def fit(available: int, listed: Sequence[InstanceRow]) -> tuple[Placed, ...]:
    """Choose the columns for a table of that width: names get what they need, and then those of the lowest rank.

    What is left goes to the reason. Columns of rank 0 stay even where they do not fit.
    """
    known = [one for one in DASHBOARD if not one.optional or _has_values(one, listed)]
    chosen: dict[str, Placed] = {}
    spare = available - CURSOR_WIDTH
    for one in sorted(known, key=attrgetter("rank")):
        placed = Placed(one, _needed(one, listed))
        wanted = placed.space + (one.leaves if WHY.key in chosen else 0)
        if one.rank == 0 or (wanted <= spare and (one.needs is None or one.needs in chosen)):
            chosen[one.key] = placed
            spare -= placed.space
    return tuple(_widen([chosen[one.key] for one in known if one.key in chosen], max(0, spare)))


def _needed(column: InstanceColumn, listed: Sequence[InstanceRow]) -> int:
    """Return the width that a column needs: ids are never cut, other values have a fixed width."""
    if column.key != NAME:
        return column.width
    longest = max((width(column.cell(row).text) for row in listed), default=0)
    return max(column.width, min(longest, _WIDEST_NAME))


def _has_values(column: InstanceColumn, listed: Sequence[InstanceRow]) -> bool:
    return any(not column.cell(row).absent for row in listed)


def _widen(placed: Sequence[Placed], spare: int) -> Iterator[Placed]:
    """Widen names a little, so that the table stands still while instances come and go; the reason gets the rest."""
    for one in placed:
        limit = {NAME: _USUAL_NAME - one.width, WHY.key: spare}.get(one.column.key, 0)
        extra = max(0, min(spare, limit))
        spare -= extra
        yield Placed(one.column, one.width + extra)
