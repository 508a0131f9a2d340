"""Contentions: clashes gathered so that one cause is one conflict."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from gateway_core.ports.claimants import Claimant
from gateway_core.ports.listeners import Holding
from gateway_core.ports.overlaps import Overlap, worst
from gateway_core.ports.port_line import Wanted
from gateway_core.snapshot import Grade

Key = tuple[str, ...]
"""What makes a cause the same cause in the next snapshot; the conflict's id derives from it."""

Pair = tuple[str, ...]
"""The labels of two households that clash, in order; of one, if its members clash with each other; or `within`
and the instance that clashes with itself."""


class ConflictCause(Enum):
    """The kinds of trouble, each with words and remedies of its own."""

    SAME_BASE = auto()
    NEIGHBOURS = auto()
    OUTSIDER = auto()
    EPHEMERAL = auto()
    OUT_OF_RANGE = auto()
    PRIVILEGED = auto()
    BROKEN_OVERRIDE = auto()


@dataclass(frozen=True, slots=True)
class ConflictGroup:
    """One cause of trouble: the claims concerned, and the listeners that hold some of their ports now."""

    cause: ConflictCause
    grade: Grade
    key: Key
    start: int
    end: int
    stakes: tuple[Wanted, ...]
    holdings: tuple[Holding, ...] = ()
    detail: str = ""
    """What the kernel or the config says, where that is the other side."""

    @property
    def tenants(self) -> tuple[Claimant, ...]:
        """The instances that claim or hold the ports, in the order of their ids."""
        concerned = {tenant.id: tenant for stake in self.stakes for tenant in stake.claimants}
        concerned.update({h.owner.id: h.owner for h in self.holdings if h.owner is not None})
        return tuple(concerned[instance] for instance in sorted(concerned))


def by_pair(clashes: Iterable[Overlap]) -> dict[Pair, list[Overlap]]:
    """The clashes between instances, by who clashes, and also those that a common base absorbs."""
    pairs: defaultdict[Pair, list[Overlap]] = defaultdict(list)
    for clash in clashes:
        if not clash.intrusion:
            pairs[_pair(clash)].append(clash)
    return pairs


def _pair(clash: Overlap) -> Pair:
    if clash.within is not None:
        return "within", clash.within
    labels = {stake.household.label for stake in clash.stakes}
    if clash.holding is not None and clash.holding.household is not None:
        labels.add(clash.holding.household.label)
    return tuple(sorted(labels))


def between_instances(pairs: dict[Pair, list[Overlap]]) -> Iterator[ConflictGroup]:
    """The contentions between instances; all that share one base port are one."""
    same_base: defaultdict[Key, list[Overlap]] = defaultdict(list)
    for pair, clashes in pairs.items():
        for key, members in pair_causes(pair, clashes).items():
            if key[0] == "base":
                same_base[key] += members
            else:
                yield _gathered(ConflictCause.NEIGHBOURS, key, members)
    for key, members in same_base.items():
        yield _gathered(ConflictCause.SAME_BASE, key, members)


def pair_causes(pair: Pair, clashes: Sequence[Overlap]) -> dict[Key, list[Overlap]]:
    """Which clashes of one pair belong to which cause; milder ones that follow from a worse one are absorbed."""
    base = next((clash.start for clash in clashes if clash.same_base), None)
    if base is not None:
        bound = (Grade.ACTIVE, Grade.CERTAIN)
        return {("base", str(base)): [clash for clash in clashes if clash.grade in bound]}
    if any(clash.same_next_base for clash in clashes):
        # What follows from that port is no trouble of its own.
        clashes = [clash for clash in clashes if clash.same_next_base or not clash.at_next_start]
    causes: defaultdict[Key, list[Overlap]] = defaultdict(list)
    grades = {clash.grade for clash in clashes if not clash.absorbed}
    for clash in clashes:
        if not clash.absorbed and not _absorbed(clash.grade, grades):
            causes[_kind(clash.grade), *pair].append(clash)
    return causes


def _absorbed(grade: Grade, present: set[Grade]) -> bool:
    """What is held right now makes what could happen moot, and next to anything worse a reserved port is noise."""
    if grade is Grade.RESERVED:
        return present != {Grade.RESERVED}
    return grade is Grade.POSSIBLE and Grade.ACTIVE in present


def _kind(grade: Grade) -> str:
    """Active and certain are one cause before and after a start, so that the conflict keeps its id."""
    return "bound" if grade in (Grade.ACTIVE, Grade.CERTAIN) else grade.value


def with_outsiders(clashes: Iterable[Overlap]) -> Iterator[ConflictGroup]:
    """The contentions with processes outside the family: one per listener and grade, whatever it sits on."""
    harshest: dict[tuple[int, str, str], Grade] = {}
    by_key: defaultdict[Key, list[Overlap]] = defaultdict(list)
    intrusions = [clash for clash in clashes if clash.intrusion]
    for clash in intrusions:
        victim = _victim(clash)
        harshest[victim] = worst((harshest.get(victim, clash.grade), clash.grade))
    for clash in intrusions:
        if clash.grade is harshest[_victim(clash)]:
            port, pid, _ = _victim(clash)
            by_key["outsider", str(port), pid, clash.grade.value].append(clash)
    for key, members in by_key.items():
        yield _gathered(ConflictCause.OUTSIDER, key, members)


def _victim(clash: Overlap) -> tuple[int, str, str]:
    pid = clash.holding.listener.pid if clash.holding else None
    return clash.start, "unknown" if pid is None else str(pid), clash.stakes[0].household.label


def _gathered(cause: ConflictCause, key: Key, clashes: Sequence[Overlap]) -> ConflictGroup:
    stakes = {(id(s.claim), s.household.label): s for clash in clashes for s in clash.stakes}
    holdings = {id(clash.holding.listener): clash.holding for clash in clashes if clash.holding is not None}
    return ConflictGroup(
        cause=cause,
        grade=worst(clash.grade for clash in clashes),
        key=key,
        start=min(clash.start for clash in clashes),
        end=max(clash.end for clash in clashes),
        stakes=tuple(sorted(stakes.values(), key=stake_order)),
        holdings=tuple(sorted(holdings.values(), key=_listener_order)),
    )


def stake_order(stake: Wanted) -> tuple[str, int, int, str]:
    """A stable order: by instance, then by ports."""
    return stake.claimants[0].id, stake.claim.start, stake.claim.end, stake.claim.role


def _listener_order(holding: Holding) -> tuple[int, int, tuple[str, ...]]:
    listener = holding.listener
    return listener.port, -1 if listener.pid is None else listener.pid, listener.addresses
