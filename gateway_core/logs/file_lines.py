"""The lines of one log file: backwards from its end, and what is appended to it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path

from gateway_core.files import UnreadableFileError, open_regular
from gateway_core.logs.records import LONGEST_LINE, LineSplitter, RawLine, parse

BLOCK = 256 * 1024  # bytes that are read at once
AROUND = 64 * 1024
"""Bytes beside a point of a log in which a private key would begin or end that the point is in."""
_LOOKS_AT_REPLACED = 50
"""The number of times that a replaced file is still read: its writer may not have noticed yet."""
_FINGERPRINT = 64
_SHORTEST_TIME = len("12:00:00")


def end_of_lines(descriptor: int) -> int:
    """The offset behind the last line break: what follows is a line that is still being written."""
    position = os.fstat(descriptor).st_size
    while position > 0:
        begin = max(0, position - BLOCK)
        found = os.pread(descriptor, position - begin, begin).rfind(b"\n")
        if found >= 0:
            return begin + found + 1
        position = begin
    return 0


def lines_forwards(descriptor: int, begin: int, end: int) -> Iterator[RawLine]:
    """The lines from `begin` on, up to the one that reaches `end`."""
    splitter = LineSplitter(begin)
    while splitter.position < end and (data := os.pread(descriptor, BLOCK, splitter.position)):
        yield from splitter.feed(data)


def offset_after(descriptor: int, end: int, at: datetime) -> int:
    """The offset of the first line before `end` that is later than `at`, if lines are in order. Some 20 reads."""
    low, high = 0, end
    while high - low > BLOCK:
        middle = (low + high) // 2
        whole_lines = islice(lines_forwards(descriptor, middle, high), 1, None)
        timed = next(((line.offset, found) for line in whole_lines if (found := _time_of(line))), None)
        if timed is None or timed[1] > at:
            high = middle
        else:
            low = timed[0]
    later = (line.offset for line in lines_forwards(descriptor, low, end) if (_time_of(line) or at) > at)
    return min(end, next(later, end))


def _time_of(line: RawLine) -> datetime | None:
    return parse(line).at if len(line.data) >= _SHORTEST_TIME else None


Spans = Iterable[tuple[int, int]]  # where lines of a block begin and end, the last line first


def every_line(block: bytes) -> Spans:
    end = len(block)
    while end >= 0:
        begin = block.rfind(b"\n", 0, end) + 1
        yield begin, end
        end = begin - 1


def lines_backwards(
    descriptor: int, end: int, worth_reading: Callable[[bytes], Spans] = every_line
) -> Iterator[RawLine]:
    """The lines before `end`, the last one first. Blocks; at most one block and one line are held in memory.

    Lines within a block that `worth_reading` does not name are left out. Ends early if the file has become shorter
    meanwhile. A last line needs no line break.
    """
    rest = _Rest()
    position = end
    while position > 0:
        begin = max(0, position - BLOCK)
        block = os.pread(descriptor, position - begin, begin)
        if len(block) < position - begin:
            return
        if position == end:
            block = block.removesuffix(b"\n")
        first, last = block.find(b"\n"), block.rfind(b"\n")
        if first >= 0:
            yield rest.after(block[last + 1 :]).line(begin + last + 1)
            if first < last:
                whole = block[first + 1 : last]
                offset = begin + first + 1
                yield from (RawLine(offset + at, whole[at:to]) for at, to in worth_reading(whole))
            rest, block = _Rest(), block[:first]
        rest = rest.after(block)
        position = begin
    if end > 0:
        yield rest.line(0)


def lines_around(descriptor: int, offset: int) -> tuple[list[RawLine], list[RawLine]]:
    """The lines right before and right after the beginning of a line, each oldest first; of those farthest, a part."""
    begin = max(0, offset - AROUND)
    before = os.pread(descriptor, offset - begin, begin).removesuffix(b"\n")
    after = os.pread(descriptor, AROUND, offset)
    return [RawLine(begin, line) for line in before.split(b"\n")], [
        RawLine(offset, line) for line in after.split(b"\n")
    ]


@dataclass(frozen=True, slots=True)
class _Rest:
    """The end of a line whose beginning lies in an earlier block; of a very long line only the first part is kept."""

    data: bytes = b""
    cut: bool = False

    def after(self, head: bytes) -> _Rest:
        data = head + self.data
        return _Rest(data[:LONGEST_LINE], self.cut or len(data) > LONGEST_LINE)

    def line(self, offset: int) -> RawLine:
        return RawLine(offset, self.data, self.cut)


@dataclass(slots=True)
class _OpenFile:
    descriptor: int
    splitter: LineSplitter
    last_bytes: bytes = field(default=b"", repr=False)
    """The bytes right before the position; others there mean that the file was written anew."""

    def read(self) -> list[RawLine]:
        lines: list[RawLine] = []
        if self._rewritten():
            lines = self.splitter.finish()
            self.splitter, self.last_bytes = LineSplitter(), b""
        data = os.pread(self.descriptor, BLOCK, self.splitter.position)
        if data:
            self.last_bytes = (self.last_bytes + data[-_FINGERPRINT:])[-_FINGERPRINT:]
        return lines + self.splitter.feed(data)

    def finish(self) -> list[RawLine]:
        os.close(self.descriptor)
        return self.splitter.finish()

    @property
    def behind(self) -> int:
        return max(0, os.fstat(self.descriptor).st_size - self.splitter.position)

    def _rewritten(self) -> bool:
        length = len(self.last_bytes)
        return os.pread(self.descriptor, length, self.splitter.position - length) != self.last_bytes


class Appended:
    """Reads what is appended to one path, through rotation, truncation, deletion and re-creation.

    By polling: one `stat` and one read per look cost some microseconds, work on every file system, and miss nothing;
    what file watchers report of a busy log are events by the thousand, each of them answered by that same read. Every
    method blocks for milliseconds at most.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.fault: str | None = None
        """The reason why it cannot be read; completes the sentence "The file …". `None` also while there is no file."""
        self.vanished = False
        """The file was there, and now nothing has its name. What its writer still adds is read all the same."""
        self._file: _OpenFile | None = None
        self._replaced: list[tuple[_OpenFile, int]] = []

    def begin_at(self, descriptor: int, offset: int) -> None:
        """Read on in an open file, which is closed with this object."""
        self._file = _OpenFile(descriptor, LineSplitter(offset))
        if offset:
            length = min(_FINGERPRINT, offset)
            self._file.last_bytes = os.pread(descriptor, length, offset - length)

    def read(self) -> list[RawLine]:
        """Read what is new, about one block of it at most."""
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
        return self._file is not None and not self.vanished

    @property
    def behind(self) -> bool:
        return self._file is not None and self._file.behind > 0

    def close(self) -> None:
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
        """Whether another file has the name now. One that was only deleted is still worth reading."""
        try:
            status = os.stat(self.path)  # noqa: PTH116 - at every look
        except OSError as error:
            self.vanished = isinstance(error, FileNotFoundError)
            return False
        self.vanished = False
        return not os.path.samestat(status, os.fstat(file.descriptor))

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
