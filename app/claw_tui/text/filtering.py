"""The filter of a table: a regular expression, turned around by a leading `!`."""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RowFilter:
    """A typed text, and the pattern that it means."""

    text: str = ""
    pattern: re.Pattern[str] | None = None
    inverse: bool = False
    error: str | None = None  # the reason why the text is no regular expression; such a filter lets everything through

    def suits(self, text: str) -> bool:
        """Whether the pattern is found in the text, or is not where the filter is turned around."""
        return self.pattern is None or (self.pattern.search(text) is not None) is not self.inverse


NO_FILTER = RowFilter()


def parse_filter(text: str) -> RowFilter:
    """Parse what a person typed; upper and lower case are the same, `^` and `$` stand at the ends of a cell."""
    inverse = text.startswith("!")
    expression = text[1:] if inverse else text
    if not expression:
        return RowFilter(text)
    try:
        return RowFilter(text, re.compile(expression, re.IGNORECASE | re.MULTILINE), inverse)
    except re.error as error:
        return RowFilter(text, error=f"not a pattern: {error.msg}")
