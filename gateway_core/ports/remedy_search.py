"""Searches remedies that hold: each one ends its conflict and causes none."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from functools import cached_property, partial
from itertools import chain, islice

from gateway_core.natural_order import natural_key
from gateway_core.ports.claimants import Claimant, HostPorts, moves_with_base
from gateway_core.ports.claims import LAST_PORT
from gateway_core.ports.conflict_groups import ConflictCause, ConflictGroup, Key, Pair, pair_causes
from gateway_core.ports.free_blocks import FreeBlocks, TakenPorts, taken_ports
from gateway_core.ports.overlaps import Overlap, is_pinned, is_pinned_browser_port
from gateway_core.ports.port_line import PortLine
from gateway_core.ports.remedies import Correct, LeaveToOne, Move, Remedy, Repin, Stop, after_move, after_repin
from gateway_core.snapshot import Listener, Role

MOST_MOVES = 8  # more moves than this are no remedy that a person would follow


class RemedySearch:
    """Knows all overlaps of the host, so that a remedy is found and checked without running the engine again."""

    def __init__(
        self,
        ports: HostPorts,
        line: PortLine,
        overlaps: Sequence[Overlap],
        pairs: Mapping[Pair, Sequence[Overlap]],
        present: frozenset[Key],
    ) -> None:
        self._ports, self._overlaps, self._pairs, self._present = ports, overlaps, pairs, present
        self._line = line
        self._sure = ports.all_known
        self._free_blocks = FreeBlocks(ports, line)
        self._left_after_moves: dict[frozenset[str], Set[Key]] = {}

    def remedies(self, group: ConflictGroup) -> tuple[Remedy, ...]:
        """Return the ways out, best first; any one of them is enough."""
        match group.cause:
            case ConflictCause.BROKEN_OVERRIDE:
                ways = iter([Remedy((Correct(group.claimants[0].id, group.detail),))])
            case ConflictCause.SAME_ROUTE:
                settings = dict.fromkeys(want.claim.pinned_by for want in group.wants)
                ways = iter([Remedy((LeaveToOne(setting),)) for setting in settings if setting is not None])
            case ConflictCause.OUTSIDER:
                ways = chain(_stops(group), self._moves(group))
            case ConflictCause.NEIGHBOURS:
                ways = islice(chain(self._repins(group), self._moves(group)), 1)
            case _:
                ways = islice(self._moves(group), 1)
        return tuple(ways)

    def _moves(self, group: ConflictGroup) -> Iterator[Remedy]:
        for movers in _candidates(group):
            remedy = self._move_together(movers) if 0 < len(movers) <= MOST_MOVES else None
            if remedy is not None and self._move_settles(movers, group):
                yield remedy

    def _move_together(self, claimants: Sequence[Claimant]) -> Remedy | None:
        moves: list[Move] = []
        for claimant in claimants:
            block = self._free_blocks.first_for(claimant, apart_from=[(move.start, move.end) for move in moves])
            if block is None:
                return None
            moves.append(Move(claimant.id, *block, sure=self._sure, decided_in=claimant.base_file))
        return Remedy(tuple(moves))

    def _move_settles(self, movers: Sequence[Claimant], group: ConflictGroup) -> bool:
        stays = not all(moves_with_base(want.claim) for want in group.wants)
        if stays and group.cause not in (ConflictCause.NEIGHBOURS, ConflictCause.SAME_BASE):
            return False
        moved = frozenset(claimant.id for claimant in movers)
        if moved not in self._left_after_moves:
            self._left_after_moves[moved] = self._left_after(moved, partial(after_move, moved=moved))
        return self._settled(group, self._left_after_moves[moved])

    def _repins(self, group: ConflictGroup) -> Iterator[Remedy]:
        for claimant in _easiest_first(group.claimants):
            for setting in _pins(claimant, group):
                port = self._spare_port(claimant, setting)
                left = self._left_after({claimant.id}, partial(after_repin, claimant=claimant, setting=setting))
                if port is not None and self._settled(group, left):
                    yield Remedy((Repin(claimant.id, setting, port, sure=self._sure),))

    def _settled(self, group: ConflictGroup, left: Set[Key]) -> bool:
        """Whether the conflict is over and no other has come up."""
        return group.key not in left and left <= self._present

    def _left_after(self, changed: Set[str], after: Callable[[Overlap], Overlap | None]) -> Set[Key]:
        """Return the causes left of those that concern these instances; `after` tells what an overlap becomes."""
        left: set[Key] = set()
        for pair in {pair for instance in changed for pair in self._pairs_of.get(instance, ())}:
            overlaps = filter(None, map(after, self._pairs[pair]))
            left |= pair_causes(pair, list(overlaps)).keys()
        return left

    def _spare_port(self, claimant: Claimant, setting: str) -> int | None:
        claim = next(claim for claim in claimant.claims if claim.pinned_by == setting)
        if is_pinned_browser_port(claim):
            return self._spare_browser_port(claimant)
        following = range(claim.start + 1, LAST_PORT + 1)
        return next((port for port in following if self._taken.is_free(port, port)), None)

    @cached_property
    def _taken(self) -> TakenPorts:
        return taken_ports(self._ports, self._line)

    def _spare_browser_port(self, claimant: Claimant) -> int | None:
        """Find a port of its own CDP range that no one else wants; the first one belongs to the built-in browser."""
        wanted = [(overlap.start, overlap.end, 0) for overlap in self._overlaps_of.get(claimant.id, ())]
        pinned = [(claim.start, claim.end, 0) for claim in claimant.claims if not moves_with_base(claim)]
        beside = [(claim.start, claim.end, 0) for other in self._ports.not_compared for claim in other.claims]
        taken = TakenPorts([(0, self._ports.limits.first_unprivileged - 1, 0), *wanted, *pinned, *beside])
        ranges = (c for c in claimant.claims if c.role is Role.CDP and moves_with_base(c))
        ports = (port for c in ranges for port in range(c.start + 1, c.end + 1))
        return next((port for port in ports if port not in self._bound_ports and taken.is_free(port, port)), None)

    @cached_property
    def _bound_ports(self) -> frozenset[int]:
        return frozenset(listener.port for listener in self._ports.listeners)

    @cached_property
    def _pairs_of(self) -> Mapping[str, set[Pair]]:
        pairs_of: defaultdict[str, set[Pair]] = defaultdict(set)
        for pair, overlaps in self._pairs.items():
            for overlap in overlaps:
                for instance in overlap.instances:
                    pairs_of[instance].add(pair)
        return pairs_of

    @cached_property
    def _overlaps_of(self) -> Mapping[str, list[Overlap]]:
        overlaps_of: defaultdict[str, list[Overlap]] = defaultdict(list)
        for overlap in self._overlaps:
            for instance in overlap.instances:
                overlaps_of[instance].append(overlap)
        return overlaps_of


def _stops(group: ConflictGroup) -> Iterator[Remedy]:
    listener = group.holdings[0].listener
    if listener.pid is not None and _can_be_stopped(listener):
        yield Remedy((Stop(listener.pid, listener.process or "the process"),))


def _can_be_stopped(listener: Listener) -> bool:
    """Whether a user would end its owner: what works for a container is ended by its engine, and comes back."""
    return listener.pid is not None and listener.place is None


def _candidates(group: ConflictGroup) -> Iterator[Sequence[Claimant]]:
    """Propose who could move to end the conflict, all at once, in the order in which to try."""
    everyone = _easiest_first(group.claimants)
    match group.cause:
        case ConflictCause.SAME_BASE:
            for stays in reversed(everyone):
                yield [claimant for claimant in everyone if claimant is not stays]
        case ConflictCause.NEIGHBOURS:
            yield from sorted(_sides(group), key=lambda side: everyone.index(side[-1]))
        case ConflictCause.OUTSIDER:
            # A stop serves every victim at once; to move several makes sense only if nobody can be stopped.
            if len(everyone) == 1 or not _can_be_stopped(group.holdings[0].listener):
                yield everyone
        case _:
            yield everyone


def _sides(group: ConflictGroup) -> list[list[Claimant]]:
    """Return the instances of each port group; moving all of one side ends what it has with the other."""
    sides: defaultdict[str, dict[str, Claimant]] = defaultdict(dict)
    for want in group.wants:
        sides[want.port_group.label].update((claimant.id, claimant) for claimant in want.claimants)
    for holding in group.holdings:
        if holding.owner is not None and holding.port_group is not None:
            sides[holding.port_group.label][holding.owner.id] = holding.owner
    return [_easiest_first(side.values()) for side in sides.values()]


def _easiest_first(claimants: Iterable[Claimant]) -> list[Claimant]:
    """Stopped before live, named before default, later id before earlier."""
    by_id = sorted(claimants, key=lambda claimant: natural_key(claimant.id), reverse=True)
    return sorted(by_id, key=lambda claimant: (claimant.live, claimant.default_profile))


def _pins(claimant: Claimant, group: ConflictGroup) -> list[str]:
    """Return the settings that put the claimant's browsers on the ports in conflict."""
    claims = [want.claim for want in group.wants if claimant in want.claimants]
    return sorted({c.pinned_by for c in claims if c.pinned_by is not None and is_pinned(c)})
