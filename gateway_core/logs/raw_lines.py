"""Bytes of a growing file → lines."""

from __future__ import annotations

from dataclasses import dataclass, field

LONGEST_LINE = 256 * 1024
"""Bytes of a line that are kept; so much of a line without an end is held in memory, and no more."""


@dataclass(frozen=True, slots=True)
class RawLine:
    """One line as it stands in its file, without its line break. May hold secrets."""

    offset: int
    data: bytes = field(repr=False)
    cut: bool = False
    """Its end is missing."""


class LineSplitter:
    """Cuts bytes that come in pieces into lines. Holds at most one unfinished line."""

    def __init__(self, offset: int = 0) -> None:
        self._begin = offset
        self._next = offset
        self._unfinished = b""

    @property
    def position(self) -> int:
        """The offset of the byte after the last one that was fed."""
        return self._next

    def feed(self, data: bytes) -> list[RawLine]:
        """The lines that these bytes finish."""
        *ends, rest = data.split(b"\n")
        lines = []
        for end in ends:
            lines.append(self._line(end))
            self._next += len(end) + 1
            self._begin, self._unfinished = self._next, b""
        self._next += len(rest)
        self._unfinished += rest[: LONGEST_LINE - len(self._unfinished)]
        return lines

    def finish(self) -> list[RawLine]:
        """The line that has no end and will not get one, if there is any."""
        if self._next == self._begin:
            return []
        line = self._line(b"")
        self._begin, self._unfinished = self._next, b""
        return [line]

    def _line(self, end: bytes) -> RawLine:
        length = self._next + len(end) - self._begin
        data = self._unfinished + end if self._unfinished else end
        return RawLine(self._begin, data[:LONGEST_LINE], cut=length > LONGEST_LINE)
