"""Snapshots of hosts with port trouble: real products' claims, graded by the real engine."""

from collections.abc import Iterable, Sequence

from gateway_core.host import PortLimits
from gateway_core.ports.claimants import Claimant
from gateway_core.ports.conflicts import find_conflicts
from gateway_core.snapshot import Conflict, Instance, InstanceParty, Listener, Snapshot
from tests.port_hosts import listener, tenant
from tests.scene import host, instance


def picture(tenants: Sequence[Claimant], listeners: Sequence[Listener] = ()) -> Snapshot:
    """The host of these tenants and listeners, with its conflicts."""
    conflicts = find_conflicts(tenants, listeners, PortLimits())
    instances = [_instance(tenant, conflicts) for tenant in tenants]
    return host(*instances, conflicts=conflicts, listeners=tuple(listeners))


def conflicted() -> Snapshot:
    """Two products too close to each other, a calm third instance, and a stranger on a claimed port."""
    tenants = [
        tenant("openclaw:default", 18789),
        tenant("openclaw:rescue", 19001),
        tenant("clawdbot:cb", 18889, "2026.1.24"),
        tenant("openclaw:dev", 19789),
    ]
    listeners = [
        listener(18789, 11736, "openclaw-gatewa", instance="openclaw:default", addresses=("127.0.0.1", "::1")),
        listener(19001, 11738, "openclaw-gatewa", instance="openclaw:rescue", addresses=("127.0.0.1", "::1")),
        *(listener(port, 15249, "clawdbot-gatewa", instance="clawdbot:cb") for port in (18889, 18891, 18892)),
        listener(18791, 77, "python3"),
    ]
    return picture(tenants, listeners)


def calm() -> Snapshot:
    """Three instances well apart, two of them running."""
    bases = {"openclaw:default": 18789, "openclaw:rescue": 19001, "openclaw:dev": 19789}
    listeners = [listener(port, port - 7000, "openclaw-gatewa", instance=name) for name, port in bases.items()]
    return picture([tenant(name, port) for name, port in bases.items()], listeners[:2])


def _instance(tenant: Claimant, conflicts: Iterable[Conflict]) -> Instance:
    distribution, profile = tenant.id.split(":")
    mine = [conflict.id for conflict in conflicts if _takes_part(conflict, tenant.id)]
    return instance(profile, tenant.base or 0, distribution=distribution, claims=tenant.claims, conflicts=tuple(mine))


def _takes_part(conflict: Conflict, instance_id: str) -> bool:
    return any(isinstance(party, InstanceParty) and party.instance == instance_id for party in conflict.parties)
