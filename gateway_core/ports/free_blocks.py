"""Finds a base port whose whole block is free, in numbers that a person would choose."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import accumulate, chain
from operator import itemgetter

from gateway_core.ports.claimants import (
    Claimant,
    HiddenPorts,
    HostPorts,
    derived_claims,
    unknown_ports,
)
from gateway_core.ports.claims import LAST_PORT
from gateway_core.ports.port_line import PortLine, Span, port_groups, port_line
from gateway_core.snapshot import Snapshot

DEFAULT_REACH = 110  # every known layout ends with base + 110, the last port of the CDP range
DEFAULT_BASE = 18789
FIRST_CHOICE = 19789  # what the vendors' own guides call a completely different base
STEP = 200  # one block, with room to the next


@dataclass(frozen=True, slots=True)
class FreeBlock:
    """A base port and the block that belongs to it, nothing of it claimed or bound."""

    base: int
    end: int
    unknown: Mapping[str, str] = field(default_factory=dict)
    """The instances whose ports could not be told, and may lie in the block; each with why."""


@dataclass(frozen=True, slots=True)
class NoFreeBlock:
    """There is no free block; the reason is for people."""

    reason: str


class TakenPorts:
    """The ports that a new block has to keep clear of, whatever address they are on."""

    def __init__(self, spans: Iterable[Span]) -> None:
        self._spans = sorted(spans)
        self._furthest_ends = list(accumulate(map(itemgetter(1), self._spans), max))
        """The furthest end among each span and all before it."""

    def is_free(self, start: int, end: int) -> bool:
        """Whether no port from `start` to `end` is taken, and all of them exist."""
        begun = bisect_left(self._spans, (end + 1,))
        return start >= 1 and end <= LAST_PORT and (begun == 0 or self._furthest_ends[begun - 1] < start)

    def bases(self) -> Iterator[int]:
        """Yield where a block may begin, in the order in which a person would try; at last where any gap begins."""
        yield from preferred_bases()
        yield from (start for start, end in self.gaps() if start <= end)

    def gaps(self) -> Iterator[tuple[int, int]]:
        """Return the runs of free ports in order; some are empty, their end before their start."""
        firsts = (1, *(end + 1 for end in self._furthest_ends))
        lasts = (*(start - 1 for start, _, _ in self._spans), LAST_PORT)
        return zip(firsts, lasts, strict=True)


def taken_ports(ports: HostPorts, line: PortLine | None = None) -> TakenPorts:
    """Return what claims, onboardings under way, listeners and the kernel take; `line` spares sorting them again.

    A claim that is only a guess counts, too: `line` may be without these.
    """
    limits, spans = ports.limits, (line or port_line(port_groups(ports.claimants), ports.listeners)).spans
    beside = [(claim.start, claim.end, -1) for claimant in ports.not_compared for claim in claimant.claims]
    ephemeral = (limits.ephemeral_start, limits.ephemeral_end, -1)
    return TakenPorts([(0, limits.first_unprivileged - 1, -1), *beside, *spans, ephemeral])


class FreeBlocks:
    """The free blocks for claimants of any shape, in the order in which a person would choose."""

    def __init__(self, ports: HostPorts, line: PortLine) -> None:
        self._ports, self._line = ports, line
        self._known: dict[tuple[int, int], list[int]] = {}
        self._unseen: dict[tuple[int, int], Iterator[int]] = {}

    def first_for(self, claimant: Claimant, apart_from: Sequence[tuple[int, int]]) -> tuple[int, int, int] | None:
        """Return base, first and last port of a free block that holds all that moves with the claimant's base."""
        derived = derived_claims(claimant)
        if claimant.base is None or not derived:
            return None
        below = claimant.base - min(claim.start for claim in derived)
        above = max(claim.end for claim in derived) - claimant.base
        for base in self._bases(below, above):
            if all(base + above < start or base - below > end for start, end in apart_from):
                return base, base - below, base + above
        return None

    def _bases(self, below: int, above: int) -> Iterator[int]:
        shape = (below, above)
        known = self._known.setdefault(shape, [])
        unseen = self._unseen.setdefault(shape, self._search(below, above))
        yield from known
        for base in unseen:
            known.append(base)
            yield base

    def _search(self, below: int, above: int) -> Iterator[int]:
        return (base for base in self._taken.bases() if self._taken.is_free(base - below, base + above))

    @cached_property
    def _taken(self) -> TakenPorts:
        return taken_ports(self._ports, self._line)


def free_base(
    ports: HostPorts, *, reach: int = DEFAULT_REACH, prefer: int = DEFAULT_BASE, spacing: int = 0
) -> FreeBlock | NoFreeBlock:
    """Find a base whose block, base to base + `reach`, nobody claims, holds or is about to claim.

    `prefer` is tried first; `spacing` is the least distance to every other base port.
    """
    taken = taken_ports(ports)
    bases = [claimant.base for claimant in (*ports.claimants, *ports.kept_free) if claimant.base is not None]
    for base in chain((prefer,), taken.bases()):
        if taken.is_free(base, base + reach) and all(abs(base - other) >= spacing for other in bases):
            return FreeBlock(base, base + reach)
    return NoFreeBlock(_why_none(taken, reach, spacing))


def next_free_block(
    snapshot: Snapshot, *, reach: int = DEFAULT_REACH, spacing: int = 0
) -> FreeBlock | NoFreeBlock | HiddenPorts:
    """Return the block that a newcomer to the host is offered, or why there is none, or what hides whether there is."""
    ports = HostPorts.of(snapshot)
    if ports.hidden is not None:
        return ports.hidden
    found = free_base(ports, reach=reach, spacing=spacing)
    return replace(found, unknown=unknown_ports(snapshot)) if isinstance(found, FreeBlock) else found


def preferred_bases() -> Iterator[int]:
    """Yield base ports in the order in which a person would try them; at last every multiple of ten."""
    yield from range(FIRST_CHOICE, LAST_PORT, STEP)
    yield from range(DEFAULT_BASE + STEP, FIRST_CHOICE, STEP)
    yield from range(DEFAULT_BASE - STEP, 0, -STEP)
    yield from range(FIRST_CHOICE + 1, LAST_PORT, 10)
    yield from range(10, FIRST_CHOICE, 10)


def _why_none(taken: TakenPorts, reach: int, spacing: int) -> str:
    start, end = max(taken.gaps(), key=lambda gap: gap[1] - gap[0])
    longest = f"the longest free run is {start}–{end} ({end - start + 1} ports)" if start <= end else "all are taken"
    distance = f" at least {spacing} away from every other base" if spacing else ""
    return f"No base port{distance} has {reach + 1} free ports from it on: {longest}."
