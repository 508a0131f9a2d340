"""Overlaps: every two things on this host that want one port, each pair graded by itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from gateway_core.ports.addresses import claimed_places, collide
from gateway_core.ports.claimants import Claimant
from gateway_core.ports.listeners import Holding, Owners, places_of
from gateway_core.ports.port_line import PortGroup, PortLine, Wanted, overlapping
from gateway_core.snapshot import Binding, Claim, Grade, Listener, Role

_BROWSER_NAMES = ("chrom", "brave", "edge", "vivaldi", "opera")


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two claims that share ports, one claim that several make, or a claim on a port that somebody else holds."""

    grade: Grade
    start: int
    end: int
    wants: tuple[Wanted, ...]
    holding: Holding | None = None
    within: str | None = None  # the instance whose own settings are at odds
    absorbed: bool = False
    """The overlap follows from a base port in common, and is no trouble of its own as long as that lasts."""

    @property
    def same_base(self) -> bool:
        """Whether several instances want this port as their gateway port."""
        return self.holding is None and self._about_gateways and not self.at_next_start

    @property
    def same_next_base(self) -> bool:
        """Whether several want this port as their gateway port, and one of them only at its next start."""
        return self.holding is None and self._about_gateways and self.at_next_start

    @property
    def about_routes(self) -> bool:
        """Whether it is the one route of the tailnet that several want, and no socket."""
        return all(want.claim.role is Role.TAILNET_ROUTE for want in self.wants)

    @property
    def at_next_start(self) -> bool:
        """Whether the two sides meet only once one of them is started again."""
        return any(want.claim.at_next_start for want in self.wants)

    @property
    def _about_gateways(self) -> bool:
        return all(want.claim.role is Role.GATEWAY for want in self.wants)

    @property
    def with_outsider(self) -> bool:
        """Whether the other side is a process outside the family."""
        return self.holding is not None and self.holding.owner is None

    @property
    def instances(self) -> set[str]:
        """The ids of all that claim or hold the ports."""
        owner = self.holding.owner if self.holding is not None else None
        claimants = {claimant.id for want in self.wants for claimant in want.claimants}
        return claimants if owner is None else claimants | {owner.id}


def find_overlaps(port_groups: Sequence[PortGroup], line: PortLine) -> Iterator[Overlap]:
    """Find every overlap on this host; what an instance holds itself is none with it."""
    owners, first_listener = Owners(port_groups), len(line.claims)
    for one, other in overlapping(line.spans):
        first, second = (one, other) if one < other else (other, one)
        if second < first_listener:
            yield from _between_claims(line.wanted(first), line.wanted(second))
        elif first < first_listener:
            listener = line.listeners[second - first_listener]
            yield from _with_listener(line.wanted(first), owners.holding(listener))
    yield from _shared_by_several(line)


def _shared_by_several(line: PortLine) -> Iterator[Overlap]:
    """Yield what group members claim in common; all but the ports bound for sure follows from their common base."""
    for want in map(line.wanted, line.shared):
        if want.claim.binding is Binding.ALWAYS:
            yield Overlap(Grade.CERTAIN, want.claim.start, want.claim.end, (want,))


def _between_claims(left: Wanted, right: Wanted) -> Iterator[Overlap]:
    one, other = left.claim, right.claim
    if one.address != other.address and not collide(claimed_places(one.address), claimed_places(other.address)):
        return
    start, end, both = max(one.start, other.start), min(one.end, other.end), (left, right)
    claimants = _ids(left) | _ids(right)
    if _pinned_onto_itself(one, other):
        for claimant in (claimant for claimant in left.claimants if claimant.id in _ids(right)):
            own = (left._replace(claimants=(claimant,)), right._replace(claimants=(claimant,)))
            yield Overlap(Grade.POSSIBLE, start, end, own, within=claimant.id)
    if left.port_group is right.port_group:
        if one.binding is other.binding is Binding.ALWAYS and len(claimants) > 1:
            yield Overlap(Grade.CERTAIN, start, end, both)
        return
    if len(claimants) > 1:
        yield Overlap(
            _grade(one, other), start, end, both, absorbed=_one_pins_for_the_other(left.port_group, right.port_group)
        )


def _one_pins_for_the_other(one: PortGroup, other: PortGroup) -> bool:
    """Whether one of two groups is for the pinned ports of an instance that is in the other."""
    if len(one.members) > 1 < len(other.members):
        return False
    return any(claimant is member for claimant in one.members for member in other.members)


def _ids(want: Wanted) -> set[str]:
    return {claimant.id for claimant in want.claimants}


def _with_listener(want: Wanted, holding: Holding) -> Iterator[Overlap]:
    claim, listener, owner = want.claim, holding.listener, holding.owner
    if claim.role is Role.TAILNET_ROUTE:  # Tailscale itself listens there, for whoever has the route
        return
    if not collide(claimed_places(claim.address), places_of(listener)):
        return
    if owner is None or holding.port_group is None:
        grade = _grade_outsider(claim, listener)
        if grade is Grade.SQUATTER and claim.role is Role.CDP:
            want = want._replace(claimants=tuple(one for one in want.claimants if not _attaches_to(one, listener)))
            grade = grade if want.claimants else None
    elif _ids(want) == {owner.id}:
        grade = None
    elif holding.port_group.label != want.port_group.label:
        grade = _grade_instance(claim, listener.port, owner)
    else:
        grade = Grade.ACTIVE if claim.binding is Binding.ALWAYS else None
    if grade is not None:
        together = holding.port_group is not None and _one_pins_for_the_other(holding.port_group, want.port_group)
        absorbed = together and grade is not Grade.ACTIVE
        yield Overlap(grade, listener.port, listener.port, (want,), holding, absorbed=absorbed)


def _grade(one: Claim, other: Claim) -> Grade:
    bindings = {one.binding, other.binding}
    if Binding.RESERVED in bindings:
        return Grade.RESERVED
    if bindings == {Binding.ALWAYS}:
        return Grade.CERTAIN
    both_pinned = is_pinned(one) and is_pinned(other)
    both_gateways = one.role is other.role is Role.GATEWAY
    return Grade.POSSIBLE if Binding.ALWAYS in bindings or both_pinned or both_gateways else Grade.OVERLAP


def _grade_outsider(claim: Claim, listener: Listener) -> Grade | None:
    """Without a port that it binds always a gateway cannot start, or runs with something missing."""
    if claim.binding is Binding.ALWAYS:
        return Grade.ACTIVE
    return None if claim.attached or _attached_browser(claim, listener) else Grade.SQUATTER


def _grade_instance(claim: Claim, port: int, owner: Claimant) -> Grade:
    """Grade another instance on the port by its own claims there; it is sure to be there if it has none."""
    if claim.binding is Binding.ALWAYS:
        return Grade.ACTIVE
    of_owner = [_grade(claim, own) for own in owner.claims if own.start <= port <= own.end]
    if of_owner:
        return worst(of_owner)
    return Grade.RESERVED if claim.binding is Binding.RESERVED else Grade.POSSIBLE


_PINNED = (Role.CDP, Role.EXTENSION_RELAY, Role.WEBHOOK, Role.VOICE, Role.CHANNEL_HELPER)


def is_pinned(claim: Claim) -> bool:
    """Whether a setting of its own puts something on exactly this port, which another setting could move."""
    return claim.pinned_by is not None and claim.start == claim.end and claim.role in _PINNED


def is_pinned_browser_port(claim: Claim) -> bool:
    """Whether the config puts one browser profile on exactly this port."""
    return is_pinned(claim) and claim.binding is Binding.ON_DEMAND and claim.role in (Role.CDP, Role.EXTENSION_RELAY)


def _pinned_onto_itself(one: Claim, other: Claim) -> bool:
    """Whether a config puts something on a port that its own gateway binds for something else."""
    pinned, bindings = is_pinned(one) or is_pinned(other), {one.binding, other.binding}
    return (
        pinned and Binding.ALWAYS in bindings and Binding.RESERVED not in bindings and one.pinned_by != other.pinned_by
    )


def _attaches_to(claimant: Claimant, listener: Listener) -> bool:
    """Whether the instance expects somebody else's browser on that port, be it inside of its own range of browsers."""
    there = (claim for claim in claimant.claims if claim.start == claim.end == listener.port)
    return any(claim.role is Role.CDP and (claim.attached or _attached_browser(claim, listener)) for claim in there)


def _attached_browser(claim: Claim, listener: Listener) -> bool:
    """Whether the listener is a browser that somebody else started, for a `cdpUrl` on loopback to attach to."""
    by_url = claim.pinned_by is not None and claim.pinned_by.endswith("cdpUrl")
    return by_url and any(name in (listener.process or "").lower() for name in _BROWSER_NAMES)


BOUND_TWICE = (Grade.ACTIVE, Grade.CERTAIN)
"""The grades of conflicts about a port that two bind for sure: of the gateway itself, they make a start fail."""
SEVERITY = {grade: rank for rank, grade in enumerate(Grade)}  # 0 is the worst


def worst(grades: Iterable[Grade]) -> Grade:
    return min(grades, key=SEVERITY.__getitem__)
