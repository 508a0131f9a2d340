"""What a gateway said last before it failed, made fit to show."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from gateway_core.redaction import redact

LINES = 10
_BYTES = 16 * 1024
_LONGEST_LINE = 400


@dataclass(frozen=True, slots=True)
class LogMark:
    """A file that is written to, and where its news begin."""

    path: Path
    offset: int

    @staticmethod
    def at_end_of(path: Path) -> LogMark:
        """What is there by now is old."""
        try:
            return LogMark(path, path.stat().st_size)
        except OSError:
            return LogMark(path, 0)

    def news(self) -> tuple[str, ...]:
        """The last lines that were written since; none if the file cannot be read."""
        with suppress(OSError), self.path.open("rb") as file:
            end = file.seek(0, os.SEEK_END)
            begin = self.offset if self.offset <= end else 0
            file.seek(max(begin, end - _BYTES))
            return presentable(file.read(_BYTES).decode("utf-8", "replace"))
        return ()


def presentable(text: str) -> tuple[str, ...]:
    """The last lines of a log, redacted; JSON lines by their message."""
    lines = (line for line in text.splitlines()[-LINES:] if line.strip())
    return tuple(redact(_message(line))[:_LONGEST_LINE] for line in lines)


def _message(line: str) -> str:
    """The family logs JSON objects whose message parts are called `0`, `1` and so on; part 0 may name a subsystem."""
    try:
        record: object = json.loads(line)
    except (ValueError, RecursionError):
        return line
    if not isinstance(record, dict):
        return line
    parts = [part for part in _parts(record) if not part.startswith("{")]
    return " ".join(parts) or line


def _parts(record: dict[str, object]) -> Iterator[str]:
    number = 0
    while str(number) in record:
        part = record[str(number)]
        if isinstance(part, str):
            yield part
        number += 1
