"""Groups of instances: names that the user gives to patterns over ids, in the settings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import translate
from functools import lru_cache

from claw_tui.text.values import short_name

_NOTHING = r"(?!)"


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


def _is_meant(patterns: tuple[str, ...], instance_id: str) -> bool:
    of_whole, of_short = _compiled(patterns)
    whole, short = _folded(instance_id)
    return bool(of_whole.match(whole) or of_short.match(short))


@lru_cache(maxsize=4096)  # each is asked about for every group
def _folded(instance_id: str) -> tuple[str, str]:
    whole = instance_id.casefold()
    return whole, short_name(whole)


@lru_cache(maxsize=256)  # all groups are asked about every instance
def _compiled(patterns: tuple[str, ...]) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return what means a whole id, and what means the part of it without the product."""
    folded = [pattern.casefold() for pattern in patterns]
    whole, short = (
        "|".join(translate(pattern) for pattern in folded if _names_product(pattern) is of_whole) or _NOTHING
        for of_whole in (True, False)
    )
    return re.compile(whole), re.compile(short)


def _names_product(pattern: str) -> bool:
    return ":" in pattern or "@" in pattern


def groups_of(settings: Mapping[str, tuple[str, ...]]) -> tuple[InstanceGroup, ...]:
    return tuple(InstanceGroup(name, patterns) for name, patterns in settings.items())
