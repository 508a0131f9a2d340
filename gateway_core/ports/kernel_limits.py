"""Contentions of one instance with the kernel's port limits, or with its own settings."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from gateway_core.host import PortLimits
from gateway_core.ports.claimants import LAST_PORT, BrokenOverride, Claimant
from gateway_core.ports.conflict_groups import ConflictCause, ConflictGroup, stake_order
from gateway_core.ports.port_line import PortGroup, Span, Wanted, WantedPorts
from gateway_core.snapshot import Binding, Claim, Grade, Role


def against_limits(tenants: Iterable[Claimant], wanted: WantedPorts, limits: PortLimits) -> Iterator[ConflictGroup]:
    """What the kernel may not grant and the settings do not say, one contention per cause and base port."""
    yield from _ephemeral(wanted, limits.ephemeral_start, limits.ephemeral_end)
    yield from _privileged(wanted, limits.first_unprivileged)
    yield from _pinned_too_high(wanted)
    for tenant in tenants:
        if tenant.out_of_range or tenant.broken_overrides:
            yield from _own_doing(PortGroup(tenant.id, (tenant,)), tenant)


def _own_doing(alone: PortGroup, tenant: Claimant) -> Iterator[ConflictGroup]:
    if tenant.out_of_range:
        stakes = [Wanted(claim, alone.members, alone) for claim in tenant.out_of_range]
        yield _limited(ConflictCause.OUT_OF_RANGE, Grade.INVALID, stakes, f"ports end at {LAST_PORT}")
    if tenant.claims:
        yield from (_broken(alone, tenant, broken) for broken in tenant.broken_overrides)


def _ephemeral(wanted: WantedPorts, first: int, last: int) -> Iterator[ConflictGroup]:
    reached = wanted.spans[: bisect_left(wanted.spans, (last + 1,))]
    stakes = _stakes(wanted, (span for span in reached if span[1] >= first))
    for of_household in _by_household(stake for stake in stakes if _is_bound_at_start(stake.claim)):
        yield _limited(ConflictCause.EPHEMERAL, Grade.EPHEMERAL, of_household, f"ephemeral ports {first}–{last}")


def _is_bound_at_start(claim: Claim) -> bool:
    return claim.binding is Binding.ALWAYS or (claim.at_next_start and claim.role is Role.GATEWAY)


def _privileged(wanted: WantedPorts, first_unprivileged: int) -> Iterator[ConflictGroup]:
    """A gateway that runs has shown that it may."""
    low = wanted.spans[: bisect_left(wanted.spans, (first_unprivileged,))]
    stakes = (_of_the_stopped(stake) for stake in _stakes(wanted, low))
    for of_household in _by_household(stake for stake in stakes if stake.claimants):
        detail = f"ports below {first_unprivileged} need privileges"
        yield _limited(ConflictCause.PRIVILEGED, Grade.INVALID, of_household, detail)


def _pinned_too_high(wanted: WantedPorts) -> Iterator[ConflictGroup]:
    for stake in _stakes(wanted, [span for span in wanted.spans if span[1] > LAST_PORT]):
        if stake.claim.pinned_by is not None:
            key = (ConflictCause.BROKEN_OVERRIDE.name, stake.household.label, stake.claim.pinned_by, stake.claim.role)
            contention = _limited(ConflictCause.BROKEN_OVERRIDE, Grade.INVALID, [stake], stake.claim.pinned_by)
            yield replace(contention, key=key)


def _of_the_stopped(stake: Wanted) -> Wanted:
    return replace(stake, claimants=tuple(tenant for tenant in stake.claimants if not tenant.live))


def _stakes(wanted: WantedPorts, spans: Iterable[Span]) -> Iterator[Wanted]:
    return (wanted.stake(number) for _, _, number in spans if number < len(wanted.claims))


def _by_household(stakes: Iterable[Wanted]) -> Iterable[list[Wanted]]:
    gathered: defaultdict[str, list[Wanted]] = defaultdict(list)
    for stake in stakes:
        gathered[stake.household.label].append(stake)
    return gathered.values()


def _broken(alone: PortGroup, tenant: Claimant, broken: BrokenOverride) -> ConflictGroup:
    """Named at the ports that the gateway takes instead, or at its gateway port if it goes without."""
    held = [claim for claim in tenant.claims if not claim.at_next_start]
    taken = [claim for claim in held if claim.role is broken.role] or held[:1]
    stakes = [Wanted(claim, alone.members, alone) for claim in taken]
    contention = _limited(ConflictCause.BROKEN_OVERRIDE, Grade.INVALID, stakes, broken.setting)
    return replace(contention, key=(*contention.key, broken.setting))


def _limited(cause: ConflictCause, grade: Grade, stakes: Sequence[Wanted], detail: str) -> ConflictGroup:
    return ConflictGroup(
        cause=cause,
        grade=grade,
        key=(cause.name, stakes[0].household.label),
        start=min(stake.claim.start for stake in stakes),
        end=max(stake.claim.end for stake in stakes),
        stakes=tuple(sorted(stakes, key=stake_order)),
        detail=detail,
    )
