"""The common axis of the port map: 65,535 ports in a few dozen columns.

Only stretches around claimed ports have columns; what lies empty between them is a break of fixed width. Each column
stands for consecutive ports, and columns ascend. The axis follows from claims and width alone: what starts and stops
listening does not move it.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from heapq import heapify, heappop, heappush
from itertools import pairwise

Span = tuple[int, int]  # the first and the last of consecutive ports

LAST_PORT = 65535
_NEAR = 16  # ports between two claims that are drawn rather than broken out
_WIDE_BREAK = 3
_NARROW_BREAK = 1


@dataclass(frozen=True, slots=True)
class AxisColumn:
    """Consecutive ports that share one column; a break is part of a longer run of ports that nobody claims."""

    start: int
    end: int
    is_break: bool = False


@dataclass(frozen=True)
class Axis:
    """The columns from left to right, and the claimed stretches that they are made for."""

    columns: tuple[AxisColumn, ...]
    stretches: tuple[Span, ...]

    def columns_of(self, start: int, end: int) -> range:
        return range(bisect_left(self._ends, start), bisect_right(self._starts, end))

    def shows(self, port: int) -> bool:
        index = bisect_right(self.stretches, (port, LAST_PORT)) - 1
        return index >= 0 and self.stretches[index][0] <= port <= self.stretches[index][1]

    @cached_property
    def _starts(self) -> list[int]:
        return [column.start for column in self.columns]

    @cached_property
    def _ends(self) -> list[int]:
        return [column.end for column in self.columns]


def axis_of(claimed: Iterable[Span], width: int) -> Axis:
    """Make an axis of at most `width` columns on which each of the claimed spans has at least one."""
    spans = sorted((start, min(end, LAST_PORT)) for start, end in set(claimed) if 0 < start <= LAST_PORT)
    stretches = _merged(spans)
    return Axis(tuple(_columns(stretches, _atoms(spans, stretches), width)), tuple(stretches))


def _merged(spans: Iterable[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in spans:
        if merged and start - merged[-1][1] - 1 <= _NEAR:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def _atoms(spans: Iterable[Span], stretches: Iterable[Span]) -> list[list[Span]]:
    """Cut each stretch wherever a claim begins or ends, so that every claim is made of whole atoms."""
    cuts = sorted({cut for start, end in spans for cut in (start, end + 1)})
    atoms = []
    for start, end in stretches:
        inside = cuts[bisect_left(cuts, start) : bisect_right(cuts, end + 1)]
        atoms.append([(first, following - 1) for first, following in pairwise(inside)])
    return atoms


def _columns(stretches: Sequence[Span], atoms: Sequence[Sequence[Span]], width: int) -> list[AxisColumn]:
    """Give whole atoms columns of their own if they fit, else several to a column; breaks go last."""
    breaks = max(0, len(stretches) - 1)
    for break_width in (_WIDE_BREAK, _NARROW_BREAK):
        room = width - breaks * break_width
        if sum(map(len, atoms)) <= room:
            return _with_breaks(_stretched(atoms, room), break_width)
    room = width - breaks * _NARROW_BREAK
    if len(stretches) <= room:
        return _with_breaks(_squeezed(atoms, room), _NARROW_BREAK)
    return _grouped([atom for stretch in atoms for atom in stretch], width)


def _stretched(atoms: Sequence[Sequence[Span]], room: int) -> list[list[AxisColumn]]:
    sizes = [end - start + 1 for stretch in atoms for start, end in stretch]
    shares = iter(_shares(sizes, room))
    return [[column for atom in stretch for column in _split(atom, next(shares))] for stretch in atoms]


def _squeezed(atoms: Sequence[Sequence[Span]], room: int) -> list[list[AxisColumn]]:
    shares = _shares([len(stretch) for stretch in atoms], room)
    return [_grouped(stretch, share) for stretch, share in zip(atoms, shares, strict=True)]


def _shares(sizes: Sequence[int], room: int) -> list[int]:
    """Share columns among things of these sizes: one each, and each further one to whatever is most crowded."""
    shares = [1] * len(sizes)
    crowded = [(-float(size), index) for index, size in enumerate(sizes) if size > 1]
    heapify(crowded)
    for _ in range(room - len(sizes)):
        if not crowded:
            break
        _, index = heappop(crowded)
        shares[index] += 1
        if shares[index] < sizes[index]:
            heappush(crowded, (-sizes[index] / shares[index], index))
    return shares


def _split(span: Span, parts: int) -> list[AxisColumn]:
    start, size = span[0], span[1] - span[0] + 1
    return [AxisColumn(start + size * part // parts, start + size * (part + 1) // parts - 1) for part in range(parts)]


def _grouped(atoms: Sequence[Span], parts: int) -> list[AxisColumn]:
    parts = min(parts, len(atoms))
    groups = (atoms[len(atoms) * part // parts : len(atoms) * (part + 1) // parts] for part in range(parts))
    return [AxisColumn(group[0][0], group[-1][1]) for group in groups]


def _with_breaks(stretches: Sequence[Sequence[AxisColumn]], break_width: int) -> list[AxisColumn]:
    columns: list[AxisColumn] = []
    for stretch in stretches:
        if columns:
            empty = AxisColumn(columns[-1].end + 1, stretch[0].start - 1, is_break=True)
            columns.extend([empty] * break_width)
        columns.extend(stretch)
    return columns
