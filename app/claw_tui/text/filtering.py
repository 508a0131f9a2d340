"""The filter of a table: a regular expression, turned around by a leading `!`."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from gateway_core.user_patterns import ON_LOOP, NotAPatternError, PatternTooSlowError, UserPattern

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class RowFilter:
    """A typed text, and the pattern that it means."""

    text: str = ""
    pattern: UserPattern | None = None
    inverse: bool = False
    refusal: str | None = None  # the reason why the text is no regular expression

    @property
    def error(self) -> str | None:
        """The reason why the filter lets everything through, though a text was typed."""
        if self.pattern is not None and self.pattern.given_up:
            return str(PatternTooSlowError())
        return self.refusal

    def pick(self, rows: Iterable[Row], text_of: Callable[[Row], str]) -> list[Row]:
        """Return the rows in whose text the pattern is found, or is not where the filter is turned around."""
        given = list(rows)
        if self.pattern is None:
            return given
        self.pattern.begin_scan()
        try:
            return [row for row in given if self.pattern.finds(text_of(row)) is not self.inverse]
        except PatternTooSlowError:
            return given


NO_FILTER = RowFilter()


def parse_filter(text: str) -> RowFilter:
    """Parse what a person typed; upper and lower case are the same, `^` and `$` stand at the ends of a cell."""
    inverse = text.startswith("!")
    expression = text[1:] if inverse else text
    if not expression:
        return RowFilter(text)
    try:
        return RowFilter(text, UserPattern(expression, ON_LOOP, multiline=True), inverse)
    except NotAPatternError as error:
        return RowFilter(text, refusal=f"not a pattern: {error.reason}")
