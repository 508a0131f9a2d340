"""Conflicts of one instance with the kernel's port limits, or with its own settings."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from gateway_core.host import PortLimits
from gateway_core.ports.claimants import BrokenOverride, Claimant
from gateway_core.ports.claims import LAST_PORT
from gateway_core.ports.conflict_groups import ConflictCause, ConflictGroup, want_order
from gateway_core.ports.port_line import PortGroup, PortLine, Span, Wanted
from gateway_core.snapshot import Binding, Claim, Grade, Role


def against_limits(claimants: Iterable[Claimant], line: PortLine, limits: PortLimits) -> Iterator[ConflictGroup]:
    """Find what the kernel may not grant and what is wrong in settings, one conflict per cause and base port."""
    yield from _ephemeral(line, limits.ephemeral_start, limits.ephemeral_end)
    yield from _privileged(line, limits.first_unprivileged)
    yield from _pinned_too_high(line)
    for claimant in claimants:
        if claimant.out_of_range or claimant.broken_overrides:
            yield from _by_own_settings(PortGroup(claimant.id, (claimant,)), claimant)


def _by_own_settings(alone: PortGroup, claimant: Claimant) -> Iterator[ConflictGroup]:
    if claimant.out_of_range:
        wants = [Wanted(claim, alone.members, alone) for claim in claimant.out_of_range]
        yield _limited(ConflictCause.OUT_OF_RANGE, Grade.INVALID, wants, f"ports end at {LAST_PORT}")
    if claimant.claims:
        yield from (_broken(alone, claimant, broken) for broken in claimant.broken_overrides)


def _ephemeral(line: PortLine, first: int, last: int) -> Iterator[ConflictGroup]:
    reached = line.spans[: bisect_left(line.spans, (last + 1,))]
    wants = _wants(line, (span for span in reached if span[1] >= first))
    for of_group in _by_port_group(want for want in wants if _is_bound_at_start(want.claim)):
        yield _limited(ConflictCause.EPHEMERAL, Grade.EPHEMERAL, of_group, f"ephemeral ports {first}–{last}")


def _is_bound_at_start(claim: Claim) -> bool:
    return claim.binding is Binding.ALWAYS or (claim.at_next_start and claim.role is Role.GATEWAY)


def _privileged(line: PortLine, first_unprivileged: int) -> Iterator[ConflictGroup]:
    """A gateway that runs has shown that it may bind them."""
    low = line.spans[: bisect_left(line.spans, (first_unprivileged,))]
    own = (want for want in _wants(line, low) if want.claim.role is not Role.TAILNET_ROUTE)
    wants = map(_of_the_stopped, own)
    for of_group in _by_port_group(want for want in wants if want.claimants):
        detail = f"ports below {first_unprivileged} need privileges"
        yield _limited(ConflictCause.PRIVILEGED, Grade.INVALID, of_group, detail)


def _pinned_too_high(line: PortLine) -> Iterator[ConflictGroup]:
    for want in _wants(line, [span for span in line.spans if span[1] > LAST_PORT]):
        if want.claim.pinned_by is not None:
            key = (ConflictCause.BROKEN_OVERRIDE.name, want.port_group.label, want.claim.pinned_by, want.claim.role)
            group = _limited(ConflictCause.BROKEN_OVERRIDE, Grade.INVALID, [want], want.claim.pinned_by)
            yield replace(group, key=key)


def _of_the_stopped(want: Wanted) -> Wanted:
    return want._replace(claimants=tuple(claimant for claimant in want.claimants if not claimant.live))


def _wants(line: PortLine, spans: Iterable[Span]) -> Iterator[Wanted]:
    return (line.wanted(number) for _, _, number in spans if number < len(line.claims))


def _by_port_group(wants: Iterable[Wanted]) -> Iterable[list[Wanted]]:
    gathered: defaultdict[str, list[Wanted]] = defaultdict(list)
    for want in wants:
        gathered[want.port_group.label].append(want)
    return gathered.values()


def _broken(alone: PortGroup, claimant: Claimant, broken: BrokenOverride) -> ConflictGroup:
    """The conflict is named at the ports that the gateway takes instead, or at its gateway port if it goes without."""
    held = [claim for claim in claimant.claims if not claim.at_next_start]
    taken = [claim for claim in held if claim.role is broken.role] or held[:1]
    wants = [Wanted(claim, alone.members, alone) for claim in taken]
    group = _limited(ConflictCause.BROKEN_OVERRIDE, Grade.INVALID, wants, broken.setting)
    return replace(group, key=(*group.key, broken.setting))


def _limited(cause: ConflictCause, grade: Grade, wants: Sequence[Wanted], detail: str) -> ConflictGroup:
    return ConflictGroup(
        cause=cause,
        grade=grade,
        key=(cause.name, wants[0].port_group.label),
        start=min(want.claim.start for want in wants),
        end=max(want.claim.end for want in wants),
        wants=tuple(sorted(wants, key=want_order)),
        detail=detail,
    )
