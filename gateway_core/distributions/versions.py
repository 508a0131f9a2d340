"""Ordering of the family's calendar versions, such as `2026.1.24-3`, and ranges of them."""

import re
from functools import lru_cache

from pydantic import BaseModel, ConfigDict

_NUMBER = re.compile(r"\d+")


@lru_cache(maxsize=1024)
def version_key(version: str) -> tuple[int, ...]:
    """A sort key: `2026.1.24-3` → (2026, 1, 24, 3). A version without any number sorts first."""
    return tuple(int(number) for number in _NUMBER.findall(version))


class VersionRange(BaseModel):
    """Which versions something holds for: `since` is included, `before` is not; `None` leaves that end open."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    since: str | None = None
    before: str | None = None

    def covers(self, version: str | None) -> bool:
        """Whether `version` lies in the range; an unknown version counts as the newest."""
        if version is None:
            return self.before is None
        key = version_key(version)
        after_start = self.since is None or key >= version_key(self.since)
        return after_start and (self.before is None or key < version_key(self.before))
