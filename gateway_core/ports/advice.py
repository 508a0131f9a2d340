"""Searches remedies that hold: each one ends its conflict and causes none."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import chain, islice

from gateway_core.ports.clashes import Clash, is_pinned_browser_port
from gateway_core.ports.contentions import Cause, Contention, Key, Pair, pair_causes
from gateway_core.ports.free_blocks import FreeBlocks, Occupancy
from gateway_core.ports.remedies import Correct, Move, Remedy, Repin, Stop
from gateway_core.ports.tenants import Tenant, moves_with_base
from gateway_core.snapshot import Role

MOST_MOVES = 8
"""More moves than this are no remedy that a person would follow."""


class Advisor:
    """Knows all clashes of the host, so that a remedy is found and checked without running the engine again."""

    def __init__(
        self,
        clashes: Sequence[Clash],
        pairs: Mapping[Pair, Sequence[Clash]],
        present: frozenset[Key],
        free_blocks: FreeBlocks,
        bound_ports: frozenset[int],
    ) -> None:
        self._clashes, self._pairs, self._present = clashes, pairs, present
        self._free_blocks, self._bound_ports = free_blocks, bound_ports

    def remedies(self, contention: Contention) -> tuple[Remedy, ...]:
        """The ways out, best first; any one of them is enough."""
        match contention.cause:
            case Cause.BROKEN_OVERRIDE:
                ways = iter([Remedy((Correct(contention.stakes[0].tenant.id, contention.detail),))])
            case Cause.OUTSIDER:
                ways = chain(_stops(contention), self._moves_of_all(contention))
            case Cause.SAME_BASE:
                ways = islice(self._moves_of_all_but_one(contention), 1)
            case Cause.NEIGHBOURS:
                ways = islice(chain(self._repins(contention), self._moves_of_one(contention)), 1)
            case _:
                ways = islice(self._moves_of_one(contention), 1)
        return tuple(ways)

    def _moves_of_one(self, contention: Contention) -> Iterator[Remedy]:
        for tenant in _easiest_first(contention):
            yield from self._move_together([tenant], contention)

    def _moves_of_all(self, contention: Contention) -> Iterator[Remedy]:
        """A stop serves every victim at once; moving several makes sense only if nobody can be stopped."""
        victims = _easiest_first(contention)
        if len(victims) == 1 or contention.holdings[0].listener.pid is None:
            yield from self._move_together(victims, contention)

    def _moves_of_all_but_one(self, contention: Contention) -> Iterator[Remedy]:
        sharers = _easiest_first(contention)
        if len(sharers) <= MOST_MOVES + 1:
            for stays in reversed(sharers):
                yield from self._move_together([tenant for tenant in sharers if tenant is not stays], contention)

    def _move_together(self, tenants: Sequence[Tenant], contention: Contention) -> Iterator[Remedy]:
        moves: list[Move] = []
        for tenant in tenants if len(tenants) <= MOST_MOVES else ():
            block = self._free_blocks.first_for(tenant, apart_from=[(move.start, move.end) for move in moves])
            if block is None or not self._move_settles(tenant, contention):
                return
            moves.append(Move(tenant.id, *block))
        if moves:
            yield Remedy(tuple(moves))

    def _move_settles(self, tenant: Tenant, contention: Contention) -> bool:
        stays = any(s.tenant.id == tenant.id and not moves_with_base(s.claim) for s in contention.stakes)
        if stays and contention.cause is not Cause.NEIGHBOURS:
            return False
        return self._settles(tenant, contention, lambda clash: _ends_with_move(clash, tenant.id))

    def _repins(self, contention: Contention) -> Iterator[Remedy]:
        for tenant in _easiest_first(contention):
            for setting in _pins(tenant, contention):
                port = self._spare_browser_port(tenant)
                if port is not None and self._settles(tenant, contention, _ends_with_repin(tenant, setting)):
                    yield Remedy((Repin(tenant.id, setting, port),))

    def _settles(self, tenant: Tenant, contention: Contention, ends: Callable[[Clash], bool]) -> bool:
        """Whether the contention ends and no other comes up once those clashes of the tenant have ended."""
        left: set[Key] = set()
        for pair in self._pairs_of.get(tenant.id, ()):
            left |= pair_causes(pair, [clash for clash in self._pairs[pair] if not ends(clash)]).keys()
        return contention.key not in left and left <= self._present

    def _spare_browser_port(self, tenant: Tenant) -> int | None:
        """A port of its own CDP range that no one else wants; the first one belongs to the built-in browser."""
        wanted = [(clash.start, clash.end, 0) for clash in self._clashes_by_tenant.get(tenant.id, ())]
        pinned = [(c.start, c.end, 0) for c in tenant.claims if not moves_with_base(c)]
        taken = Occupancy(chain(wanted, pinned))
        ranges = (c for c in tenant.claims if c.role is Role.CDP and moves_with_base(c))
        ports = (port for c in ranges for port in range(c.start + 1, c.end + 1))
        return next((port for port in ports if port not in self._bound_ports and taken.is_free(port, port)), None)

    @cached_property
    def _pairs_of(self) -> Mapping[str, list[Pair]]:
        pairs_of: defaultdict[str, list[Pair]] = defaultdict(list)
        for pair in self._pairs:
            for instance in pair:
                pairs_of[instance].append(pair)
        return pairs_of

    @cached_property
    def _clashes_by_tenant(self) -> Mapping[str, list[Clash]]:
        by_tenant: defaultdict[str, list[Clash]] = defaultdict(list)
        for clash in self._clashes:
            for tenant in clash.tenants:
                by_tenant[tenant.id].append(clash)
        return by_tenant


def _stops(contention: Contention) -> Iterator[Remedy]:
    listener = contention.holdings[0].listener
    if listener.pid is not None:
        yield Remedy((Stop(listener.pid, listener.process or "the process"),))


def _easiest_first(contention: Contention) -> list[Tenant]:
    """The instances concerned: stopped before live, named before default, later id before earlier."""
    concerned = {stake.tenant.id: stake.tenant for stake in contention.stakes}
    owners = (holding.owner for holding in contention.holdings)
    concerned.update({owner.id: owner for owner in owners if owner is not None})
    by_id = sorted(concerned.values(), key=lambda tenant: tenant.id, reverse=True)
    return sorted(by_id, key=lambda tenant: (tenant.live, tenant.default_profile))


def _ends_with_move(clash: Clash, instance: str) -> bool:
    moved = any(s.tenant.id == instance and moves_with_base(s.claim) for s in clash.stakes)
    return moved or _held_by(clash, instance)


def _ends_with_repin(tenant: Tenant, setting: str) -> Callable[[Clash], bool]:
    freed = {claim.start for claim in tenant.claims if claim.pinned_by == setting}

    def ends(clash: Clash) -> bool:
        pinned = any(s.tenant.id == tenant.id and s.claim.pinned_by == setting for s in clash.stakes)
        return pinned or (clash.start in freed and _held_by(clash, tenant.id))

    return ends


def _held_by(clash: Clash, instance: str) -> bool:
    return clash.holding is not None and clash.holding.owner is not None and clash.holding.owner.id == instance


def _pins(tenant: Tenant, contention: Contention) -> list[str]:
    """The settings that put this tenant's browsers on the contended ports."""
    claims = [stake.claim for stake in contention.stakes if stake.tenant.id == tenant.id]
    return sorted({c.pinned_by for c in claims if c.pinned_by is not None and is_pinned_browser_port(c)})
