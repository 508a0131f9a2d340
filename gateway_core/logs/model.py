"""The lines of logs as front ends see them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum


class Level(IntEnum):
    """Log levels, in the names and numbers of the vendors' logger."""

    SILLY = 0
    TRACE = 1
    DEBUG = 2
    INFO = 3
    WARN = 4
    ERROR = 5
    FATAL = 6


@dataclass(frozen=True, slots=True)
class LogLine:
    """A line of a log, without secrets and without anything that a terminal acts upon but line breaks and tabs."""

    at: datetime | None
    level: Level | None
    subsystem: str | None
    message: str
    source: str  # the file's path, or `journal of <unit>`
    offset: int | None = None  # the beginning of the line in its file, in bytes
    instance: str | None = None
    """The id of the instance that wrote it; `None` if several write there and nothing in the line tells."""
    certain: bool = True  # whether `instance` is sure; never so without one
    cut: bool = False  # the line was too long: its end is missing
