"""Contentions of one instance with the kernel's port limits, or with its own settings."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from gateway_core.host import PortLimits
from gateway_core.ports.clashes import Stake
from gateway_core.ports.contentions import Cause, Contention
from gateway_core.ports.tenants import LAST_PORT, BrokenOverride, Tenant
from gateway_core.snapshot import Binding, Claim, Grade


def against_limits(tenants: Sequence[Tenant], limits: PortLimits) -> Iterator[Contention]:
    """What the kernel may not grant, one contention per instance and limit."""
    first, last = limits.ephemeral_start, limits.ephemeral_end
    for tenant in tenants:
        lent = [c for c in tenant.claims if c.start <= last and c.end >= first and c.binding is Binding.ALWAYS]
        if lent:
            yield _limited(Cause.EPHEMERAL, Grade.EPHEMERAL, tenant, lent, f"ephemeral ports {first}–{last}")
        if tenant.out_of_range:
            yield _limited(Cause.OUT_OF_RANGE, Grade.INVALID, tenant, tenant.out_of_range, f"ports end at {LAST_PORT}")
        if not tenant.live:
            yield from _privileged(tenant, limits.first_unprivileged)
        if tenant.claims:
            yield from (_broken(tenant, broken) for broken in tenant.broken_overrides)


def _privileged(tenant: Tenant, first_unprivileged: int) -> Iterator[Contention]:
    claims = [claim for claim in tenant.claims if claim.start < first_unprivileged]
    if claims:
        detail = f"ports below {first_unprivileged} need privileges"
        yield _limited(Cause.PRIVILEGED, Grade.INVALID, tenant, claims, detail)


def _broken(tenant: Tenant, broken: BrokenOverride) -> Contention:
    """Named at the ports that the gateway takes instead, or at its gateway port if it goes without."""
    taken = [claim for claim in tenant.claims if claim.role is broken.role] or tenant.claims[:1]
    contention = _limited(Cause.BROKEN_OVERRIDE, Grade.INVALID, tenant, taken, broken.setting)
    return replace(contention, key=(*contention.key, broken.setting))


def _limited(cause: Cause, grade: Grade, tenant: Tenant, claims: Sequence[Claim], detail: str) -> Contention:
    return Contention(
        cause=cause,
        grade=grade,
        key=(cause.name, tenant.id),
        start=min(claim.start for claim in claims),
        end=max(claim.end for claim in claims),
        stakes=tuple(Stake(tenant, claim) for claim in sorted(claims, key=lambda claim: (claim.start, claim.end))),
        detail=detail,
    )
