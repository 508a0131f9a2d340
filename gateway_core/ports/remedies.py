"""Remedies: changes that end a conflict, in words, and what becomes of an overlap once they are made."""

from __future__ import annotations

from dataclasses import dataclass, replace

from gateway_core.ports.claimants import Claimant, moves_with_base
from gateway_core.ports.overlaps import Overlap
from gateway_core.ports.port_line import Wanted
from gateway_core.ports.wording import listed, ports_text


@dataclass(frozen=True, slots=True)
class Move:
    """Give an instance another base port, and restart it if it runs."""

    instance: str
    base: int
    start: int
    end: int
    sure: bool = True  # whether all that may take these ports is known
    decided_in: str | None = None  # the file of its service that decides its base port


@dataclass(frozen=True, slots=True)
class Repin:
    """Give a pinned port another value, and restart its instance if it runs."""

    instance: str
    setting: str
    port: int
    sure: bool = True  # whether all that may take this port is known


@dataclass(frozen=True, slots=True)
class Correct:
    """Give a setting that holds no port number a proper one, or drop it."""

    instance: str
    setting: str


@dataclass(frozen=True, slots=True)
class LeaveToOne:
    """Switch a setting off for all but one of those that want the one thing that it gives."""

    setting: str


@dataclass(frozen=True, slots=True)
class Stop:
    """End a process outside the family."""

    pid: int
    name: str


Change = Move | Repin | Correct | LeaveToOne | Stop


@dataclass(frozen=True, slots=True)
class Remedy:
    """Changes that end a conflict when all of them are made."""

    changes: tuple[Change, ...]

    def __str__(self) -> str:
        if len(self.changes) == 1:
            return _change_text(self.changes[0])
        moves = [change for change in self.changes if isinstance(change, Move)]
        return "move " + listed(f"{m.instance} to base {m.base} ({_free_ports_text(m)})" for m in moves)


def _change_text(change: Change) -> str:
    match change:
        case Move():
            return f"move {change.instance} to base {change.base}: {_free_ports_text(change)}"
        case Repin():
            others = "nobody else claims" if change.sure else "nobody else claims as far as could be told"
            return f"set {change.setting} of {change.instance} to port {change.port}, which {others}"
        case Correct():
            return f"set {change.setting} of {change.instance} to a port number, or remove it"
        case LeaveToOne():
            return f"set {change.setting} to off for all of them but one"
        case Stop():
            return f"stop {change.name} (pid {change.pid})"


def _free_ports_text(move: Move) -> str:
    ports = f"{ports_text(move.start, move.end)} is free"
    told = ports if move.sure else f"{ports} as far as could be told"
    return told if move.decided_in is None else f"{told}; its port stands in {move.decided_in}"


def after_move(overlap: Overlap, moved: frozenset[str]) -> Overlap | None:
    """Return the overlap after those instances have moved to blocks that nobody else wants; `None` if it ends."""
    staying = [_staying(want, moved) for want in overlap.wants]
    owner = overlap.holding.owner if overlap.holding is not None else None
    if owner is not None:  # an instance listens there: the overlap lasts while it stays and another one wants the port
        return overlap if owner.id not in moved and staying[0] - {owner.id} else None
    if overlap.within is not None:  # one instance is at odds with itself: the overlap ends once one of the ports moves
        return overlap if all(overlap.within in ids for ids in staying) else None
    if not all(staying) or len(set[str]().union(*staying)) < 2:
        return None
    return replace(overlap, absorbed=False) if overlap.instances & moved else overlap


def _staying(want: Wanted, moved: frozenset[str]) -> set[str]:
    claimants = {claimant.id for claimant in want.claimants}
    return claimants - moved if moves_with_base(want.claim) else claimants


def after_repin(overlap: Overlap, claimant: Claimant, setting: str) -> Overlap | None:
    """Return the overlap after that setting has got another port, which nobody else wants; `None` if it ends."""
    freed = {claim.start for claim in claimant.claims if claim.pinned_by == setting}
    owner = overlap.holding.owner if overlap.holding is not None else None
    closed = owner is not None and owner.id == claimant.id and overlap.start in freed
    repinned = any(want.claimants == (claimant,) and want.claim.pinned_by == setting for want in overlap.wants)
    return None if closed or repinned else overlap
