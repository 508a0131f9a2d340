"""Reads a file of any size from its end, or from a moment on: in blocks, so that the first screen costs one block."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from gateway_core.logs.raw_lines import LONGEST_LINE, LineSplitter, RawLine
from gateway_core.logs.records import parse

BLOCK = 256 * 1024
"""Bytes that are read at once."""


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
    """Where the lines before `end` begin that are later than `at`, given that they are in order. Some 20 reads."""
    low, high = 0, end
    while high - low > BLOCK:
        middle = (low + high) // 2
        whole_lines = islice(lines_forwards(descriptor, middle, high), 1, None)
        timed = next(((line.offset, found) for line in whole_lines if (found := parse(line).at)), None)
        if timed is None or timed[1] > at:
            high = middle
        else:
            low = timed[0]
    later = (line.offset for line in lines_forwards(descriptor, low, end) if (parse(line).at or at) > at)
    return min(end, next(later, end))


def lines_backwards(descriptor: int, end: int, worth: Callable[[bytes], bool] = bool) -> Iterator[RawLine]:
    """The lines before `end`, the last one first. Blocks; at most one block and one line are held in memory.

    Lines of which `worth` says no, asked for many at once, are left out. Ends early if the file has become shorter
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
            whole = block[first + 1 : last]
            if first < last and (not whole or worth(whole)):
                yield from _whole_lines(whole, begin + last)
            rest, block = _Rest(), block[:first]
        rest = rest.after(block)
        position = begin
    if end > 0:
        yield rest.line(0)


@dataclass(frozen=True, slots=True)
class _Rest:
    """The end of a line whose beginning lies in an earlier block; of a very long one only the first part is kept."""

    data: bytes = b""
    cut: bool = False

    def after(self, head: bytes) -> _Rest:
        data = head + self.data
        return _Rest(data[:LONGEST_LINE], self.cut or len(data) > LONGEST_LINE)

    def line(self, offset: int) -> RawLine:
        return RawLine(offset, self.data, self.cut)


def _whole_lines(data: bytes, end: int) -> Iterator[RawLine]:
    """Lines whose last line break is at `end`."""
    for line in reversed(data.split(b"\n")):
        end -= len(line)
        yield RawLine(end, line)
        end -= 1
