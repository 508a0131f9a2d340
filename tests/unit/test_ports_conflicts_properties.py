"""What holds for every host: the engine against a brute-force oracle, and its remedies against the engine itself."""

from collections import defaultdict
from itertools import combinations, product
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway_core.host import PortLimits
from gateway_core.ports.claimants import Claimant, HostPorts
from gateway_core.ports.conflicts import diagnose, find_conflicts
from gateway_core.snapshot import Binding, Claim, Conflict, Grade, InstanceParty, Listener, ProcessParty, Role, Source
from tests.remedies import applied

ROOMY = PortLimits(ephemeral_start=1150, ephemeral_end=1160, first_unprivileged=1105)
CRAMPED = PortLimits(ephemeral_start=1180, ephemeral_end=65535, first_unprivileged=1105)
ADDRESSES = ("127.0.0.1", "0.0.0.0", "192.0.2.1")
PORTS = st.integers(1098, 1165)
FIRST_PID = 10
"""Claimant number n runs process FIRST_PID + n; smaller pids belong to outsiders."""

Layout = tuple[tuple[Role, int, int, Binding], ...]
LAYOUTS: tuple[Layout, ...] = (
    (
        (Role.GATEWAY, 0, 0, Binding.ALWAYS),
        (Role.BRIDGE, 1, 1, Binding.RESERVED),
        (Role.BROWSER_CONTROL, 2, 2, Binding.ALWAYS),
        (Role.EXTENSION_RELAY, 3, 3, Binding.ALWAYS),
        (Role.CDP, 5, 12, Binding.ON_DEMAND),
    ),
    (
        (Role.GATEWAY, 0, 0, Binding.ALWAYS),
        (Role.BROWSER_CONTROL, 2, 2, Binding.RESERVED),
        (Role.EXTENSION_RELAY, 3, 4, Binding.ON_DEMAND),
        (Role.CDP, 5, 12, Binding.ON_DEMAND),
    ),
    ((Role.GATEWAY, 0, 0, Binding.ALWAYS), (Role.CANVAS, 0, 0, Binding.RESERVED)),
)


def claims_at(base: int, layout: Layout, address: str, pins: list[int]) -> tuple[Claim, ...]:
    derived = [
        claim(role, base + first, base + last, binding, address if role is Role.GATEWAY else "127.0.0.1")
        for role, first, last, binding in layout
    ]
    pinned = [
        claim(Role.CDP, port, port, Binding.ON_DEMAND, "127.0.0.1", f"browser.profiles.p{number}.cdpPort")
        for number, port in enumerate(pins)
    ]
    return (*derived, *pinned)


def claim(role: Role, start: int, end: int, binding: Binding, address: str, pinned_by: str | None = None) -> Claim:
    return Claim(
        role=role,
        start=start,
        end=end,
        binding=binding,
        source=Source.CONFIG if pinned_by else Source.DERIVED,
        address=address,
        pinned_by=pinned_by,
    )


@st.composite
def claimants(draw: st.DrawFn) -> list[Claimant]:
    bases = draw(st.lists(PORTS, min_size=1, max_size=6))
    return [
        Claimant(
            id=f"openclaw:{draw(st.sampled_from('abc'))}{number}" if number else "openclaw:default",
            base=base,
            claims=claims_at(
                base,
                draw(st.sampled_from(LAYOUTS)),
                draw(st.sampled_from(ADDRESSES)),
                draw(st.lists(PORTS, max_size=2)),
            ),
            live=draw(st.booleans()),
        )
        for number, base in enumerate(bases)
    ]


@st.composite
def sockets(draw: st.DrawFn) -> list[Listener]:
    owners = st.one_of(st.none(), st.integers(1, 3), st.integers(FIRST_PID, FIRST_PID + 5))
    places = draw(st.lists(st.tuples(PORTS, owners), max_size=6, unique=True))
    return [
        Listener(
            port=port,
            addresses=draw(st.sampled_from((("127.0.0.1", "::1"), ("::",), ("192.0.2.1",)))),
            pid=pid,
            process=None if pid is None else "python3",
            command=None,
            instance=None,
        )
        for port, pid in places
    ]


def owned(bound: list[Listener], hosted: list[Claimant]) -> list[Listener]:
    """The listeners, each with the instance whose process holds it."""
    owners = {FIRST_PID + number: claimant.id for number, claimant in enumerate(hosted)}
    return [each.model_copy(update={"instance": owners.get(each.pid or 0)}) for each in bound]


LIMITS = st.sampled_from((ROOMY, CRAMPED))

every_host = settings(max_examples=100)
"""A loaded machine is no failure."""

Fact = tuple[Grade, int, int, frozenset[str], frozenset[int | None]]
"""Grade, first and last port, instances, pids."""


def facts(conflicts: tuple[Conflict, ...]) -> set[Fact]:
    return {
        (
            conflict.grade,
            conflict.ports.start,
            conflict.ports.end,
            frozenset(party.instance for party in conflict.parties if isinstance(party, InstanceParty)),
            frozenset(party.process.pid for party in conflict.parties if isinstance(party, ProcessParty)),
        )
        for conflict in conflicts
    }


@every_host
@given(claimants(), sockets(), LIMITS)
def test_agrees_with_brute_force(hosted: list[Claimant], bound: list[Listener], limits: PortLimits) -> None:
    bound = owned(bound, hosted)
    assert facts(find_conflicts(HostPorts(hosted, bound, limits))) == Oracle(hosted, bound, limits).facts()


@every_host
@given(claimants(), sockets(), LIMITS, st.randoms(use_true_random=False))
def test_order_does_not_matter(
    hosted: list[Claimant], bound: list[Listener], limits: PortLimits, random: Random
) -> None:
    bound = owned(bound, hosted)
    expected = find_conflicts(HostPorts(hosted, bound, limits))
    random.shuffle(hosted)
    random.shuffle(bound)
    assert find_conflicts(HostPorts(hosted, bound, limits)) == expected


@every_host
@given(claimants(), sockets())
def test_names_do_not_matter(hosted: list[Claimant], bound: list[Listener]) -> None:
    def shape(of: list[Claimant]) -> list[tuple[Grade, int, int]]:
        found = find_conflicts(HostPorts(of, owned(bound, of), ROOMY))
        return sorted((c.grade, c.ports.start, c.ports.end) for c in found)

    mirrored = [
        Claimant(f"openclaw:{len(hosted) - number}", t.base, t.claims, t.live) for number, t in enumerate(hosted)
    ]
    assert shape(mirrored) == shape(hosted)


@every_host
@given(claimants(), sockets(), LIMITS)
def test_an_unrelated_instance_hides_nothing(hosted: list[Claimant], bound: list[Listener], limits: PortLimits) -> None:
    def seen(of: list[Claimant]) -> set[tuple[str, Fact]]:
        found = find_conflicts(HostPorts(of, owned(bound, hosted), limits))
        return {(c.id, fact) for c in found for fact in facts((c,))}

    unrelated = Claimant("openclaw:apart", 5000, claims_at(5000, LAYOUTS[0], "127.0.0.1", []))
    assert seen(hosted) <= seen([*hosted, unrelated])


@every_host
@given(claimants(), sockets(), LIMITS)
def test_ids_are_distinct(hosted: list[Claimant], bound: list[Listener], limits: PortLimits) -> None:
    found = [conflict.id for conflict in find_conflicts(HostPorts(hosted, owned(bound, hosted), limits))]
    assert len(found) == len(set(found))


@pytest.mark.slow
@every_host
@given(claimants(), sockets(), LIMITS)
def test_a_remedy_ends_its_conflict_and_causes_none(
    hosted: list[Claimant], bound: list[Listener], limits: PortLimits
) -> None:
    host = HostPorts(hosted, owned(bound, hosted), limits)
    found = diagnose(host)
    severity = {grade: rank for rank, grade in enumerate(Grade)}
    before = {diagnosis.conflict.id: severity[diagnosis.conflict.grade] for diagnosis in found}
    for diagnosis in found:
        for remedy in diagnosis.remedies:
            left = {c.id: severity[c.grade] for c in find_conflicts(applied(remedy, host))}
            assert diagnosis.conflict.id not in left
            assert left.keys() <= before.keys()
            assert all(rank >= before[conflict] for conflict, rank in left.items())


Sighting = tuple[Grade, int, frozenset[str], frozenset[int | None]]
"""Grade, port, instances, pids."""
BOUND = (Grade.ACTIVE, Grade.CERTAIN)


class Oracle:
    """Compares everything with everything, port by port: slow, and independent of how the engine does it."""

    def __init__(self, hosted: list[Claimant], bound: list[Listener], limits: PortLimits) -> None:
        self.hosted, self.bound, self.limits = hosted, bound, limits
        self.seen: defaultdict[tuple[object, ...], list[Sighting]] = defaultdict(list)

    def facts(self) -> set[Fact]:
        for one, other in combinations(self.hosted, 2):
            self.compare(one, other)
        for one, socket in product(self.hosted, self.bound):
            self.compare_with_socket(one, socket)
        for one in self.hosted:
            self.compare_with_itself(one)
            self.compare_with_kernel(one)
        self.keep_the_worst_of_each_outsider()
        return {fact for key, sightings in self.seen.items() for fact in summaries(str(key[0]), sightings)}

    def compare(self, one: Claimant, other: Claimant) -> None:
        for a, b in product(one.claims, other.claims):
            causes = (cause(one, a.pinned_by is not None), cause(other, b.pinned_by is not None))
            for port in ports(a) & ports(b):
                if meet(a.address, b.address):
                    self.note(one, other, causes, (grade_of(a, b), port, frozenset((one.id, other.id)), frozenset()))

    def note(self, one: Claimant, other: Claimant, causes: tuple[object, object], sighting: Sighting) -> None:
        pinned = [claimant.id in causes for claimant in (one, other)]
        same_base = one.base == other.base and meet(home(one)[1], home(other)[1])
        if same_base and not any(pinned):
            if sighting[0] in BOUND:
                self.seen["base", one.base].append(sighting)
        elif home(one) != home(other) or all(pinned) or sighting[0] is Grade.ACTIVE:
            self.seen["pair", *sorted(map(str, causes))].append(sighting)

    def compare_with_socket(self, victim: Claimant, socket: Listener) -> None:
        owner = next((claimant for claimant in self.hosted if socket.instance == claimant.id), None)
        for wanted in victim.claims:
            met = any(meet(wanted.address, address) for address in socket.addresses)
            if owner is victim or socket.port not in ports(wanted) or not met:
                continue
            of_victim = cause(victim, wanted.pinned_by is not None)
            names, pids = frozenset((victim.id,)), frozenset((socket.pid,))
            if owner is not None:
                there = [own.pinned_by for own in owner.claims if socket.port in ports(own)]
                causes = (of_victim, cause(owner, bool(there) and None not in there))
                self.note(victim, owner, causes, (held_grade(wanted, owner, socket.port), socket.port, names, pids))
            else:
                grade = Grade.ACTIVE if wanted.binding is Binding.ALWAYS else Grade.SQUATTER
                self.seen["outsider", socket.port, socket.pid, of_victim].append((grade, socket.port, names, pids))

    def keep_the_worst_of_each_outsider(self) -> None:
        for of_one in [key for key in self.seen if key[0] == "outsider"]:
            sightings = self.seen.pop(of_one)
            worst = min((grade for grade, *_ in sightings), key=rank)
            self.seen["outsider, merged", of_one[1], of_one[2], worst] += [s for s in sightings if s[0] is worst]

    def compare_with_itself(self, one: Claimant) -> None:
        for a, b in combinations(one.claims, 2):
            kinds = {a.binding, b.binding} == {Binding.ALWAYS, Binding.ON_DEMAND}
            for port in ports(a) & ports(b):
                if kinds and (a.pinned_by or b.pinned_by) and meet(a.address, b.address):
                    self.seen["itself", one.id].append((Grade.POSSIBLE, port, frozenset((one.id,)), frozenset()))

    def compare_with_kernel(self, one: Claimant) -> None:
        lent = range(self.limits.ephemeral_start, self.limits.ephemeral_end + 1)
        for wanted in one.claims:
            of = cause(one, wanted.pinned_by is not None)
            for port in (wanted.start, wanted.end):
                if wanted.binding is Binding.ALWAYS and port in lent:
                    self.seen["ephemeral", of].append((Grade.EPHEMERAL, port, frozenset((one.id,)), frozenset()))
                if wanted.start < self.limits.first_unprivileged and not one.live:
                    self.seen["privileged", of].append((Grade.INVALID, port, frozenset((one.id,)), frozenset()))


def summaries(kind: str, sightings: list[Sighting]) -> set[Fact]:
    """One conflict for one cause: milder grades of a pair give way to the worse ones that imply them."""
    if kind != "pair":
        return {summary(sightings)}
    by_grade: defaultdict[str, list[Sighting]] = defaultdict(list)
    for sighting in sightings:
        by_grade["bound" if sighting[0] in BOUND else sighting[0]].append(sighting)
    if any(grade is Grade.ACTIVE for grade, *_ in sightings):
        by_grade.pop(Grade.POSSIBLE, None)
    if len(by_grade) > 1:
        by_grade.pop(Grade.RESERVED, None)
    return {summary(group) for group in by_grade.values()}


def summary(sightings: list[Sighting]) -> Fact:
    grades, at, names, pids = zip(*sightings, strict=True)
    return min(grades, key=rank), min(at), max(at), frozenset().union(*names), frozenset().union(*pids)


def grade_of(a: Claim, b: Claim) -> Grade:
    if Binding.RESERVED in (a.binding, b.binding):
        return Grade.RESERVED
    if a.binding == b.binding == Binding.ALWAYS:
        return Grade.CERTAIN
    if Binding.ALWAYS in (a.binding, b.binding) or (a.pinned_by and b.pinned_by):
        return Grade.POSSIBLE
    return Grade.OVERLAP


def held_grade(wanted: Claim, owner: Claimant, port: int) -> Grade:
    if wanted.binding is Binding.ALWAYS:
        return Grade.ACTIVE
    own = [grade_of(wanted, theirs) for theirs in owner.claims if port in ports(theirs)]
    return min(own, key=rank) if own else Grade.RESERVED if wanted.binding is Binding.RESERVED else Grade.POSSIBLE


def rank(grade: Grade) -> int:
    return list(Grade).index(grade)


def ports(wanted: Claim) -> set[int]:
    return set(range(wanted.start, wanted.end + 1))


def home(of: Claimant) -> tuple[int, str]:
    return of.claims[0].start, of.claims[0].address


def cause(of: Claimant, pinned: bool) -> object:
    """Why it wants a port: its base, in common with the rest of its group, or its own settings."""
    return of.id if pinned else home(of)


def meet(one: str, other: str) -> bool:
    everywhere = ("0.0.0.0", "::")
    loopbacks = ("127.0.0.1", "::1")
    both_local = one in loopbacks and other in loopbacks
    return one in everywhere or other in everywhere or both_local or one == other
