"""The port map as data: the ports that each owner holds or may take, on a common axis, and where they collide."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import cycle

from claw_tui.ports.map_axis import Axis, axis_of
from claw_tui.ports.map_lanes import Collision, Hold, Owner, claimed_spans, find_collisions, owners
from claw_tui.text.cells import LANES, Tone
from claw_tui.text.states import grade_rank
from gateway_core.natural_order import natural_key
from gateway_core.ports.claimants import known_claims
from gateway_core.snapshot import Grade, Role, Snapshot


@dataclass(frozen=True, slots=True)
class Spot:
    """The meeting of a lane and a column: the firmest hold and the worst collision of all its ports."""

    hold: Hold = Hold.NONE
    grade: Grade | None = None


@dataclass(frozen=True, slots=True)
class Lane:
    """The ports of one owner, column by column."""

    key: str
    label: str
    foreign: bool  # the owner is a process outside the family
    spots: tuple[Spot, ...]  # one for each column
    tone: Tone = Tone.NORMAL  # of an instance: the one that its lines have among merged logs


@dataclass(frozen=True, slots=True)
class Tick:
    """A port worth its number on the axis."""

    column: int
    port: int
    ends: bool = False  # the last port of a stretch, rather than one where something begins


@dataclass(frozen=True)
class PortMap:
    """The lanes in the order of their first ports, over one axis."""

    axis: Axis
    ticks: tuple[Tick, ...]  # the most telling first
    lanes: tuple[Lane, ...]
    unseen: bool = False  # the listeners could not be listed, so no port is shown as bound, nor as free

    @cached_property
    def worst(self) -> tuple[Grade | None, ...]:
        columns = zip(*(lane.spots for lane in self.lanes), strict=True)
        return tuple(_worst({spot.grade for spot in column}) for column in columns)


def port_map(snapshot: Snapshot, columns: int) -> PortMap:
    axis = axis_of(claimed_spans(snapshot), columns)
    everybody = owners(snapshot, axis)
    collisions: dict[str, list[Collision]] = {}
    for collision in find_collisions(snapshot.conflicts, everybody):
        collisions.setdefault(collision.owner, []).append(collision)
    ids = sorted((found.id for found in snapshot.instances), key=natural_key)
    tones = dict(zip(ids, cycle(LANES), strict=False))
    lanes = tuple(
        _lane(owner, collisions.get(owner.key, ()), axis, tones.get(owner.key, Tone.NORMAL)) for owner in everybody
    )
    return PortMap(axis, tuple(_ticks(snapshot, axis)), lanes, snapshot.listeners_unseen is not None)


def _lane(owner: Owner, collisions: Iterable[Collision], axis: Axis, tone: Tone) -> Lane:
    holds = _holds(owner, axis)
    grades: list[Grade | None] = [None] * len(holds)
    for collision in collisions:
        for column in axis.columns_of(collision.start, collision.end):
            grades[column] = _worst((grades[column], collision.grade))
    return Lane(owner.key, owner.label, owner.foreign, tuple(map(_spot, holds, grades)), tone)


@cache
def _spot(hold: Hold, grade: Grade | None) -> Spot:
    """Return one shared spot per hold and grade: neighbouring spots are compared often."""
    return Spot(hold, grade)


def _holds(owner: Owner, axis: Axis) -> list[Hold]:
    holds = [Hold.NONE] * len(axis.columns)
    for span in owner.ranges:
        for column in axis.columns_of(span.start, span.end):
            holds[column] = max(holds[column], span.hold)
    return holds if owner.foreign else _joined(holds, axis)


def _joined(holds: Sequence[Hold], axis: Axis) -> list[Hold]:
    """Draw lines between the ports of one block, so that it is seen as one."""
    joined, last = list(holds), None
    for column, hold in enumerate(holds):
        if axis.columns[column].is_break:
            last = None
        elif hold is not Hold.NONE:
            if last is not None:
                joined[last + 1 : column] = [Hold.BLOCK] * (column - last - 1)
            last = column
    return joined


def _ticks(snapshot: Snapshot, axis: Axis) -> list[Tick]:
    """Number where stretches begin, where they end, base ports, and where ranges begin."""
    claims = [claim for instance in snapshot.instances for claim in known_claims(instance)]
    bases = {claim.start for claim in claims if claim.role is Role.GATEWAY}
    ranges = {claim.start for claim in claims if claim.start < claim.end}
    starts = [start for start, _ in axis.stretches]
    wanted = [Tick(_column(axis, port), port) for port in starts]
    wanted += [Tick(_column(axis, end, last=True), end, ends=True) for start, end in axis.stretches if start < end]
    inside = [port for port in (*sorted(bases), *sorted(ranges)) if axis.shows(port)]
    return wanted + [Tick(_column(axis, port), port) for port in dict.fromkeys(inside) if port not in starts]


def _column(axis: Axis, port: int, *, last: bool = False) -> int:
    columns = axis.columns_of(port, port)
    return columns[-1] if last else columns[0]


def _worst(grades: Iterable[Grade | None]) -> Grade | None:
    return min((grade for grade in grades if grade is not None), key=grade_rank, default=None)
