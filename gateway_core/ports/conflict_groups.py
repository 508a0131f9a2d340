"""Conflict groups: overlaps gathered so that one cause is one conflict."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from gateway_core.natural_order import natural_key
from gateway_core.ports.addresses import collide, needed_places
from gateway_core.ports.claimants import Claimant
from gateway_core.ports.listeners import Holding, places_of
from gateway_core.ports.overlaps import BOUND_TWICE, Overlap, worst
from gateway_core.ports.port_line import Wanted
from gateway_core.snapshot import Grade, Role

Key = tuple[str, ...]
"""The key by which a cause is the same one in the next snapshot; the conflict's id derives from it."""

Pair = tuple[str, ...]
"""The labels of two port groups that overlap, in order; of one, if its members want the same; or `within` and the
instance whose own settings are at odds."""


class ConflictCause(Enum):
    """The kinds of trouble, each with words and remedies of its own."""

    SAME_BASE = auto()
    SAME_ROUTE = auto()
    NEIGHBOURS = auto()
    OUTSIDER = auto()
    EPHEMERAL = auto()
    OUT_OF_RANGE = auto()
    PRIVILEGED = auto()
    BROKEN_OVERRIDE = auto()


_SHARED = {"base": ConflictCause.SAME_BASE, "route": ConflictCause.SAME_ROUTE}
"""The first word of the key of a cause that any number of instances may share."""


@dataclass(frozen=True, slots=True)
class ConflictGroup:
    """A cause of trouble: the claims concerned, and the listeners that hold some of their ports now."""

    cause: ConflictCause
    grade: Grade
    key: Key
    start: int
    end: int
    wants: tuple[Wanted, ...]
    holdings: tuple[Holding, ...] = ()
    detail: str = ""  # the kernel's or the config's words, where that is the other side

    @property
    def claimants(self) -> tuple[Claimant, ...]:
        """The instances that claim or hold the ports, in the order of their ids."""
        concerned = {claimant.id: claimant for want in self.wants for claimant in want.claimants}
        concerned.update({h.owner.id: h.owner for h in self.holdings if h.owner is not None})
        return tuple(concerned[instance] for instance in sorted(concerned, key=natural_key))


def prevented_by(group: ConflictGroup) -> Iterator[str]:
    """Yield the ids of those whose start would fail: only for want of their gateway port. Without others they run."""
    if group.grade not in BOUND_TWICE:
        return
    for want in group.wants:
        held = [holding.listener for holding in group.holdings if holding.listener.port == want.claim.start]
        needed = needed_places(want.claim.address)
        gets_it = bool(held) and not any(collide(needed, places_of(listener)) for listener in held)
        if want.claim.role is Role.GATEWAY and not want.claim.at_next_start and not gets_it:
            yield from (claimant.id for claimant in want.claimants)


def by_pair(overlaps: Iterable[Overlap]) -> dict[Pair, list[Overlap]]:
    """Gather the overlaps between instances by pair, those too that a common base absorbs."""
    pairs: defaultdict[Pair, list[Overlap]] = defaultdict(list)
    for overlap in overlaps:
        if not overlap.with_outsider:
            pairs[_pair(overlap)].append(overlap)
    return pairs


def _pair(overlap: Overlap) -> Pair:
    if overlap.within is not None:
        return "within", overlap.within
    labels = {want.port_group.label for want in overlap.wants}
    if overlap.holding is not None and overlap.holding.port_group is not None:
        labels.add(overlap.holding.port_group.label)
    return tuple(sorted(labels))


def between_instances(pairs: dict[Pair, list[Overlap]]) -> Iterator[ConflictGroup]:
    """Gather the conflicts between instances; all that share one base port, or the tailnet's route, are one."""
    shared: defaultdict[Key, list[Overlap]] = defaultdict(list)
    for pair, overlaps in pairs.items():
        for key, members in pair_causes(pair, overlaps).items():
            if key[0] in _SHARED:
                shared[key] += members
            else:
                yield _gathered(ConflictCause.NEIGHBOURS, key, members)
    for key, members in shared.items():
        yield _gathered(_SHARED[key[0]], key, members)


def pair_causes(pair: Pair, overlaps: Sequence[Overlap]) -> dict[Key, list[Overlap]]:
    """Sort the overlaps of one pair by their causes; milder ones that follow from a worse one are absorbed."""
    routes = [overlap for overlap in overlaps if overlap.about_routes]
    causes = _causes(pair, [overlap for overlap in overlaps if not overlap.about_routes])
    return causes | {("route",): routes} if routes else causes


def _causes(pair: Pair, overlaps: Sequence[Overlap]) -> dict[Key, list[Overlap]]:
    base = next((overlap.start for overlap in overlaps if overlap.same_base), None)
    if base is not None:
        return {("base", str(base)): [overlap for overlap in overlaps if overlap.grade in BOUND_TWICE]}
    if any(overlap.same_next_base for overlap in overlaps):
        # What follows from that port is no trouble of its own.
        overlaps = [overlap for overlap in overlaps if overlap.same_next_base or not overlap.at_next_start]
    causes: defaultdict[Key, list[Overlap]] = defaultdict(list)
    grades = {overlap.grade for overlap in overlaps if not overlap.absorbed}
    for overlap in overlaps:
        if not overlap.absorbed and not _absorbed(overlap.grade, grades):
            causes[_kind(overlap.grade), *pair].append(overlap)
    return causes


def _absorbed(grade: Grade, present: set[Grade]) -> bool:
    """Whether other conflicts leave nothing to say: a held port on a possible one, anything on a reserved one."""
    if grade is Grade.RESERVED:
        return present != {Grade.RESERVED}
    return grade is Grade.POSSIBLE and Grade.ACTIVE in present


def _kind(grade: Grade) -> str:
    """Return the kind of cause: active and certain are one, before and after a start, so that the id stays."""
    return "bound" if grade in BOUND_TWICE else grade.value


def with_outsiders(overlaps: Iterable[Overlap]) -> Iterator[ConflictGroup]:
    """Gather the conflicts with processes outside the family: one per listener and grade, whatever it sits on."""
    worst_of: dict[tuple[int, str, str], Grade] = {}
    by_key: defaultdict[Key, list[Overlap]] = defaultdict(list)
    outside = [overlap for overlap in overlaps if overlap.with_outsider]
    for overlap in outside:
        victim = _victim(overlap)
        worst_of[victim] = worst((worst_of.get(victim, overlap.grade), overlap.grade))
    for overlap in outside:
        if overlap.grade is worst_of[_victim(overlap)]:
            port, pid, _ = _victim(overlap)
            by_key["outsider", str(port), pid, overlap.grade.value].append(overlap)
    for key, members in by_key.items():
        yield _gathered(ConflictCause.OUTSIDER, key, members)


def _victim(overlap: Overlap) -> tuple[int, str, str]:
    pid = overlap.holding.listener.pid if overlap.holding else None
    return overlap.start, "unknown" if pid is None else str(pid), overlap.wants[0].port_group.label


def _gathered(cause: ConflictCause, key: Key, overlaps: Sequence[Overlap]) -> ConflictGroup:
    wants = {(id(s.claim), s.port_group.label): s for overlap in overlaps for s in overlap.wants}
    holdings = {id(overlap.holding.listener): overlap.holding for overlap in overlaps if overlap.holding is not None}
    return ConflictGroup(
        cause=cause,
        grade=worst(overlap.grade for overlap in overlaps),
        key=key,
        start=min(overlap.start for overlap in overlaps),
        end=max(overlap.end for overlap in overlaps),
        wants=tuple(sorted(wants.values(), key=want_order)),
        holdings=tuple(sorted(holdings.values(), key=_listener_order)),
    )


def want_order(want: Wanted) -> tuple[str, int, int, str]:
    """A stable order: by instance, then by ports."""
    return want.claimants[0].id, want.claim.start, want.claim.end, want.claim.role


def _listener_order(holding: Holding) -> tuple[int, int, tuple[str, ...]]:
    listener = holding.listener
    return listener.port, -1 if listener.pid is None else listener.pid, listener.addresses
