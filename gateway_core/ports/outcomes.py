"""What becomes of a clash when its parties change their ports."""

from dataclasses import replace

from gateway_core.ports.clashes import Clash
from gateway_core.ports.tenants import Tenant, moves_with_base
from gateway_core.ports.wanted_ports import Stake


def after_move(clash: Clash, moved: frozenset[str]) -> Clash | None:
    """The clash after those instances have moved to blocks that nobody else wants; `None` if it ends."""
    left = [_left_on(stake, moved) for stake in clash.stakes]
    owner = clash.holding.owner if clash.holding is not None else None
    if owner is not None:
        return clash if owner.id not in moved and left[0] - {owner.id} else None
    if clash.within is not None:
        return clash if all(clash.within in instances for instances in left) else None
    if not all(left) or len(set[str]().union(*left)) < 2:
        return None
    return replace(clash, absorbed=False) if clash.instances & moved else clash


def _left_on(stake: Stake, moved: frozenset[str]) -> set[str]:
    claimants = {tenant.id for tenant in stake.claimants}
    return claimants - moved if moves_with_base(stake.claim) else claimants


def after_repin(clash: Clash, tenant: Tenant, setting: str) -> Clash | None:
    """The clash after that setting of the tenant has got another port, which nobody else wants; `None` if it ends."""
    freed = {claim.start for claim in tenant.claims if claim.pinned_by == setting}
    owner = clash.holding.owner if clash.holding is not None else None
    closed = owner is not None and owner.id == tenant.id and clash.start in freed
    repinned = any(stake.claimants == (tenant,) and stake.claim.pinned_by == setting for stake in clash.stakes)
    return None if closed or repinned else clash
