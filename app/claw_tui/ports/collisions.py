"""Where on the port map conflicts are: which ports of which owners really meet.

Grades come from the conflict engine; here they are only given a place.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from claw_tui.ports.map_axis import LAST_PORT
from claw_tui.ports.map_lanes import (
    Hold,
    Owner,
    Stay,
    process_key,
)
from claw_tui.text.states import grade_rank
from gateway_core.ports.addresses import collide
from gateway_core.snapshot import Conflict, Grade, InstanceParty, KernelParty, ProcessParty

_NOT_BETWEEN_OWNERS = (Grade.EPHEMERAL, Grade.INVALID)


@dataclass(frozen=True, slots=True)
class Collision:
    """Ports of one owner that another one has or wants too."""

    owner: str
    start: int
    end: int
    grade: Grade


def parties_of(conflict: Conflict) -> frozenset[str]:
    """The keys of the owners that take part."""
    keys = map(_key, conflict.parties)
    return frozenset(key for key in keys if key is not None)


def find_collisions(conflicts: Iterable[Conflict], owners: Iterable[Owner]) -> Iterator[Collision]:
    """Every stretch of ports at which the parties of a conflict meet."""
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
        there = [(owner.key, stay) for owner in owners for stay in owner.stays if stay.start <= start <= stay.end]
        for key in meeting(there):
            yield Collision(key, start, end, _grade_at(start, conflicts))


def _pieces(owners: Iterable[Owner], conflicts: Iterable[Conflict]) -> Iterator[tuple[int, int]]:
    """Their ports, cut so that nothing begins or ends within a piece."""
    spans = [(stay.start, stay.end) for owner in owners for stay in owner.stays]
    spans += [(conflict.ports.start, min(conflict.ports.end, LAST_PORT)) for conflict in conflicts]
    cuts = sorted({cut for start, end in spans for cut in (start, end + 1)})
    return ((start, following - 1) for start, following in pairwise(cuts))


def _grade_at(port: int, conflicts: Sequence[Conflict]) -> Grade:
    """That of the conflict about this port; what follows from a conflict elsewhere is part of it."""
    about = [conflict.grade for conflict in conflicts if conflict.ports.start <= port <= conflict.ports.end]
    return min(about or [conflict.grade for conflict in conflicts], key=grade_rank)


def _meeting(there: Iterable[tuple[str, Stay]]) -> set[str]:
    """Those who want an address that another one wants too."""
    wanting: dict[str, set[str]] = {}
    for key, stay in there:
        for address in stay.addresses:
            wanting.setdefault(address, set()).add(key)
    found = set()
    for address, keys in wanting.items():
        rivals = set().union(*(others for other, others in wanting.items() if collide(address, other)))
        if len(rivals) > 1:
            found |= keys
    return found


def _meeting_itself(there: Iterable[tuple[str, Stay]]) -> set[str]:
    """The one whose own claims get in each other's way."""
    claims = [key for key, stay in there if stay.hold is not Hold.BOUND]
    return set(claims) if len(claims) > 1 else set()
