"""The conflict engine: who fights over which port, how bad that is, why, and what would solve it.

Pure and deterministic: the same tenants, listeners and limits, in whatever order, give the same conflicts with the
same ids. The cost grows with n log n plus the number of overlaps.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

from gateway_core.host import PortLimits
from gateway_core.ports.claimants import Claimant
from gateway_core.ports.conflict_groups import (
    ConflictCause,
    ConflictGroup,
    Key,
    between_instances,
    by_pair,
    with_outsiders,
)
from gateway_core.ports.kernel_limits import against_limits
from gateway_core.ports.listeners import Holding
from gateway_core.ports.overlaps import SEVERITY, find_clashes
from gateway_core.ports.port_line import households, wanted_ports
from gateway_core.ports.remedies import Remedy
from gateway_core.ports.remedy_search import RemedySearch
from gateway_core.ports.wording import why
from gateway_core.snapshot import (
    Conflict,
    InstanceParty,
    KernelParty,
    Listener,
    PortOwner,
    PortRange,
    ProcessParty,
    Role,
)

_ID_BYTES = 4
_KERNEL_CAUSES = (ConflictCause.EPHEMERAL, ConflictCause.OUT_OF_RANGE, ConflictCause.PRIVILEGED)

Party = InstanceParty | ProcessParty | KernelParty


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A conflict, and the remedies that its one sentence speaks of, best first; any one of them is enough."""

    conflict: Conflict
    remedies: tuple[Remedy, ...]


def find_conflicts(
    tenants: Sequence[Claimant], listeners: Sequence[Listener], limits: PortLimits
) -> tuple[Conflict, ...]:
    """Every port conflict of the host, worst first. Tenants have distinct ids."""
    return tuple(diagnosis.conflict for diagnosis in diagnose(tenants, listeners, limits))


def diagnose(
    tenants: Sequence[Claimant], listeners: Sequence[Listener], limits: PortLimits, *, listeners_unseen: bool = False
) -> tuple[Diagnosis, ...]:
    """Every port conflict of the host with its remedies as data, worst first."""
    tenants = sorted(tenants, key=lambda tenant: tenant.id)
    homes = households(tenants)
    wanted = wanted_ports(homes, listeners)
    clashes = list(find_clashes(homes, wanted))
    pairs = by_pair(clashes)
    contentions = [*between_instances(pairs), *with_outsiders(clashes), *against_limits(tenants, wanted, limits)]
    present = frozenset(contention.key for contention in contentions)
    sure = not listeners_unseen and not any(tenant.untold for tenant in tenants)
    advisor = RemedySearch(clashes, pairs, present, wanted, limits, sure=sure)
    ordered = sorted(contentions, key=lambda c: (SEVERITY[c.grade], c.start, c.end, c.key))
    return tuple(_diagnosis(contention, advisor.remedies(contention)) for contention in ordered)


def _diagnosis(contention: ConflictGroup, remedies: tuple[Remedy, ...]) -> Diagnosis:
    reason = why(contention)
    conflict = Conflict(
        id=conflict_id(contention.key),
        grade=contention.grade,
        ports=PortRange(start=contention.start, end=contention.end),
        parties=tuple(_parties(contention)),
        why=reason if remedies else f"{reason} No single change was found that would solve it.",
        remedy=", or ".join(str(remedy) for remedy in remedies) or None,
    )
    return Diagnosis(conflict, remedies)


def conflict_id(key: Key) -> str:
    """Short, and the same for the same cause in every snapshot."""
    return "c-" + blake2b("\0".join(key).encode(), digest_size=_ID_BYTES).hexdigest()


def _parties(contention: ConflictGroup) -> list[Party]:
    roles: dict[str, Role] = {}
    for stake in contention.stakes:
        for tenant in stake.claimants:
            roles.setdefault(tenant.id, stake.claim.role)
    parties: list[Party] = [InstanceParty(instance=instance, role=roles[instance]) for instance in sorted(roles)]
    parties += [ProcessParty(process=_owner(holding)) for holding in contention.holdings]
    if contention.cause in _KERNEL_CAUSES:
        parties.append(KernelParty(kernel=contention.detail))
    return parties


def _owner(holding: Holding) -> PortOwner:
    listener = holding.listener
    owner = holding.owner.id if holding.owner is not None else None
    return PortOwner(pid=listener.pid, name=listener.process, command=listener.command, instance=owner)
