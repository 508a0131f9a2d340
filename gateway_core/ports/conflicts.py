"""The conflict engine: who fights over which port, how bad that is, why, and what would solve it.

Pure and deterministic: the same claimants, listeners and limits, in whatever order, give the same conflicts with the
same ids. The cost grows with n log n plus the number of overlaps.
"""

from dataclasses import dataclass
from hashlib import blake2b

from gateway_core.natural_order import natural_key
from gateway_core.ports.claimants import HostPorts
from gateway_core.ports.conflict_groups import (
    ConflictCause,
    ConflictGroup,
    Key,
    between_instances,
    by_pair,
    prevented_by,
    with_outsiders,
)
from gateway_core.ports.kernel_limits import against_limits
from gateway_core.ports.listeners import Holding
from gateway_core.ports.overlaps import SEVERITY, find_overlaps
from gateway_core.ports.port_line import port_groups, port_line
from gateway_core.ports.reasons import why
from gateway_core.ports.remedies import Remedy
from gateway_core.ports.remedy_search import RemedySearch
from gateway_core.snapshot import Conflict, InstanceParty, KernelParty, PortOwner, PortRange, ProcessParty, Role

_ID_BYTES = 4
_KERNEL_CAUSES = (ConflictCause.EPHEMERAL, ConflictCause.OUT_OF_RANGE, ConflictCause.PRIVILEGED)

Party = InstanceParty | ProcessParty | KernelParty


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A conflict, and the remedies that its one sentence speaks of, best first; any one of them is enough."""

    conflict: Conflict
    remedies: tuple[Remedy, ...]


def find_conflicts(ports: HostPorts) -> tuple[Conflict, ...]:
    """Return every port conflict of the host, worst first."""
    return tuple(diagnosis.conflict for diagnosis in diagnose(ports))


def diagnose(ports: HostPorts) -> tuple[Diagnosis, ...]:
    """Return every port conflict of the host with its remedies as data, worst first."""
    claimants = sorted(ports.claimants, key=lambda claimant: claimant.id)
    together = port_groups(claimant.certain for claimant in claimants)
    line = port_line(together, ports.listeners)
    overlaps = list(find_overlaps(together, line))
    pairs = by_pair(overlaps)
    groups = [*between_instances(pairs), *with_outsiders(overlaps), *against_limits(claimants, line, ports.limits)]
    present = frozenset(group.key for group in groups)
    search = RemedySearch(ports, line, overlaps, pairs, present)
    ordered = sorted(groups, key=lambda group: (SEVERITY[group.grade], group.start, group.end, group.key))
    return tuple(_diagnosis(group, search.remedies(group)) for group in ordered)


def _diagnosis(group: ConflictGroup, remedies: tuple[Remedy, ...]) -> Diagnosis:
    reason = why(group)
    conflict = Conflict(
        id=conflict_id(group.key),
        grade=group.grade,
        ports=PortRange(start=group.start, end=group.end),
        parties=tuple(_parties(group)),
        why=reason if remedies else f"{reason} No single change was found that would solve it.",
        remedy=", or ".join(str(remedy) for remedy in remedies) or None,
        prevents=tuple(prevented_by(group)),
    )
    return Diagnosis(conflict, remedies)


def conflict_id(key: Key) -> str:
    """Return a short id, the same for the same cause in every snapshot."""
    return "c-" + blake2b("\0".join(key).encode("utf-8", "surrogatepass"), digest_size=_ID_BYTES).hexdigest()


def _parties(group: ConflictGroup) -> list[Party]:
    roles: dict[str, Role] = {}
    for want in group.wants:
        for claimant in want.claimants:
            roles.setdefault(claimant.id, want.claim.role)
    parties: list[Party] = [
        InstanceParty(instance=instance, role=roles[instance]) for instance in sorted(roles, key=natural_key)
    ]
    parties += [ProcessParty(process=_owner(holding)) for holding in group.holdings]
    if group.cause in _KERNEL_CAUSES:
        parties.append(KernelParty(kernel=group.detail))
    return parties


def _owner(holding: Holding) -> PortOwner:
    listener = holding.listener
    owner = holding.owner.id if holding.owner is not None else listener.held_for
    return PortOwner(pid=listener.pid, name=listener.process, command=listener.command, instance=owner)
