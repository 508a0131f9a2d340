"""Which instance a listener belongs to."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from gateway_core.ports.tenants import Tenant, moves_with_base
from gateway_core.ports.wanted_ports import Household
from gateway_core.snapshot import Listener


@dataclass(frozen=True, slots=True)
class Holding:
    """A listener and whose it is; no owner means a process outside the family, or one that cannot be seen."""

    listener: Listener
    owner: Tenant | None
    household: Household | None
    """The owner's household, or the one of its own if its settings pin the port."""


class Owners:
    """Finds the instance that a listener belongs to."""

    def __init__(self, households: Sequence[Household]) -> None:
        self._households = households

    def holding(self, listener: Listener) -> Holding:
        """The listener with its owner and the owner's household."""
        owner = self.owner(listener)
        if owner is None:
            return Holding(listener, None, None)
        there = [claim for claim in owner.claims if claim.start <= listener.port <= claim.end]
        pinned = bool(there) and not any(moves_with_base(claim) for claim in there)
        alone = Household(owner.id, (owner,))
        return Holding(listener, owner, alone if pinned else self._homes.get(owner.id, alone))

    def owner(self, listener: Listener) -> Tenant | None:
        """That instance, also if it is none of the tenants; `None` for an outsider or an owner unseen."""
        if listener.instance is not None:
            return self._by_id.get(listener.instance) or Tenant(listener.instance, None, ())
        if listener.pid is not None:
            return self._by_pid.get(listener.pid)
        return self._by_proof.get(listener.port)

    @property
    def _tenants(self) -> Iterator[Tenant]:
        return (tenant for household in self._households for tenant in household.members)

    @cached_property
    def _homes(self) -> dict[str, Household]:
        return {tenant.id: household for household in self._households for tenant in household.members}

    @cached_property
    def _by_id(self) -> dict[str, Tenant]:
        return {tenant.id: tenant for tenant in self._tenants}

    @cached_property
    def _by_pid(self) -> dict[int, Tenant]:
        return {pid: tenant for tenant in self._tenants for pid in tenant.pids}

    @cached_property
    def _by_proof(self) -> dict[int, Tenant]:
        return {port: tenant for tenant in self._tenants for port in tenant.proven_ports}
