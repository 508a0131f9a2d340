"""Searches remedies that hold: each one ends its conflict and causes none."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from functools import cached_property, partial
from itertools import chain, islice

from gateway_core.host import PortLimits
from gateway_core.ports.claimants import Claimant, moves_with_base
from gateway_core.ports.conflict_groups import (
    ConflictCause,
    ConflictGroup,
    Key,
    Pair,
    pair_causes,
)
from gateway_core.ports.free_blocks import FreeBlocks, TakenPorts
from gateway_core.ports.overlaps import Overlap, is_pinned_browser_port
from gateway_core.ports.port_line import WantedPorts
from gateway_core.ports.remedies import Correct, Move, Remedy, Repin, Stop, after_move, after_repin
from gateway_core.snapshot import Role

MOST_MOVES = 8
"""More moves than this are no remedy that a person would follow."""


class RemedySearch:
    """Knows all clashes of the host, so that a remedy is found and checked without running the engine again."""

    def __init__(
        self,
        clashes: Sequence[Overlap],
        pairs: Mapping[Pair, Sequence[Overlap]],
        present: frozenset[Key],
        wanted: WantedPorts,
        limits: PortLimits,
        *,
        sure: bool,
    ) -> None:
        """`sure`: whether all claims and listeners of the host are known."""
        self._clashes, self._pairs, self._present = clashes, pairs, present
        self._wanted, self._limits, self._sure = wanted, limits, sure
        self._free_blocks = FreeBlocks(wanted, limits)
        self._left_after_moves: dict[frozenset[str], Set[Key]] = {}

    def remedies(self, contention: ConflictGroup) -> tuple[Remedy, ...]:
        """The ways out, best first; any one of them is enough."""
        match contention.cause:
            case ConflictCause.BROKEN_OVERRIDE:
                ways = iter([Remedy((Correct(contention.tenants[0].id, contention.detail),))])
            case ConflictCause.OUTSIDER:
                ways = chain(_stops(contention), self._moves(contention))
            case ConflictCause.NEIGHBOURS:
                ways = islice(chain(self._repins(contention), self._moves(contention)), 1)
            case _:
                ways = islice(self._moves(contention), 1)
        return tuple(ways)

    def _moves(self, contention: ConflictGroup) -> Iterator[Remedy]:
        for movers in _candidates(contention):
            remedy = self._move_together(movers) if 0 < len(movers) <= MOST_MOVES else None
            if remedy is not None and self._move_settles(movers, contention):
                yield remedy

    def _move_together(self, tenants: Sequence[Claimant]) -> Remedy | None:
        moves: list[Move] = []
        for tenant in tenants:
            block = self._free_blocks.first_for(tenant, apart_from=[(move.start, move.end) for move in moves])
            if block is None:
                return None
            moves.append(Move(tenant.id, *block, sure=self._sure))
        return Remedy(tuple(moves))

    def _move_settles(self, movers: Sequence[Claimant], contention: ConflictGroup) -> bool:
        stays = not all(moves_with_base(stake.claim) for stake in contention.stakes)
        if stays and contention.cause not in (ConflictCause.NEIGHBOURS, ConflictCause.SAME_BASE):
            return False
        moved = frozenset(tenant.id for tenant in movers)
        if moved not in self._left_after_moves:
            self._left_after_moves[moved] = self._left_after(moved, partial(after_move, moved=moved))
        return self._settled(contention, self._left_after_moves[moved])

    def _repins(self, contention: ConflictGroup) -> Iterator[Remedy]:
        for tenant in _easiest_first(contention.tenants):
            for setting in _pins(tenant, contention):
                port = self._spare_browser_port(tenant)
                left = self._left_after({tenant.id}, partial(after_repin, tenant=tenant, setting=setting))
                if port is not None and self._settled(contention, left):
                    yield Remedy((Repin(tenant.id, setting, port, sure=self._sure),))

    def _settled(self, contention: ConflictGroup, left: Set[Key]) -> bool:
        """Whether the contention is over and no other has come up."""
        return contention.key not in left and left <= self._present

    def _left_after(self, changed: Set[str], after: Callable[[Overlap], Overlap | None]) -> Set[Key]:
        """The causes that remain of those that concern these instances, once each clash has become what it becomes."""
        left: set[Key] = set()
        for pair in {pair for instance in changed for pair in self._pairs_of.get(instance, ())}:
            clashes = filter(None, map(after, self._pairs[pair]))
            left |= pair_causes(pair, list(clashes)).keys()
        return left

    def _spare_browser_port(self, tenant: Claimant) -> int | None:
        """A port of its own CDP range that no one else wants; the first one belongs to the built-in browser."""
        wanted = [(clash.start, clash.end, 0) for clash in self._clashes_of.get(tenant.id, ())]
        pinned = [(c.start, c.end, 0) for c in tenant.claims if not moves_with_base(c)]
        taken = TakenPorts([(0, self._limits.first_unprivileged - 1, 0), *wanted, *pinned])
        ranges = (c for c in tenant.claims if c.role is Role.CDP and moves_with_base(c))
        ports = (port for c in ranges for port in range(c.start + 1, c.end + 1))
        return next((port for port in ports if port not in self._bound_ports and taken.is_free(port, port)), None)

    @cached_property
    def _bound_ports(self) -> frozenset[int]:
        return frozenset(listener.port for listener in self._wanted.listeners)

    @cached_property
    def _pairs_of(self) -> Mapping[str, set[Pair]]:
        pairs_of: defaultdict[str, set[Pair]] = defaultdict(set)
        for pair, clashes in self._pairs.items():
            for clash in clashes:
                for instance in clash.instances:
                    pairs_of[instance].add(pair)
        return pairs_of

    @cached_property
    def _clashes_of(self) -> Mapping[str, list[Overlap]]:
        clashes_of: defaultdict[str, list[Overlap]] = defaultdict(list)
        for clash in self._clashes:
            for instance in clash.instances:
                clashes_of[instance].append(clash)
        return clashes_of


def _stops(contention: ConflictGroup) -> Iterator[Remedy]:
    listener = contention.holdings[0].listener
    if listener.pid is not None:
        yield Remedy((Stop(listener.pid, listener.process or "the process"),))


def _candidates(contention: ConflictGroup) -> Iterator[Sequence[Claimant]]:
    """Who could move to solve it, all at once, in the order in which to try."""
    everyone = _easiest_first(contention.tenants)
    match contention.cause:
        case ConflictCause.SAME_BASE:
            for stays in reversed(everyone):
                yield [tenant for tenant in everyone if tenant is not stays]
        case ConflictCause.NEIGHBOURS:
            yield from sorted(_sides(contention), key=lambda side: everyone.index(side[-1]))
        case ConflictCause.OUTSIDER:
            # A stop serves every victim at once; to move several makes sense only if nobody can be stopped.
            if len(everyone) == 1 or contention.holdings[0].listener.pid is None:
                yield everyone
        case _:
            yield everyone


def _sides(contention: ConflictGroup) -> list[list[Claimant]]:
    """The instances of each household; moving all of one side ends what it has with the other."""
    sides: defaultdict[str, dict[str, Claimant]] = defaultdict(dict)
    for stake in contention.stakes:
        sides[stake.household.label].update((tenant.id, tenant) for tenant in stake.claimants)
    for holding in contention.holdings:
        if holding.owner is not None and holding.household is not None:
            sides[holding.household.label][holding.owner.id] = holding.owner
    return [_easiest_first(side.values()) for side in sides.values()]


def _easiest_first(tenants: Iterable[Claimant]) -> list[Claimant]:
    """Stopped before live, named before default, later id before earlier; last those whose ports are only guessed."""
    by_id = sorted(tenants, key=lambda tenant: tenant.id, reverse=True)
    return sorted(by_id, key=lambda tenant: (tenant.untold, tenant.live, tenant.default_profile))


def _pins(tenant: Claimant, contention: ConflictGroup) -> list[str]:
    """The settings that put this tenant's browsers on the contended ports."""
    claims = [stake.claim for stake in contention.stakes if tenant in stake.claimants]
    return sorted({c.pinned_by for c in claims if c.pinned_by is not None and is_pinned_browser_port(c)})
