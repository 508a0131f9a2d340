"""Snapshots of hosts with port trouble: real products' claims, graded by the real engine."""

from collections.abc import Iterable, Sequence

from gateway_core.ports.claimants import Claimant, HostPorts
from gateway_core.ports.conflicts import find_conflicts
from gateway_core.snapshot import Conflict, Instance, InstanceParty, Listener, Snapshot
from tests.claimants import claimant, listener
from tests.snapshots import host, instance


def snapshot_of(claimants: Sequence[Claimant], listeners: Sequence[Listener] = ()) -> Snapshot:
    """The host of these claimants and listeners, with its conflicts."""
    conflicts = find_conflicts(HostPorts(claimants, listeners))
    instances = [_instance(claimant, conflicts) for claimant in claimants]
    return host(*instances, conflicts=conflicts, listeners=tuple(listeners))


def conflicted() -> Snapshot:
    """Two products too close to each other, a calm third instance, and a stranger on a claimed port."""
    claimants = [
        claimant("openclaw:default", 18789),
        claimant("openclaw:rescue", 19001),
        claimant("clawdbot:cb", 18889, "2026.1.24"),
        claimant("openclaw:dev", 19789),
    ]
    listeners = [
        listener(18789, 11736, "openclaw-gatewa", instance="openclaw:default", addresses=("127.0.0.1", "::1")),
        listener(19001, 11738, "openclaw-gatewa", instance="openclaw:rescue", addresses=("127.0.0.1", "::1")),
        *(listener(port, 15249, "clawdbot-gatewa", instance="clawdbot:cb") for port in (18889, 18891, 18892)),
        listener(18791, 77, "python3"),
    ]
    return snapshot_of(claimants, listeners)


def calm() -> Snapshot:
    """Three instances well apart, two of them running."""
    bases = {"openclaw:default": 18789, "openclaw:rescue": 19001, "openclaw:dev": 19789}
    listeners = [listener(port, port - 7000, "openclaw-gatewa", instance=name) for name, port in bases.items()]
    return snapshot_of([claimant(name, port) for name, port in bases.items()], listeners[:2])


def _instance(claimant: Claimant, conflicts: Iterable[Conflict]) -> Instance:
    distribution, profile = claimant.id.split(":")
    mine = [conflict.id for conflict in conflicts if _takes_part(conflict, claimant.id)]
    return instance(
        profile, claimant.base or 0, distribution=distribution, claims=claimant.claims, conflicts=tuple(mine)
    )


def _takes_part(conflict: Conflict, instance_id: str) -> bool:
    return any(isinstance(party, InstanceParty) and party.instance == instance_id for party in conflict.parties)
