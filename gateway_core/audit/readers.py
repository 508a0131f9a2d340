"""Whom the permission bits of a file, and of the directories around it, let in. Access lists are not looked at."""

from __future__ import annotations

import stat
from collections.abc import Collection, Iterable
from itertools import combinations

from gateway_core.audit.groups import Groups
from gateway_core.inspection import Sight

TO_READ = stat.S_IROTH | stat.S_IWOTH | stat.S_IRGRP | stat.S_IWGRP
"""Bits that let others, or a group, read or write a file."""
_TO_PASS = stat.S_IXOTH | stat.S_IXGRP


def readers(look: Sight, around: Iterable[Sight], groups: Groups) -> str | None:
    """Who besides its owner can read or write that file through all directories around it; `None`: nobody.

    In words for people: everybody, if it is everybody; else one group, or those who are in several.
    """
    dirs = [directory for directory in around if directory.exists]
    owning = {sight.group for sight in (look, *dirs) if sight.group is not None}
    foreign = sorted(group for group in owning if not groups.is_private(group, look.owner))
    for count in range(len(foreign) + 1):
        for together in combinations(foreign, count):
            if _lets_in(look, together, TO_READ) and all(_lets_in(item, together, _TO_PASS) for item in dirs):
                return _called([groups.named(group) for group in together])
    return None


def _lets_in(look: Sight, groups: Collection[int], wanted: int) -> bool:
    """Whether one of the wanted bits is set for those in all these groups: a group's bits beat those for others."""
    return bool(look.permissions & wanted & (stat.S_IRWXG if look.group in groups else stat.S_IRWXO))


def _called(names: Collection[str]) -> str:
    if not names:
        return "other users"
    return f"group {' and '.join(names)}" if len(names) == 1 else f"whoever is in the groups {' and '.join(names)}"
