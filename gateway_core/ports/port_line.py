"""Everything on one host that wants ports, in the order of the ports."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from gateway_core.ports.addresses import canonical
from gateway_core.ports.claimants import Claimant, moves_with_base
from gateway_core.snapshot import Claim, Listener, Role


@dataclass(frozen=True, slots=True)
class PortGroup:
    """The claimants that use one base port on one address; most groups have one member.

    Leftovers on a product's default port share one by the dozen. They want the same ports for the same reason, so they
    are compared with others, and told of, as one. What a claimant's own settings pin has another reason, and a group
    of its own, named after the claimant.
    """

    label: str
    members: tuple[Claimant, ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A claim, and those members of one port group that make it."""

    claim: Claim
    claimants: tuple[Claimant, ...]
    port_group: PortGroup


@dataclass(frozen=True, slots=True)
class PortLine:
    """The claims and listeners of a host, and one sorted list of the ports that they take."""

    claims: Sequence[Claim]
    claimants: Sequence[tuple[Claimant, ...]]
    """Whose each claim is."""
    port_groups: Sequence[PortGroup]
    """The group that makes each claim."""
    shared: Sequence[int]
    """The numbers of the claims that several make."""
    listeners: Sequence[Listener]
    spans: Sequence[Span]
    """In order. Numbers below `len(claims)` are claims, the others are listeners."""

    def wanted(self, number: int) -> Wanted:
        """The claim of that number with all that belongs to it."""
        return Wanted(self.claims[number], self.claimants[number], self.port_groups[number])


def port_line(port_groups: Iterable[PortGroup], listeners: Sequence[Listener]) -> PortLine:
    """Sort the claims and listeners of a host once, for all that looks at them."""
    claims: list[Claim] = []
    claimants: list[tuple[Claimant, ...]] = []
    groups: list[PortGroup] = []
    shared: list[int] = []
    for group, sharers, made in _claims_by_claimants(port_groups):
        if len(sharers) > 1:
            shared += range(len(claims), len(claims) + len(made))
        claims += made
        claimants += [sharers] * len(made)
        groups += [group] * len(made)
    spans = [(claim.start, claim.end, number) for number, claim in enumerate(claims)]
    spans += [(listener.port, listener.port, number) for number, listener in enumerate(listeners, len(claims))]
    spans.sort()
    return PortLine(claims, claimants, groups, shared, listeners, spans)


def port_groups(claimants: Iterable[Claimant]) -> list[PortGroup]:
    """Gather the claimants whose gateways want one port on one address."""
    members: defaultdict[str, list[Claimant]] = defaultdict(list)
    for claimant in claimants:
        members[_label(claimant)].append(claimant)
    return [PortGroup(label, tuple(together)) for label, together in members.items()]


def _label(claimant: Claimant) -> str:
    for claim in claimant.claims:
        if claim.role is Role.GATEWAY:
            return f"{claim.start}@{canonical(claim.address)}"
    return claimant.id


def _claims_by_claimants(
    port_groups: Iterable[PortGroup],
) -> Iterator[tuple[PortGroup, tuple[Claimant, ...], Sequence[Claim]]]:
    for port_group in port_groups:
        for claimant in port_group.members:
            pinned = [claim for claim in claimant.claims if claim.pinned_by is not None and not moves_with_base(claim)]
            if pinned:
                alone = (claimant,)
                yield PortGroup(claimant.id, alone), alone, pinned
        if len(port_group.members) > 1:
            yield from ((port_group, sharers, claims) for sharers, claims in _joined_claims(port_group.members))
        else:
            own = port_group.members[0].claims
            yield port_group, port_group.members, own if not pinned else [c for c in own if moves_with_base(c)]


def _joined_claims(claimants: Iterable[Claimant]) -> Iterator[tuple[tuple[Claimant, ...], Sequence[Claim]]]:
    """Each different claim that moves with the base once, with those who make it."""
    sharers_of: defaultdict[Hashable, list[Claimant]] = defaultdict(list)
    examples: dict[Hashable, Claim] = {}
    for claimant in claimants:
        for claim in filter(moves_with_base, claimant.claims):
            same: Hashable = (claim.role, claim.start, claim.end, claim.binding, canonical(claim.address))
            sharers_of[same].append(claimant)
            examples.setdefault(same, claim)
    return ((tuple(sharers), (examples[same],)) for same, sharers in sharers_of.items())


Span = tuple[int, int, int]
"""First port, last port, and a number of the caller's to know it by."""


def overlapping(spans: Iterable[Span]) -> Iterator[tuple[int, int]]:
    """The numbers of every two spans that share a port. The spans come in order; one step for each, and each pair."""
    open_spans: list[Span] = []
    furthest_end = -1
    for span in spans:
        start, end, number = span
        if start > furthest_end:
            open_spans = [span]
            furthest_end = end
            continue
        open_spans = [earlier for earlier in open_spans if earlier[1] >= start]
        for earlier in open_spans:
            yield earlier[2], number
        open_spans.append(span)
        furthest_end = max(furthest_end, end)
