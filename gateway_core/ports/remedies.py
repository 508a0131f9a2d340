"""What would solve a conflict: steps that can be carried out, applied to the engine's own input, and said."""

from __future__ import annotations

from dataclasses import dataclass, replace

from gateway_core.ports.claimants import Claimant, HostPorts, moves_with_base, relocated
from gateway_core.ports.listeners import Owners
from gateway_core.ports.overlaps import Overlap
from gateway_core.ports.port_line import Wanted, port_groups
from gateway_core.ports.wording import listed, ports_text
from gateway_core.snapshot import Claim, Listener


@dataclass(frozen=True, slots=True)
class Move:
    """Give an instance another base port, and restart it if it runs."""

    instance: str
    base: int
    start: int
    end: int
    sure: bool = True
    """Whether all that may take these ports is known."""


@dataclass(frozen=True, slots=True)
class Repin:
    """Give a pinned port another value, and restart its instance if it runs."""

    instance: str
    setting: str
    port: int
    sure: bool = True
    """Whether all that may take this port is known."""


@dataclass(frozen=True, slots=True)
class Correct:
    """Give a setting that holds no port number a proper one, or drop it."""

    instance: str
    setting: str


@dataclass(frozen=True, slots=True)
class Stop:
    """End a process outside the family."""

    pid: int
    name: str


Step = Move | Repin | Correct | Stop


@dataclass(frozen=True, slots=True)
class Remedy:
    """Steps that solve a conflict when all of them are taken."""

    steps: tuple[Step, ...]

    def __str__(self) -> str:
        if len(self.steps) == 1:
            return _said(self.steps[0])
        moves = [step for step in self.steps if isinstance(step, Move)]
        return "move " + listed(f"{m.instance} to base {m.base} ({_free(m)})" for m in moves)


def _said(step: Step) -> str:
    match step:
        case Move():
            return f"move {step.instance} to base {step.base}: {_free(step)}"
        case Repin():
            others = "nobody else claims" if step.sure else "nobody else claims as far as could be told"
            return f"set {step.setting} of {step.instance} to port {step.port}, which {others}"
        case Correct():
            return f"set {step.setting} of {step.instance} to a port number, or remove it"
        case Stop():
            return f"stop {step.name} (pid {step.pid})"


def _free(move: Move) -> str:
    ports = f"{ports_text(move.start, move.end)} is free"
    return ports if move.sure else f"{ports} as far as could be told"


def applied(remedy: Remedy, ports: HostPorts) -> HostPorts:
    """Return the host as it would be after the remedy."""
    for step in remedy.steps:
        owners = Owners(port_groups(ports.claimants))
        listeners = [listener for listener in ports.listeners if not _closes(step, listener, owners)]
        claimants = [_changed(step, claimant) for claimant in ports.claimants]
        ports = replace(ports, claimants=claimants, listeners=listeners)
    return ports


def _closes(step: Step, listener: Listener, owners: Owners) -> bool:
    if isinstance(step, Stop):
        return listener.pid == step.pid
    owner = owners.owner(listener)
    if isinstance(step, Correct) or owner is None or owner.id != step.instance:
        return False
    return isinstance(step, Move) or any(is_pinned_by(claim, step.setting, listener.port) for claim in owner.claims)


def is_pinned_by(claim: Claim, setting: str, port: int) -> bool:
    return claim.pinned_by == setting and claim.start <= port <= claim.end


def _changed(step: Step, claimant: Claimant) -> Claimant:
    if isinstance(step, Stop) or claimant.id != step.instance:
        return claimant
    match step:
        case Move():
            return relocated(claimant, step.base)
        case Repin():
            return replace(claimant, claims=tuple(_repinned(claim, step) for claim in claimant.claims))
        case Correct():
            broken = tuple(broken for broken in claimant.broken_overrides if broken.setting != step.setting)
            claims = tuple(claim for claim in claimant.claims if claim.pinned_by != step.setting)
            return replace(claimant, broken_overrides=broken, claims=claims)


def _repinned(claim: Claim, step: Repin) -> Claim:
    if claim.pinned_by != step.setting:
        return claim
    return claim.model_copy(update={"start": step.port, "end": step.port})


def after_move(overlap: Overlap, moved: frozenset[str]) -> Overlap | None:
    """The overlap after those instances have moved to blocks that nobody else wants; `None` if it ends."""
    left = [_left_on(want, moved) for want in overlap.wants]
    owner = overlap.holding.owner if overlap.holding is not None else None
    if owner is not None:
        return overlap if owner.id not in moved and left[0] - {owner.id} else None
    if overlap.within is not None:
        return overlap if all(overlap.within in instances for instances in left) else None
    if not all(left) or len(set[str]().union(*left)) < 2:
        return None
    return replace(overlap, absorbed=False) if overlap.instances & moved else overlap


def _left_on(want: Wanted, moved: frozenset[str]) -> set[str]:
    claimants = {claimant.id for claimant in want.claimants}
    return claimants - moved if moves_with_base(want.claim) else claimants


def after_repin(overlap: Overlap, claimant: Claimant, setting: str) -> Overlap | None:
    """The overlap after that setting has got another port, which nobody else wants; `None` if it ends."""
    freed = {claim.start for claim in claimant.claims if claim.pinned_by == setting}
    owner = overlap.holding.owner if overlap.holding is not None else None
    closed = owner is not None and owner.id == claimant.id and overlap.start in freed
    repinned = any(want.claimants == (claimant,) and want.claim.pinned_by == setting for want in overlap.wants)
    return None if closed or repinned else overlap
