"""Timestamps as others write them: always with a time zone, never so early or late that arithmetic with them fails."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator

_FIRST_YEAR, _LAST_YEAR = 2, 9998
"""The years next to what Python can say are left out, so that offsets, slack and other zones find room."""
_EARLIEST = datetime(_FIRST_YEAR, 1, 1, tzinfo=UTC).timestamp()
_LATEST = datetime(_LAST_YEAR, 12, 31, tzinfo=UTC).timestamp()


def parse_timestamp(text: object) -> datetime | None:
    """A time in ISO 8601; without a zone it is local time. `None` for anything else."""
    if not isinstance(text, str):
        return None
    try:
        at = datetime.fromisoformat(text)
        if at.tzinfo is None:
            at = at.astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return at if _is_usual(at) else None


def timestamp_at(seconds: float) -> datetime:
    """The time so many seconds after the epoch; the nearest one that can be said, if that cannot."""
    if seconds != seconds:  # NaN
        seconds = 0
    return datetime.fromtimestamp(min(max(seconds, _EARLIEST), _LATEST), UTC)


def _is_usual(at: datetime) -> bool:
    return at.tzinfo is not None and _FIRST_YEAR <= at.year <= _LAST_YEAR


def _require_usual(at: datetime) -> datetime:
    if not _is_usual(at):
        raise ValueError("a time with a zone is needed, of a year in which clocks can be")
    return at


Timestamp = Annotated[datetime, AfterValidator(_require_usual)]
"""The type of a time in a model that is read from a file."""
