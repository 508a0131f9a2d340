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
    """The tenants that use one base port on one address; most live alone.

    Leftovers on a product's default port share one by the dozen. They want the same ports for the same reason, so they
    are compared with others, and told of, as one. What a tenant's own settings pin has another reason, and a household
    of its own, named after the tenant.
    """

    label: str
    members: tuple[Claimant, ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A claim, and those members of one household that make it."""

    claim: Claim
    claimants: tuple[Claimant, ...]
    household: PortGroup


@dataclass(frozen=True, slots=True)
class WantedPorts:
    """The claims and listeners of a host, and one sorted list of the ports that they want."""

    claims: Sequence[Claim]
    claimants: Sequence[tuple[Claimant, ...]]
    """Whose each claim is."""
    homes: Sequence[PortGroup]
    """The household that each claim comes from."""
    shared: Sequence[int]
    """The numbers of the claims that several make."""
    listeners: Sequence[Listener]
    spans: Sequence[Span]
    """In order. Numbers below `len(claims)` are claims, the others are listeners."""

    def stake(self, number: int) -> Wanted:
        """The claim of that number with all that belongs to it."""
        return Wanted(self.claims[number], self.claimants[number], self.homes[number])


def wanted_ports(households: Iterable[PortGroup], listeners: Sequence[Listener]) -> WantedPorts:
    """Sorts the host once for all that looks at it."""
    claims: list[Claim] = []
    claimants: list[tuple[Claimant, ...]] = []
    homes: list[PortGroup] = []
    shared: list[int] = []
    for home, sharers, wanted in _claims_by_claimants(households):
        if len(sharers) > 1:
            shared += range(len(claims), len(claims) + len(wanted))
        claims += wanted
        claimants += [sharers] * len(wanted)
        homes += [home] * len(wanted)
    spans = [(claim.start, claim.end, number) for number, claim in enumerate(claims)]
    spans += [(listener.port, listener.port, number) for number, listener in enumerate(listeners, len(claims))]
    spans.sort()
    return WantedPorts(claims, claimants, homes, shared, listeners, spans)


def households(tenants: Iterable[Claimant]) -> list[PortGroup]:
    """Who lives with whom."""
    members: defaultdict[str, list[Claimant]] = defaultdict(list)
    for tenant in tenants:
        members[_label(tenant)].append(tenant)
    return [PortGroup(label, tuple(together)) for label, together in members.items()]


def _label(tenant: Claimant) -> str:
    for claim in tenant.claims:
        if claim.role is Role.GATEWAY:
            return f"{claim.start}@{canonical(claim.address)}"
    return tenant.id


def _claims_by_claimants(
    households: Iterable[PortGroup],
) -> Iterator[tuple[PortGroup, tuple[Claimant, ...], Sequence[Claim]]]:
    for household in households:
        for tenant in household.members:
            pinned = [claim for claim in tenant.claims if claim.pinned_by is not None and not moves_with_base(claim)]
            if pinned:
                alone = (tenant,)
                yield PortGroup(tenant.id, alone), alone, pinned
        if len(household.members) > 1:
            yield from ((household, sharers, claims) for sharers, claims in _joined_claims(household.members))
        else:
            own = household.members[0].claims
            yield household, household.members, own if not pinned else [c for c in own if moves_with_base(c)]


def _joined_claims(tenants: Iterable[Claimant]) -> Iterator[tuple[tuple[Claimant, ...], Sequence[Claim]]]:
    """Each different claim that moves with the base once, with those who make it."""
    claimants: defaultdict[Hashable, list[Claimant]] = defaultdict(list)
    examples: dict[Hashable, Claim] = {}
    for tenant in tenants:
        for claim in filter(moves_with_base, tenant.claims):
            same: Hashable = (claim.role, claim.start, claim.end, claim.binding, canonical(claim.address))
            claimants[same].append(tenant)
            examples.setdefault(same, claim)
    return ((tuple(sharers), (examples[same],)) for same, sharers in claimants.items())


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
