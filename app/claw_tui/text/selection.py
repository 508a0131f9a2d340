"""Which instances the user has selected: by id, so that it stays theirs however the table moves."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Selection:
    """A set of ids. Ids whose rows are hidden or gone stay in it, but are not acted on."""

    ids: frozenset[str] = frozenset()

    def toggled(self, instance_id: str) -> "Selection":
        return Selection(self.ids ^ {instance_id})

    def all_or_none(self, shown: Sequence[str]) -> "Selection":
        """Select all that are shown; none, if they are selected already."""
        return Selection() if self.ids >= set(shown) else Selection(self.ids | set(shown))

    def among(self, shown: Sequence[str]) -> tuple[str, ...]:
        """Return those selected that can be seen, in the order of the table."""
        return tuple(name for name in shown if name in self.ids)


NONE_SELECTED = Selection()
