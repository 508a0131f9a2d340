"""The output of gateways that claw-tui starts: its file, and its last lines, fit to show."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from gateway_core.dirs import output_dir
from gateway_core.files import path_status, read_end
from gateway_core.host import Host
from gateway_core.logs.records import RawLine, parse
from gateway_core.own_files import open_private, require_room
from gateway_core.redaction.line_redactor import LineRedactor

LAST_LINES = 10
_BYTES = 16 * 1024
_LONGEST_LINE = 400


@dataclass(frozen=True, slots=True)
class LogMark:
    """A position in a file that is being written."""

    path: Path
    offset: int

    @staticmethod
    def at_end_of(path: Path) -> LogMark:
        return LogMark(path, path_status(path).size)

    def news(self) -> tuple[str, ...]:
        """The last lines that were written after the mark; none if the file cannot be read."""
        data = read_end(self.path, self.offset, _BYTES)
        if len(data) == _BYTES:  # there is more: the first line may be the second half of a secret
            data = data.partition(b"\n")[2]
        return presentable(data.decode("utf-8", "replace"))


def presentable(text: str) -> tuple[str, ...]:
    """The last lines of a log, redacted; JSON lines by their message."""
    redactor = LineRedactor()
    lines = [redactor.redact(_message(line)) for line in text.splitlines() if line.strip()]
    return tuple(line[:_LONGEST_LINE] for line in lines[-LAST_LINES:])


def _message(line: str) -> str:
    record = parse(RawLine(0, line.encode("utf-8", "replace"))) if line.startswith("{") else None
    return (record and record.message) or line


_ROOM = 64 * 1024
LARGEST_FILE = 4 * 1024 * 1024
"""A file that has grown beyond this is put aside at the next start; one such older file is kept."""


def output_path(host: Host, instance_id: str) -> Path:
    return output_dir(host) / f"{quote(instance_id, safe=':@')}.log"


@contextmanager
def opened_output(path: Path) -> Iterator[int]:
    """A descriptor that appends to that file, which only its owner may read.

    Raises `OSError`, also where the disk has no room for a few lines: a gateway whose output cannot be written ends.
    """
    if path_status(path).size > LARGEST_FILE:
        with suppress(OSError):  # then it grows on
            path.replace(path.with_suffix(".old.log"))
    descriptor = open_private(path, os.O_WRONLY | os.O_APPEND)
    try:
        require_room(descriptor, _ROOM)
        yield descriptor
    finally:
        os.close(descriptor)
