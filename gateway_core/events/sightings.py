"""What several claw-tuis see, each at its own next look, is one event."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable
from datetime import datetime, timedelta

from gateway_core.events.model import Event, Kind

SAME_WITHIN = timedelta(seconds=15)
"""The time that lies between two looks at the same thing at most."""
_TELLING = (
    *("pid", "from", "to", "keys", "service", "manager", "change"),
    *("start", "end", "grade", "parties", "operation", "seconds"),
)
"""The details by which two events of one kind and instance are about the same."""


def what_happened(event: Event) -> Hashable:
    """The same for the sightings of one thing; what happens twice is told apart by its time."""
    return event.instance, str(event.kind), *map(event.detail.get, _TELLING)


class Sightings:
    """Events that others have written down, each of which is the sighting of one that is to be written, at most."""

    def __init__(self, others: Iterable[tuple[int, Event]]) -> None:
        """Make it of their numbers and events."""
        self._left: dict[Hashable, list[tuple[int, Event]]] = defaultdict(list)
        for number, event in others:
            self._left[what_happened(event)].append((number, event))

    def take(self, event: Event) -> tuple[int, Event] | None:
        """The sighting of the same by somebody else, which no other event is from then on; `None` if there is none.

        What claw-tui does is written down by the one that does it.
        """
        if not self._left or event.kind == Kind.OPERATION:
            return None
        left = self._left.get(what_happened(event), [])
        found = next((known for known in left if is_near(known[1].at, event.at)), None)
        if found is not None:
            left.remove(found)
        return found


def is_near(one: datetime, other: datetime) -> bool:
    return abs(one - other) <= SAME_WITHIN
