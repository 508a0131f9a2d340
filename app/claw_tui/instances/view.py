"""The user's view of the table of instances: its sort order, and what of it is to be shown."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter

from claw_tui.instances.columns import COLUMNS, NAME, column
from claw_tui.instances.facets import EVERYTHING, Facets
from claw_tui.instances.rows import InstanceRow, name, rows_of
from claw_tui.text.cells import ABSENT_KEY
from claw_tui.text.filtering import NO_FILTER, RowFilter
from gateway_core.snapshot import Instance, Snapshot


@dataclass(frozen=True, slots=True)
class Sorting:
    """The column that a table is sorted by, and which way round."""

    column: str = NAME
    descending: bool = False

    def by(self, column: str) -> "Sorting":
        """Sort by that column; asked for once more, the other way round."""
        return self.reversed() if column == self.column else Sorting(column)

    def next(self, columns: Sequence[str]) -> "Sorting":
        """Sort by the column to the right among those, round and round."""
        following = columns.index(self.column) + 1 if self.column in columns else 0
        return Sorting(columns[following % len(columns)])

    def reversed(self) -> "Sorting":
        return replace(self, descending=not self.descending)


BY_NAME = Sorting()


@dataclass(frozen=True, slots=True)
class TableView:
    """The sort order of the table, and what of it is to be shown."""

    sorting: Sorting = BY_NAME
    filter: RowFilter = NO_FILTER
    facets: Facets = EVERYTHING

    def pick(self, listed: Iterable[InstanceRow]) -> list[InstanceRow]:
        """Return the rows that are to be shown, in order."""
        kept = filter(self.facets.keeps, listed) if self.facets else listed
        shown = self.filter.pick(kept, searchable)
        return ordered(shown, self.sorting.column, descending=self.sorting.descending)

    def instances(self, snapshot: Snapshot) -> list[Instance]:
        return [row.instance for row in self.pick(rows_of(snapshot, snapshot.taken_at))]


def searchable(row: InstanceRow) -> str:
    """Return everything that the row can show."""
    cells = [column.cell(row).text for column in COLUMNS]
    grade = row.grade.value if row.grade else ""
    return "\n".join((*cells, row.instance.state.value, grade, row.instance.distribution, row.instance.reason))


def ordered(listed: Iterable[InstanceRow], key: str = NAME, *, descending: bool = False) -> list[InstanceRow]:
    """Sort rows by one column, absent values last either way; equals stay in the order of their names."""
    by_name = sorted(listed, key=lambda row: name(row).sort_key)
    if key == NAME:
        return by_name[::-1] if descending else by_name
    cell = column(key).cell
    keyed = [(cell(row).sort_key, row) for row in by_name]
    present = [pair for pair in keyed if pair[0] != ABSENT_KEY]
    absent = [row for sort_key, row in keyed if sort_key == ABSENT_KEY]
    return [row for _, row in sorted(present, key=itemgetter(0), reverse=descending)] + absent
