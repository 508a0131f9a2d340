"""Remedies carried out on the engine's own input, so that a test can run the engine on what they leave."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from gateway_core.ports.claimants import Claimant, HostPorts, relocated
from gateway_core.ports.listeners import Owners
from gateway_core.ports.port_line import port_groups
from gateway_core.ports.remedies import Change, Correct, LeaveToOne, Move, Remedy, Repin, Stop
from gateway_core.snapshot import Claim, Listener


def applied(remedy: Remedy, ports: HostPorts) -> HostPorts:
    """Return the host as it would be after the remedy."""
    for change in remedy.changes:
        owners = Owners(port_groups(ports.claimants))
        listeners = [listener for listener in ports.listeners if not _closes(change, listener, owners)]
        if isinstance(change, LeaveToOne):
            claimants = list(_left_to_one(change, ports.claimants))
        else:
            claimants = [_changed(change, claimant) for claimant in ports.claimants]
        ports = replace(ports, claimants=claimants, listeners=listeners)
    return ports


def _closes(change: Change, listener: Listener, owners: Owners) -> bool:
    if isinstance(change, Stop):
        return listener.pid == change.pid
    owner = owners.owner(listener)
    if isinstance(change, (Correct, LeaveToOne)) or owner is None or owner.id != change.instance:
        return False
    return isinstance(change, Move) or any(
        _is_pinned_by(claim, change.setting, listener.port) for claim in owner.claims
    )


def _is_pinned_by(claim: Claim, setting: str, port: int) -> bool:
    return claim.pinned_by == setting and claim.start <= port <= claim.end


def _left_to_one(change: LeaveToOne, claimants: Iterable[Claimant]) -> Iterator[Claimant]:
    """The claimants, of which the first one that has the setting keeps what it claims by that."""
    taken = False
    for claimant in claimants:
        others = tuple(claim for claim in claimant.claims if claim.pinned_by != change.setting)
        yield replace(claimant, claims=others) if taken else claimant
        taken = taken or len(others) < len(claimant.claims)


def _changed(change: Move | Repin | Correct | Stop, claimant: Claimant) -> Claimant:
    if isinstance(change, Stop) or claimant.id != change.instance:
        return claimant
    match change:
        case Move():
            return relocated(claimant, change.base)
        case Repin():
            return replace(claimant, claims=tuple(_repinned(claim, change) for claim in claimant.claims))
        case Correct():
            broken = tuple(broken for broken in claimant.broken_overrides if broken.setting != change.setting)
            claims = tuple(claim for claim in claimant.claims if claim.pinned_by != change.setting)
            return replace(claimant, broken_overrides=broken, claims=claims)


def _repinned(claim: Claim, change: Repin) -> Claim:
    if claim.pinned_by != change.setting:
        return claim
    return claim.model_copy(update={"start": change.port, "end": change.port})
