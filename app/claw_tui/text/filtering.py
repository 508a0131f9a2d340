"""The filter of a table: a regular expression, turned around by a leading `!`."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from claw_tui.instances.rows import COLUMNS, InstanceRow


@dataclass(frozen=True, slots=True)
class RowFilter:
    """What was typed, and what it means."""

    text: str = ""
    pattern: re.Pattern[str] | None = None
    inverse: bool = False
    error: str | None = None
    """Why the text is no regular expression; such a filter lets everything through."""

    def lets_through(self, row: InstanceRow) -> bool:
        """Whether the row stays: the pattern is searched in everything that the row can show."""
        return self.pattern is None or self.suits(_searchable(row))

    def suits(self, text: str) -> bool:
        """Whether the pattern is found in the text, or is not where it is turned around."""
        return self.pattern is None or (self.pattern.search(text) is not None) is not self.inverse

    def apply(self, rows: Iterable[InstanceRow]) -> list[InstanceRow]:
        """The rows that stay."""
        return [row for row in rows if self.lets_through(row)]


NO_FILTER = RowFilter()


def parse_filter(text: str) -> RowFilter:
    """A filter from what a person typed; upper and lower case are the same, `^` and `$` stand at the ends of a cell."""
    inverse = text.startswith("!")
    expression = text[1:] if inverse else text
    if not expression:
        return RowFilter(text)
    try:
        return RowFilter(text, re.compile(expression, re.IGNORECASE | re.MULTILINE), inverse)
    except re.error as error:
        return RowFilter(text, error=f"not a pattern: {error.msg}")


def _searchable(row: InstanceRow) -> str:
    cells = [column.cell(row).text for column in COLUMNS]
    grade = row.grade.value if row.grade else ""
    return "\n".join((*cells, grade, row.instance.distribution, row.instance.reason))
