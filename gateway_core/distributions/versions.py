"""The versions of a product: their order, and ranges of them that something holds for."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import TypeVar

from gateway_core.snapshot import Model

_NUMBER = re.compile(r"[0-9]{1,18}")
_PRE_RELEASE = re.compile(r"[-.]?(?:alpha|beta|rc|pre|preview|canary|nightly|dev)\b", re.IGNORECASE)
_BEFORE_RELEASE = 10**9


@lru_cache(maxsize=1024)
def version_key(version: str) -> tuple[int, ...]:
    """A sort key: `2026.1.24-3` → (2026, 1, 24, 3), after its release. A version without any number sorts first.

    `2026.8.1-beta.1` comes after all of 2026.8.0, and before 2026.8.1.
    """
    tag = _PRE_RELEASE.search(version)
    release = tuple(int(number) for number in _NUMBER.findall(version[: tag.start()] if tag else version))
    if tag is None or not release:
        return release
    return (*release[:-1], release[-1] - 1, _BEFORE_RELEASE, *map(int, _NUMBER.findall(version[tag.end() :])))


class VersionRange(Model):
    """The versions that something holds for: `since` is included, `before` is not; `None` leaves that end open."""

    since: str | None = None
    before: str | None = None

    def covers(self, version: str | None) -> bool:
        """Whether `version` lies in the range; an unknown version counts as the newest."""
        if version is None:
            return self.before is None
        key = version_key(version)
        after_start = self.since is None or key >= version_key(self.since)
        return after_start and (self.before is None or key < version_key(self.before))


Ranged = TypeVar("Ranged", bound=VersionRange)


def first_covering(rules: Iterable[Ranged], version: str | None) -> Ranged | None:
    return next((rule for rule in rules if rule.covers(version)), None)
