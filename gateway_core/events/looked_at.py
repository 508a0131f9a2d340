"""When the user last looked at the events: a small file beside their database. What is newer is news."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from gateway_core.decoding import json_object
from gateway_core.own_files import read_own_text, replace_file
from gateway_core.timestamps import parse_timestamp

_LARGEST = 1 << 10
_SLACK = timedelta(minutes=1)  # clocks are put right by so much without anybody noticing


def looked_at_file(database: Path) -> Path:
    return database.with_name("events-looked-at.json")


def read_looked_at(database: Path, now: datetime) -> datetime | None:
    """The time, now at the latest; `None` if it was never written down, or cannot be read. Blocks."""
    known = json_object(read_own_text(looked_at_file(database), _LARGEST).text or "")
    at = parse_timestamp(known.get("at")) if known is not None else None
    return at if at is None or not is_ahead(at, now) else now


def write_looked_at(database: Path, at: datetime, now: datetime) -> None:
    """Write the time down, unless a later one stands there already. Blocks; raises `OSError`."""
    known = read_looked_at(database, now)
    if known is None or known < at or known == now:
        text = json.dumps({"at": at.astimezone(UTC).isoformat()})
        replace_file(looked_at_file(database), f"{text}\n")


def is_ahead(at: datetime, now: datetime) -> bool:
    """Whether a time is one of a clock that has been put back since: it would be later than all that happens."""
    return at > now + _SLACK
