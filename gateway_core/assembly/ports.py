"""What an instance claims, and how the conflict engine sees it."""

from __future__ import annotations

from collections.abc import Mapping

from gateway_core.distributions import PortRule
from gateway_core.occupancy import Occupancy
from gateway_core.ports.claims import LOOPBACK, bind_address, claims_of, derived_out_of_range
from gateway_core.ports.tenants import Tenant
from gateway_core.snapshot import Claim, PortValue, Source


def instance_claims(item: Occupancy) -> tuple[Claim, ...]:
    """What it holds now while it runs, as its ports follow the one it was started with; else what it would take."""
    base = item.base_port
    if item.live_port is not None and item.live_port != base.value:
        base = PortValue(value=item.live_port, source=Source.LISTENER)
    discovered = item.discovered
    if not discovered.config.exists and item.process is None and not discovered.installation.services:
        return ()
    return claims_of(discovered.installation.distribution, discovered.version, discovered.config.settings, base)


def tenant_of(item: Occupancy, claims: tuple[Claim, ...], owner_of: Mapping[int, str]) -> Tenant:
    """That instance with its claims, for the conflict engine."""
    discovered = item.discovered
    base = item.live_port or item.base_port.value
    rules = derived_out_of_range(discovered.installation.distribution, discovered.version, base)
    return Tenant(
        id=discovered.id,
        base=base if claims else None,
        claims=claims,
        live=item.live_port is not None,
        pids=frozenset(pid for pid, owner in owner_of.items() if owner == discovered.id),
        out_of_range=tuple(_beyond(rule, item, base) for rule in rules) if claims else (),
    )


def _beyond(rule: PortRule, item: Occupancy, base: int) -> Claim:
    """The claim that this rule would make if ports did not end where they do."""
    return Claim(
        role=rule.role,
        start=base + rule.first,
        end=base + (rule.first if rule.last is None else rule.last),
        binding=rule.binding,
        source=Source.DERIVED,
        address=LOOPBACK if rule.loopback else bind_address(item.discovered.config.settings),
    )
