"""Everything on one host that wants ports, in the order of the ports."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from gateway_core.ports.addresses import canonical
from gateway_core.ports.sweep import Span
from gateway_core.ports.tenants import Tenant
from gateway_core.snapshot import Claim, Listener, Role


@dataclass(frozen=True, slots=True)
class Household:
    """The tenants that use one base port on one address; most live alone.

    Leftovers on a product's default port share one by the dozen. They want the same ports for the same reason, so they
    are compared with others, and told of, as one.
    """

    label: str
    members: tuple[Tenant, ...]


@dataclass(frozen=True, slots=True)
class Stake:
    """A claim, and those members of one household that make it."""

    claim: Claim
    claimants: tuple[Tenant, ...]
    household: Household


@dataclass(frozen=True, slots=True)
class WantedPorts:
    """The claims and listeners of a host, and one sorted list of the ports that they want."""

    claims: Sequence[Claim]
    claimants: Sequence[tuple[Tenant, ...]]
    """Whose each claim is."""
    homes: Sequence[Household]
    """The household that each claim comes from."""
    listeners: Sequence[Listener]
    spans: Sequence[Span]
    """In order. Numbers below `len(claims)` are claims, the others are listeners."""

    def stake(self, number: int) -> Stake:
        """The claim of that number with all that belongs to it."""
        return Stake(self.claims[number], self.claimants[number], self.homes[number])


def wanted_ports(households: Iterable[Household], listeners: Sequence[Listener]) -> WantedPorts:
    """Sorts the host once for all that looks at it."""
    claims: list[Claim] = []
    claimants: list[tuple[Tenant, ...]] = []
    homes: list[Household] = []
    for household in households:
        for sharers, shared in _shared_claims(household):
            claims += shared
            claimants += [sharers] * len(shared)
            homes += [household] * len(shared)
    spans = [(claim.start, claim.end, number) for number, claim in enumerate(claims)]
    spans += [(listener.port, listener.port, number) for number, listener in enumerate(listeners, len(claims))]
    spans.sort()
    return WantedPorts(claims, claimants, homes, listeners, spans)


def households(tenants: Iterable[Tenant]) -> list[Household]:
    """Who lives with whom."""
    members: defaultdict[str, list[Tenant]] = defaultdict(list)
    for tenant in tenants:
        gateway = next((claim for claim in tenant.claims if claim.role is Role.GATEWAY), None)
        label = tenant.id if gateway is None else f"{gateway.start}@{canonical(gateway.address)}"
        members[label].append(tenant)
    return [Household(label, tuple(together)) for label, together in members.items()]


def _shared_claims(household: Household) -> Iterator[tuple[tuple[Tenant, ...], Sequence[Claim]]]:
    if len(household.members) == 1:
        yield household.members, household.members[0].claims
        return
    claimants: defaultdict[Hashable, list[Tenant]] = defaultdict(list)
    examples: dict[Hashable, Claim] = {}
    for tenant in household.members:
        for claim in tenant.claims:
            # A pinned port is its instance's own affair: it stays when the others move.
            owner = (tenant.id, claim.pinned_by) if claim.pinned_by else None
            same: Hashable = (owner, claim.role, claim.start, claim.end, claim.binding, canonical(claim.address))
            claimants[same].append(tenant)
            examples.setdefault(same, claim)
    for same, tenants in claimants.items():
        yield tuple(tenants), (examples[same],)
