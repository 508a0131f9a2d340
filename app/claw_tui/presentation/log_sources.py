"""Where the lines of a log come from, and where else they could."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway_core.logs.sources import Choice, Log, Origin


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the lines come from, and where else they could."""

    shown: tuple[Log, ...] = ()
    absent: frozenset[str] = frozenset()
    """The names of those among them that are not there, or not yet."""
    origins: tuple[Origin, ...] = ()
    """Those to choose from."""
    known: tuple[Log, ...] = ()
    """All that there may ever be."""

    @classmethod
    def of(cls, choices: Sequence[Choice]) -> Sources:
        """What was chosen for several instances; a log that they share only once."""
        shown = {log.name: log for choice in choices for log in choice.shown}
        there = {log.name for choice in choices for log in choice.there}
        origins = dict.fromkeys(log.origin for choice in choices for log in choice.there)
        known = {log.name: log for choice in choices for log in choice.known}
        return cls(tuple(shown.values()), frozenset(shown.keys() - there), tuple(origins), tuple(known.values()))

    @property
    def next_origin(self) -> Origin | None:
        """The one after the one that is shown; `None` if there is nothing to choose."""
        if len(self.origins) < 2:
            return None
        current = self.origins.index(self.shown[0].origin) if self.shown[0].origin in self.origins else -1
        return self.origins[(current + 1) % len(self.origins)]
