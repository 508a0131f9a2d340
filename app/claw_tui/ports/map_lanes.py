"""The lanes of the port map, one per instance and per process outside the family, and where they collide.

Conflicts are graded elsewhere; here they are only given a place.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise

from claw_tui.ports.map_axis import LAST_PORT, Axis
from claw_tui.text.states import grade_rank
from claw_tui.text.values import clean
from gateway_core.natural_order import natural_key
from gateway_core.ports.addresses import Places, claimed_places, collide
from gateway_core.ports.claimants import known_claims
from gateway_core.ports.listeners import places_of
from gateway_core.snapshot import (
    Binding,
    Claim,
    Conflict,
    Grade,
    Instance,
    InstanceParty,
    KernelParty,
    Listener,
    PortOwner,
    ProcessParty,
    Snapshot,
)

_NOT_BETWEEN_OWNERS = (Grade.EPHEMERAL, Grade.INVALID)
UNSEEN = "owner not visible"  # the lane of all listeners whose process this user may not see


class Hold(IntEnum):
    """The firmness of an owner's hold on a port; a column of several ports shows the firmest."""

    NONE = 0
    BLOCK = 1  # between ports of its own
    RESERVED = 2
    ON_DEMAND = 3
    ALWAYS = 4
    BOUND = 5  # it listens there now


_HOLDS = {
    Binding.POSSIBLE: Hold.RESERVED,
    Binding.RESERVED: Hold.RESERVED,
    Binding.ON_DEMAND: Hold.ON_DEMAND,
    Binding.ALWAYS: Hold.ALWAYS,
}


@dataclass(frozen=True, slots=True)
class HeldRange:
    """Consecutive ports that one owner holds or may take."""

    start: int
    end: int
    hold: Hold
    places: Places


@dataclass(frozen=True, slots=True)
class Owner:
    """The owner of one lane, and its ports."""

    key: str  # the id of the instance; of a process outside the family, its pid
    label: str
    foreign: bool
    ranges: tuple[HeldRange, ...]


def claimed_spans(snapshot: Snapshot) -> list[tuple[int, int]]:
    """Return the ports of every claim: what the axis is made for."""
    return [(claim.start, claim.end) for instance in snapshot.instances for claim in known_claims(instance)]


def owners(snapshot: Snapshot, axis: Axis) -> list[Owner]:
    """Return everybody with a port on the axis, in the order of their first ports."""
    visible = [listener for listener in snapshot.listeners if axis.shows(listener.port)]
    found = [*_instances(snapshot.instances, visible), *_processes(visible)]
    return sorted(found, key=lambda owner: (owner.ranges[0].start, owner.foreign, natural_key(owner.key)))


def process_key(process: PortOwner | Listener) -> str:
    """Return the lane of a process: that of its instance, its own, or the one of all that cannot be seen."""
    instance = process.held_for if isinstance(process, Listener) else process.instance
    if instance is not None:
        return instance
    return UNSEEN if process.pid is None else f"pid {process.pid}"


def _instances(instances: Iterable[Instance], listeners: Iterable[Listener]) -> Iterator[Owner]:
    bound: dict[str, list[HeldRange]] = {}
    for listener in listeners:
        if listener.held_for is not None:
            bound.setdefault(listener.held_for, []).append(_bound(listener))
    for instance in instances:
        claims = (_claimed(claim) for claim in known_claims(instance) if 0 < claim.start <= LAST_PORT)
        ranges = _ordered((*claims, *bound.get(instance.id, ())))
        if ranges:
            yield Owner(instance.id, clean(instance.id), foreign=False, ranges=ranges)


def _processes(listeners: Iterable[Listener]) -> Iterator[Owner]:
    foreign: dict[str, list[Listener]] = {}
    for listener in listeners:
        if listener.held_for is None:
            foreign.setdefault(process_key(listener), []).append(listener)
    for key, held in foreign.items():
        yield Owner(key, _label(held[0]), foreign=True, ranges=_ordered(map(_bound, held)))


def _label(listener: Listener) -> str:
    if listener.pid is None:
        return UNSEEN
    return f"{clean(listener.process or 'a process')} ({listener.pid})"


def _claimed(claim: Claim) -> HeldRange:
    return HeldRange(claim.start, min(claim.end, LAST_PORT), _HOLDS[claim.binding], claimed_places(claim.address))


def _bound(listener: Listener) -> HeldRange:
    return HeldRange(listener.port, listener.port, Hold.BOUND, places_of(listener))


def _ordered(ranges: Iterable[HeldRange]) -> tuple[HeldRange, ...]:
    return tuple(sorted(ranges, key=lambda span: (span.start, span.end, span.hold)))


@dataclass(frozen=True, slots=True)
class Collision:
    """Ports of one owner that another one has or wants too."""

    owner: str
    start: int
    end: int
    grade: Grade


def parties_of(conflict: Conflict) -> frozenset[str]:
    keys = map(_key, conflict.parties)
    return frozenset(key for key in keys if key is not None)


def find_collisions(conflicts: Iterable[Conflict], owners: Iterable[Owner]) -> Iterator[Collision]:
    """Yield every stretch of ports at which the parties of a conflict meet."""
    by_key = {owner.key: owner for owner in owners}
    between: dict[frozenset[str], list[Conflict]] = {}
    for conflict in conflicts:
        if conflict.grade not in _NOT_BETWEEN_OWNERS:
            between.setdefault(parties_of(conflict), []).append(conflict)
    for parties, theirs in between.items():
        yield from _between([by_key[key] for key in sorted(parties) if key in by_key], theirs)


def _key(party: InstanceParty | ProcessParty | KernelParty) -> str | None:
    match party:
        case InstanceParty():
            return party.instance
        case ProcessParty():
            return process_key(party.process)
        case KernelParty():
            return None


def _between(owners: Sequence[Owner], conflicts: Sequence[Conflict]) -> Iterator[Collision]:
    meeting = _meeting if len(owners) > 1 else _meeting_itself
    for start, end in _pieces(owners, conflicts):
        there = [(owner.key, span) for owner in owners for span in owner.ranges if span.start <= start <= span.end]
        for key in meeting(there):
            yield Collision(key, start, end, _grade_at(start, conflicts))


def _pieces(owners: Iterable[Owner], conflicts: Iterable[Conflict]) -> Iterator[tuple[int, int]]:
    """Cut the ports of the owners so that nothing begins or ends within a piece."""
    spans = [(span.start, span.end) for owner in owners for span in owner.ranges]
    spans += [(conflict.ports.start, min(conflict.ports.end, LAST_PORT)) for conflict in conflicts]
    cuts = sorted({cut for start, end in spans for cut in (start, end + 1)})
    return ((start, following - 1) for start, following in pairwise(cuts))


def _grade_at(port: int, conflicts: Sequence[Conflict]) -> Grade:
    """Return the grade of the conflict about this port; what follows from a conflict elsewhere is part of it."""
    about = [conflict.grade for conflict in conflicts if conflict.ports.start <= port <= conflict.ports.end]
    return min(about or [conflict.grade for conflict in conflicts], key=grade_rank)


def _meeting(there: Iterable[tuple[str, HeldRange]]) -> set[str]:
    """Return the owners that want places that another one wants too."""
    wanting: dict[Places, set[str]] = {}
    for key, span in there:
        wanting.setdefault(span.places, set()).add(key)
    found = set()
    for places, keys in wanting.items():
        rivals = set().union(*(others for other, others in wanting.items() if collide(places, other)))
        if len(rivals) > 1:
            found |= keys
    return found


def _meeting_itself(there: Iterable[tuple[str, HeldRange]]) -> set[str]:
    """Return the owner whose own claims get in each other's way."""
    claims = [key for key, span in there if span.hold is not Hold.BOUND]
    return set(claims) if len(claims) > 1 else set()
