"""Everything on one host that wants ports, in the order of the ports."""

from collections.abc import Sequence
from dataclasses import dataclass

from gateway_core.ports.sweep import Span
from gateway_core.ports.tenants import Tenant
from gateway_core.snapshot import Claim, Listener


@dataclass(frozen=True, slots=True)
class WantedPorts:
    """The claims and listeners of a host, and one sorted list of the ports that they want."""

    claims: Sequence[Claim]
    claimants: Sequence[Tenant]
    """Whose each claim is."""
    listeners: Sequence[Listener]
    spans: Sequence[Span]
    """In order. Numbers below `len(claims)` are claims, the others are listeners."""


def wanted_ports(tenants: Sequence[Tenant], listeners: Sequence[Listener]) -> WantedPorts:
    """Sorts the host once for all that looks at it."""
    claims = [claim for tenant in tenants for claim in tenant.claims]
    claimants = [tenant for tenant in tenants for _ in tenant.claims]
    spans = [(claim.start, claim.end, number) for number, claim in enumerate(claims)]
    spans += [(listener.port, listener.port, number) for number, listener in enumerate(listeners, len(claims))]
    spans.sort()
    return WantedPorts(claims, claimants, listeners, spans)
