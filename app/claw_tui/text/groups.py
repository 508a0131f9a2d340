"""Groups of instances: names that the user gives to patterns over ids, in the settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache

from claw_tui.text.values import short_name


@dataclass(frozen=True, slots=True)
class InstanceGroup:
    """A name and the patterns that say which instances it means, with `*`, `?` and `[…]` as in a shell."""

    name: str
    patterns: tuple[str, ...]

    def has(self, instance_id: str) -> bool:
        """Whether one of the patterns means that id, in any case of letters.

        A pattern without product, `bot*`, is about what follows it: the profile or the label.
        """
        return _is_meant(self.patterns, instance_id)


@lru_cache(maxsize=4096)  # asked about every instance at each look
def _is_meant(patterns: tuple[str, ...], instance_id: str) -> bool:
    whole = instance_id.casefold()
    short = short_name(whole)
    folded = (pattern.casefold() for pattern in patterns)
    return any(fnmatchcase(whole if _names_product(pattern) else short, pattern) for pattern in folded)


def _names_product(pattern: str) -> bool:
    return ":" in pattern or "@" in pattern


def groups_of(settings: Mapping[str, tuple[str, ...]]) -> tuple[InstanceGroup, ...]:
    return tuple(InstanceGroup(name, patterns) for name, patterns in settings.items())
