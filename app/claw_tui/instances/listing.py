"""Which rows a table shows, and in which order."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from claw_tui.instances.rows import (
    COLUMNS,
    NAME,
    InstanceRow,
    ordered,
    rows,
)
from claw_tui.text.filtering import NO_FILTER, RowFilter
from gateway_core.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Sorting:
    """By which column, and which way round."""

    column: str = NAME
    descending: bool = False

    def by(self, column: str) -> "Sorting":
        """Sorted by that column; asked for once more, the other way round."""
        return self.reversed() if column == self.column else Sorting(column)

    def next(self, columns: Sequence[str]) -> "Sorting":
        """Sorted by the column to the right among those, round and round."""
        following = columns.index(self.column) + 1 if self.column in columns else 0
        return Sorting(columns[following % len(columns)])

    def reversed(self) -> "Sorting":
        """The same column, the other way round."""
        return replace(self, descending=not self.descending)


BY_NAME = Sorting()


@dataclass(frozen=True, slots=True)
class View:
    """How the user wants to see the list."""

    sorting: Sorting = BY_NAME
    filter: RowFilter = NO_FILTER

    def rows(self, snapshot: Snapshot, now: datetime) -> list[InstanceRow]:
        """The rows to show, in order."""
        shown = [row for row in rows(snapshot, now) if lets_through(self.filter, row)]
        return ordered(shown, self.sorting.column, descending=self.sorting.descending)


def lets_through(wanted: RowFilter, row: InstanceRow) -> bool:
    """Whether the row stays: the pattern is searched in everything that the row can show."""
    if wanted.pattern is None:
        return True
    cells = [column.cell(row).text for column in COLUMNS]
    grade = row.grade.value if row.grade else ""
    return wanted.suits("\n".join((*cells, grade, row.instance.distribution, row.instance.reason)))
