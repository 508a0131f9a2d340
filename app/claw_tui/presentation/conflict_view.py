"""Which conflicts a list shows: by what was typed, and by grade."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from claw_tui.presentation.conflicts import instances_of, ordered, searchable
from claw_tui.presentation.filtering import NO_FILTER, Filter, parse_filter
from claw_tui.presentation.port_question import asked_port
from claw_tui.presentation.states import grade_rank
from gateway_core.snapshot import Conflict, Grade, Snapshot


@dataclass(frozen=True, slots=True)
class ConflictView:
    """How the user wants to see the list of conflicts."""

    filter: Filter = NO_FILTER
    grade: Grade | None = None
    """Only this one."""

    @property
    def port(self) -> int | None:
        """The port that is asked about, if what was typed is a port number."""
        return asked_port(self.filter.text)

    @property
    def narrowed(self) -> bool:
        """Whether something may be hidden."""
        return bool(self.filter.text) or self.grade is not None

    def typed(self, text: str) -> "ConflictView":
        """With another text: a port number, the id of an instance, or a regular expression."""
        return replace(self, filter=parse_filter(text))

    def next_grade(self, conflicts: Iterable[Conflict]) -> "ConflictView":
        """Only the next grade among those that there are; after the last one all of them."""
        present = sorted({conflict.grade for conflict in conflicts}, key=grade_rank)
        following = present.index(self.grade) + 1 if self.grade in present else 0
        return replace(self, grade=present[following] if following < len(present) else None)

    def conflicts(self, snapshot: Snapshot) -> list[Conflict]:
        """What is left, what needs a person first on top."""
        whole = snapshot.instance(self.filter.text)
        return [
            conflict
            for conflict in ordered(snapshot.conflicts)
            if self.grade in (None, conflict.grade)
            and (whole.id in instances_of(conflict) if whole else self._suits(conflict))
        ]

    def _suits(self, conflict: Conflict) -> bool:
        if self.port is not None:
            return conflict.ports.start <= self.port <= conflict.ports.end
        return self.filter.suits(searchable(conflict))
