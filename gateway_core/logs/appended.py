"""Reads what is appended to one path, through rotation, truncation, deletion and re-creation.

By polling: one `stat` and one read per look cost some microseconds, work on every file system, and miss nothing; what
file watchers report of a busy log are events by the thousand, each of them answered by that same read.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from gateway_core.files import UnreadableFileError, open_regular
from gateway_core.logs.raw_lines import LineSplitter, RawLine

CHUNK = 256 * 1024
"""Bytes that are read at one look."""
_LOOKS_AT_REPLACED = 50
"""So many looks after a file was replaced its old self is still read: a writer may not have noticed yet."""
_FINGERPRINT = 64


@dataclass(slots=True)
class _OpenFile:
    descriptor: int
    splitter: LineSplitter
    last_bytes: bytes = field(default=b"", repr=False)
    """What stands right before the position; something else there means that the file was written anew."""

    def read(self) -> list[RawLine]:
        if self._rewritten():
            lines = self.splitter.finish()
            self.splitter, self.last_bytes = LineSplitter(), b""
            return lines + self._more()
        return self._more()

    def finish(self) -> list[RawLine]:
        os.close(self.descriptor)
        return self.splitter.finish()

    def identity(self) -> tuple[int, int]:
        status = os.fstat(self.descriptor)
        return (status.st_dev, status.st_ino)

    @property
    def behind(self) -> int:
        """Bytes that are still to be read."""
        return max(0, os.fstat(self.descriptor).st_size - self.splitter.position)

    def _more(self) -> list[RawLine]:
        data = os.pread(self.descriptor, CHUNK, self.splitter.position)
        if data:
            self.last_bytes = (self.last_bytes + data[-_FINGERPRINT:])[-_FINGERPRINT:]
        return self.splitter.feed(data)

    def _rewritten(self) -> bool:
        position = self.splitter.position
        known = self.last_bytes
        return os.pread(self.descriptor, len(known), position - len(known)) != known


class Appended:
    """What is appended to one path from some moment on. Every method blocks for milliseconds at most."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.fault: str | None = None
        """Why it cannot be read; completes the sentence "The file …". `None` also while there is no file."""
        self.vanished = False
        """It was there, and now nothing has its name. What its writer still adds to it is read all the same."""
        self._file: _OpenFile | None = None
        self._replaced: list[tuple[_OpenFile, int]] = []

    def begin_at(self, descriptor: int, offset: int) -> None:
        """Read on in that open file, which is closed with this object."""
        self._file = _OpenFile(descriptor, LineSplitter(offset))
        if offset:
            length = min(_FINGERPRINT, offset)
            self._file.last_bytes = os.pread(descriptor, length, offset - length)

    def read(self) -> list[RawLine]:
        """What is new, about one chunk of it at most."""
        lines = self._read_replaced()
        if self._file is None:
            self._open()
        if self._file is None:
            return lines
        lines += self._file.read()
        if self._file.behind == 0 and self._is_replaced(self._file):
            self._replaced.append((self._file, _LOOKS_AT_REPLACED))
            self._file = None
        return lines

    @property
    def reading(self) -> bool:
        """Whether there is a file of that name."""
        return self._file is not None and not self.vanished

    @property
    def behind(self) -> bool:
        """Whether there is more to read right now."""
        return self._file is not None and self._file.behind > 0

    def close(self) -> None:
        """Read no more."""
        for file in (*(replaced for replaced, _ in self._replaced), *((self._file,) if self._file else ())):
            file.finish()
        self._replaced, self._file = [], None

    def _open(self) -> None:
        try:
            self._file = _OpenFile(open_regular(self.path), LineSplitter())
            self.fault = None
        except UnreadableFileError as error:
            self.fault = None if error.absent else str(error)

    def _is_replaced(self, file: _OpenFile) -> bool:
        """Whether another file has its name now. One that was only deleted is still worth reading."""
        try:
            status = os.stat(self.path)  # noqa: PTH116 - at every look
        except OSError as error:
            self.vanished = isinstance(error, FileNotFoundError)
            return False
        self.vanished = False
        return (status.st_dev, status.st_ino) != file.identity()

    def _read_replaced(self) -> list[RawLine]:
        lines: list[RawLine] = []
        kept = []
        for file, looks in self._replaced:
            lines += file.read()
            if looks > 1 or file.behind:
                kept.append((file, looks - 1))
            else:
                lines += file.finish()
        self._replaced = kept
        return lines
