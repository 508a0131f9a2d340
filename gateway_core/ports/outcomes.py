"""What becomes of a clash when its parties change their ports."""

from gateway_core.ports.clashes import Clash
from gateway_core.ports.tenants import Tenant, moves_with_base
from gateway_core.ports.wanted_ports import Stake


def outlives_move(clash: Clash, moved: frozenset[str]) -> bool:
    """Whether it is still there after those instances have moved to blocks that nobody else wants."""
    left = [_left_on(stake, moved) for stake in clash.stakes]
    owner = clash.holding.owner if clash.holding is not None else None
    if owner is not None:
        return owner.id not in moved and bool(left[0] - {owner.id})
    if clash.within is not None:
        return all(clash.within in instances for instances in left)
    if clash.holding is None and len(left) == 1:
        return len(left[0]) > 1
    return all(left)


def _left_on(stake: Stake, moved: frozenset[str]) -> set[str]:
    claimants = {tenant.id for tenant in stake.claimants}
    return claimants - moved if moves_with_base(stake.claim) else claimants


def outlives_repin(clash: Clash, tenant: Tenant, setting: str) -> bool:
    """Whether it is still there after that setting of the tenant has got another port, which nobody else wants."""
    freed = {claim.start for claim in tenant.claims if claim.pinned_by == setting}
    owner = clash.holding.owner if clash.holding is not None else None
    closed = owner is not None and owner.id == tenant.id and clash.start in freed
    repinned = any(stake.claimants == (tenant,) and stake.claim.pinned_by == setting for stake in clash.stakes)
    return not closed and not repinned
