"""Clashes: every two things on this host that want one port, each pair graded by itself."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from gateway_core.ports.addresses import canonical, collide
from gateway_core.ports.sweep import overlapping
from gateway_core.ports.tenants import Tenant
from gateway_core.ports.wanted_ports import Household, Stake, WantedPorts
from gateway_core.snapshot import Binding, Claim, Grade, Listener, Role

_BROWSER_NAMES = ("chrom", "brave", "edge", "vivaldi", "opera")


@dataclass(frozen=True, slots=True)
class Holding:
    """A listener and whose it is; no owner means a process outside the family, or one that cannot be seen."""

    listener: Listener
    owner: Tenant | None
    household: str | None
    """The label of the owner's household."""


@dataclass(frozen=True, slots=True)
class Clash:
    """Two claims that share ports, one claim that several make, or a claim on a port that somebody else holds."""

    grade: Grade
    start: int
    end: int
    stakes: tuple[Stake, ...]
    holding: Holding | None = None
    within: str | None = None
    """The instance whose own settings clash."""

    @property
    def same_base(self) -> bool:
        """Whether several want this port as their gateway port."""
        return self.holding is None and all(stake.claim.role is Role.GATEWAY for stake in self.stakes)

    @property
    def intrusion(self) -> bool:
        """Whether the other side is a process outside the family."""
        return self.holding is not None and self.holding.owner is None

    @property
    def instances(self) -> set[str]:
        """The ids of all that claim or hold the ports."""
        owner = self.holding.owner if self.holding is not None else None
        claimants = {tenant.id for stake in self.stakes for tenant in stake.claimants}
        return claimants if owner is None else claimants | {owner.id}


def find_clashes(households: Sequence[Household], wanted: WantedPorts) -> Iterator[Clash]:
    """Every clash on this host. What an instance holds itself never clashes with it."""
    owners, first_listener = Owners(households), len(wanted.claims)
    for one, other in overlapping(wanted.spans):
        first, second = (one, other) if one < other else (other, one)
        if second < first_listener:
            clash = _between_claims(wanted.stake(first), wanted.stake(second))
        elif first < first_listener:
            listener = wanted.listeners[second - first_listener]
            clash = _with_listener(wanted.stake(first), owners.holding(listener))
        else:
            continue
        if clash is not None:
            yield clash
    yield from _shared_by_several(wanted)


class Owners:
    """Finds the instance that a listener belongs to."""

    def __init__(self, households: Iterable[Household]) -> None:
        at_home = [(tenant, household.label) for household in households for tenant in household.members]
        self._labels = {tenant.id: label for tenant, label in at_home}
        self._by_id = {tenant.id: tenant for tenant, _ in at_home}
        self._by_pid = {pid: tenant for tenant, _ in at_home for pid in tenant.pids}
        self._by_proof = {port: tenant for tenant, _ in at_home for port in tenant.proven_ports}

    def holding(self, listener: Listener) -> Holding:
        """The listener with its owner and the owner's household."""
        owner = self.owner(listener)
        return Holding(listener, owner, None if owner is None else self._labels.get(owner.id, owner.id))

    def owner(self, listener: Listener) -> Tenant | None:
        """That instance, also if it is none of the tenants; `None` for an outsider or an owner unseen."""
        if listener.instance is not None:
            return self._by_id.get(listener.instance) or Tenant(listener.instance, None, ())
        if listener.pid is not None:
            return self._by_pid.get(listener.pid)
        return self._by_proof.get(listener.port)


def _shared_by_several(wanted: WantedPorts) -> Iterator[Clash]:
    """What housemates claim in common; anything but the ports bound for sure follows from their common base."""
    for number, claimants in enumerate(wanted.claimants):
        if len(claimants) > 1 and wanted.claims[number].binding is Binding.ALWAYS:
            stake = wanted.stake(number)
            yield Clash(Grade.CERTAIN, stake.claim.start, stake.claim.end, (stake,))


def _between_claims(left: Stake, right: Stake) -> Clash | None:
    one, other = left.claim, right.claim
    if not collide(canonical(one.address), canonical(other.address)):
        return None
    start, end = max(one.start, other.start), min(one.end, other.end)
    if left.household is not right.household:
        return Clash(_grade(one, other), start, end, (left, right))
    own = next((tenant.id for tenant in left.claimants if tenant in right.claimants), None)
    if own is None or not _pinned_onto_itself(one, other):
        return None
    return Clash(Grade.POSSIBLE, start, end, (left, right), within=own)


def _with_listener(stake: Stake, holding: Holding) -> Clash | None:
    claim, listener, owner = stake.claim, holding.listener, holding.owner
    bound = canonical(claim.address)
    if not any(collide(bound, canonical(address)) for address in listener.addresses):
        return None
    if owner is None:
        grade = _grade_outsider(claim, listener)
    elif holding.household != stake.household.label:
        grade = _grade_relative(claim, listener.port, owner)
    else:
        grade = Grade.ACTIVE if claim.binding is Binding.ALWAYS and stake.claimants != (owner,) else None
    return None if grade is None else Clash(grade, listener.port, listener.port, (stake,), holding)


def _grade(one: Claim, other: Claim) -> Grade:
    bindings = {one.binding, other.binding}
    if Binding.RESERVED in bindings:
        return Grade.RESERVED
    if bindings == {Binding.ALWAYS}:
        return Grade.CERTAIN
    both_pinned = is_pinned_browser_port(one) and is_pinned_browser_port(other)
    return Grade.POSSIBLE if Binding.ALWAYS in bindings or both_pinned else Grade.OVERLAP


def _grade_outsider(claim: Claim, listener: Listener) -> Grade | None:
    """A start fails only for want of the gateway port; without any other port it runs with something missing."""
    if claim.role is Role.GATEWAY:
        return Grade.ACTIVE
    return None if _attached_browser(claim, listener) else Grade.SQUATTER


def _grade_relative(claim: Claim, port: int, owner: Tenant) -> Grade:
    """A relative on the port is what its own claim there says, and certain to be there if it has none."""
    if claim.binding is Binding.ALWAYS:
        return Grade.ACTIVE
    of_owner = next((own for own in owner.claims if own.start <= port <= own.end), None)
    if of_owner is not None:
        return _grade(claim, of_owner)
    return Grade.RESERVED if claim.binding is Binding.RESERVED else Grade.POSSIBLE


def is_pinned_browser_port(claim: Claim) -> bool:
    """Whether the config puts one browser profile on exactly this port."""
    single = claim.pinned_by is not None and claim.start == claim.end
    return single and claim.binding is Binding.ON_DEMAND and claim.role in (Role.CDP, Role.EXTENSION_RELAY)


def _pinned_onto_itself(one: Claim, other: Claim) -> bool:
    """An instance whose config puts a browser on a port that its own gateway binds."""
    pinned = is_pinned_browser_port(one) or is_pinned_browser_port(other)
    return pinned and {one.binding, other.binding} == {Binding.ALWAYS, Binding.ON_DEMAND}


def _attached_browser(claim: Claim, listener: Listener) -> bool:
    """A `cdpUrl` on loopback is there to attach to a browser that somebody else started."""
    by_url = claim.pinned_by is not None and claim.pinned_by.endswith("cdpUrl")
    return by_url and any(name in (listener.process or "").lower() for name in _BROWSER_NAMES)
