"""When the user last looked at the events: a small file beside their database. What is newer is news."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from gateway_core.decoding import json_object
from gateway_core.own_files import read_own_text, replace_file
from gateway_core.timestamps import parse_timestamp

_LARGEST = 1 << 10


def looked_at_file(database: Path) -> Path:
    return database.with_name("events-looked-at.json")


def read_looked_at(database: Path) -> datetime | None:
    """The time, or `None` if it was never written down, or cannot be read. Blocks."""
    known = json_object(read_own_text(looked_at_file(database), _LARGEST).text or "")
    return parse_timestamp(known.get("at")) if known is not None else None


def write_looked_at(database: Path, at: datetime) -> None:
    """Write the time down, unless a later one stands there already. Blocks; raises `OSError`."""
    known = read_looked_at(database)
    if known is None or known < at:
        text = json.dumps({"at": at.astimezone(UTC).isoformat()})
        replace_file(looked_at_file(database), f"{text}\n")
