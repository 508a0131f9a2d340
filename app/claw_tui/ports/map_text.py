"""The port map as text: port numbers, a ruler that points at collisions, and one line per lane."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby

from claw_tui.ports.map import Lane, PortMap, Spot, Tick, port_map
from claw_tui.ports.map_lanes import Hold
from claw_tui.text.cells import Tone
from claw_tui.text.sections import Line, Piece
from claw_tui.text.states import GRADE_STYLES
from claw_tui.text.values import clean, pad, width
from gateway_core.ports.claimants import known_claims
from gateway_core.snapshot import Grade, Snapshot

_POINTER = "▸ "
_FOREIGN = "◆ "
_ASKED = "▼"
_GAP = "  "
_USUAL_NAME, _WIDEST_NAME = 18, 26

_HOLDS = {Hold.NONE: " ", Hold.BLOCK: "─", Hold.RESERVED: "·", Hold.ON_DEMAND: "░", Hold.ALWAYS: "□", Hold.BOUND: "■"}
_HELD_IN_COLLISION, _COLLISION, _MILD_COLLISION = "█▓▒"
_MILD = (Grade.OVERLAP, Grade.RESERVED)

_BOUND: Line = (Piece("■", Tone.GOOD), Piece(" bound", Tone.MUTED))
_BOUND_UNKNOWN: Line = (Piece("? bound: could not tell", Tone.WARNING),)
_OTHER_SIGNS: tuple[Line, ...] = (
    (Piece("□", Tone.NORMAL), Piece(" when it runs", Tone.MUTED)),
    (Piece("░ on demand", Tone.MUTED),),
    (Piece("· reserved", Tone.MUTED),),
    (Piece(_HELD_IN_COLLISION + _COLLISION, Tone.BAD), Piece(" collision", Tone.MUTED)),
    (Piece(_MILD_COLLISION, Tone.NOTICE), Piece(" mild", Tone.MUTED)),
)
"""The meanings of the other signs of the map, one entry per sign."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """The map in lines of one width: what stays in sight above, the lanes, and what the signs mean."""

    head: tuple[Line, ...]
    lanes: tuple[Line, ...]
    keys: tuple[str, ...]  # the owner of each lane
    legend: Line


def draw(snapshot: Snapshot, columns: int, chosen: frozenset[str] = frozenset(), asked: int | None = None) -> Drawing:
    """Draw the map of a host; the lanes of the chosen owners stand out, and so does a port that is asked about."""
    name_width = _name_width(snapshot, columns)
    found = port_map(snapshot, max(1, columns - _margin(name_width)))
    return _drawing(found, name_width, chosen, asked)


def draw_uncut(snapshot: Snapshot, axis_columns: int) -> Drawing:
    """Draw the map with whole names, however long they are, and an axis of at most so many columns."""
    found = port_map(snapshot, axis_columns)
    longest = max((width(_label(lane)) for lane in found.lanes), default=0)
    return _drawing(found, longest, frozenset(), None)


def _drawing(found: PortMap, name_width: int, chosen: frozenset[str], asked: int | None) -> Drawing:
    margin = _margin(name_width)
    return Drawing(
        head=tuple((Piece(" " * margin), *line) for line in (_numbers(found, asked), _ruler(found, asked))),
        lanes=tuple((*_name(lane, name_width, chosen), *_spots(lane, chosen)) for lane in found.lanes),
        keys=tuple(lane.key for lane in found.lanes),
        legend=_legend(found, margin),
    )


def _margin(name_width: int) -> int:
    return len(_POINTER) + name_width + len(_GAP)


def _name_width(snapshot: Snapshot, columns: int) -> int:
    """Return the width of the names of instances alone: a process that comes or goes does not move the axis."""
    widest = max((width(clean(instance.id)) for instance in snapshot.instances if known_claims(instance)), default=0)
    return min(max(widest, _USUAL_NAME), _WIDEST_NAME, columns // 3)


def _numbers(drawn: PortMap, asked: int | None) -> Line:
    """Write the port numbers that find room, the most telling first."""
    signs = [(" ", Tone.MUTED)] * len(drawn.axis.columns)
    for tick in (*_ticks_at(drawn, asked), *drawn.ticks):
        text, tone = str(tick.port), Tone.NOTICE if tick.port == asked else Tone.MUTED
        start = _start(tick, len(text), len(signs))
        around = signs[max(0, start - 1) : start + len(text) + 1]
        if start >= 0 and all(sign == " " for sign, _ in around):
            signs[start : start + len(text)] = [(digit, tone) for digit in text]
    return tuple(_runs(signs))


def _ticks_at(drawn: PortMap, port: int | None) -> Iterator[Tick]:
    if port is not None and drawn.axis.shows(port):
        yield Tick(drawn.axis.columns_of(port, port)[0], port)


def _start(tick: Tick, size: int, columns: int) -> int:
    """Place first ports above the beginning of their number, last ports above its end."""
    return tick.column - size + 1 if tick.ends else min(tick.column, columns - size)


def _ruler(drawn: PortMap, asked: int | None) -> Line:
    signs = [("─", Tone.MUTED)] * len(drawn.axis.columns)
    for tick in drawn.ticks:
        signs[tick.column] = ("┬", Tone.MUTED)
    for start, end in drawn.axis.stretches:
        columns = drawn.axis.columns_of(start, end)
        opening, closing = "├┤" if len(columns) > 1 else "││"
        signs[columns[0]], signs[columns[-1]] = (opening, Tone.MUTED), (closing, Tone.MUTED)
    for number, (column, grade) in enumerate(zip(drawn.axis.columns, drawn.worst, strict=True)):
        if column.is_break:
            signs[number] = ("·", Tone.FAINT)
        elif grade is not None:
            style = GRADE_STYLES[grade]
            signs[number] = (style.symbol, style.tone)
    for tick in _ticks_at(drawn, asked):
        signs[tick.column] = (_ASKED, Tone.NOTICE)
    return tuple(_runs(signs))


def _name(lane: Lane, name_width: int, chosen: frozenset[str]) -> Line:
    pointed = lane.key in chosen
    tone = Tone.STRONG if pointed else lane.tone
    pointer = Piece(_POINTER if pointed else " " * len(_POINTER), Tone.NOTICE)
    return pointer, Piece(pad(_label(lane), name_width) + _GAP, tone)


def _label(lane: Lane) -> str:
    return (_FOREIGN if lane.foreign else "") + lane.label


def _spots(lane: Lane, chosen: frozenset[str]) -> Iterator[Piece]:
    aside = bool(chosen) and lane.key not in chosen
    for spot, run in groupby(lane.spots):
        sign, tone = _sign(spot, lane.tone, aside=aside)
        yield Piece(sign * len(tuple(run)), tone)


def _sign(spot: Spot, lane: Tone, *, aside: bool) -> tuple[str, Tone]:
    if spot.grade is None:
        free = Tone.GOOD if spot.hold is Hold.BOUND else lane
        return _HOLDS[spot.hold], Tone.FAINT if aside else free
    tone = GRADE_STYLES[spot.grade].tone
    if spot.hold is Hold.BOUND:
        return _HELD_IN_COLLISION, tone
    return (_MILD_COLLISION if spot.grade in _MILD else _COLLISION), tone


def _runs(signs: Iterable[tuple[str, Tone]]) -> Iterator[Piece]:
    for tone, run in groupby(signs, key=lambda sign: sign[1]):
        yield Piece("".join(sign for sign, _ in run), tone)


def _legend(drawn: PortMap, margin: int) -> Line:
    """Explain as many signs as fit, below the axis if it can be."""
    columns = margin + len(drawn.axis.columns)
    entries = [_BOUND_UNKNOWN if drawn.unseen else _BOUND, *_OTHER_SIGNS]
    while entries and _length(entries) > columns:
        entries.pop()
    indent = " " * min(margin, columns - _length(entries))
    pieces = (piece for entry in entries for piece in (*entry, Piece(_GAP)))
    return (Piece(indent), *pieces)


def _length(entries: Iterable[Line]) -> int:
    return sum(width(piece.text) for entry in entries for piece in entry) + len(_GAP) * len(tuple(entries))


def crop(drawing: Drawing, chosen: frozenset[str], rows: int) -> Drawing:
    """Keep so many rows: the chosen lanes, those of the same product, the nearest; the last row counts the rest."""
    lanes = len(drawing.lanes)
    if lanes <= rows or rows <= 1:
        return drawing
    middle = next((row for row, key in enumerate(drawing.keys) if key in chosen), 0)
    products = {_product(key) for key in chosen}

    def distance(row: int) -> tuple[bool, bool, int]:
        key = drawing.keys[row]
        return key not in chosen, _product(key) not in products, abs(row - middle)

    kept = sorted(sorted(range(lanes), key=distance)[: rows - 1])
    more = (Piece(f"  and {lanes - len(kept)} more", Tone.MUTED),)
    return replace(
        drawing, lanes=(*(drawing.lanes[row] for row in kept), more), keys=(*(drawing.keys[row] for row in kept), "")
    )


def _product(key: str) -> str:
    return key.partition(":")[0]
