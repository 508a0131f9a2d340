"""The claims of an instance, and who holds their ports at this moment."""

from collections.abc import Iterable

from claw_tui.text.cells import Tone
from claw_tui.text.sections import UNKNOWN, Fact, Piece
from claw_tui.text.sources import claim_source
from claw_tui.text.values import clean, count, port_range
from gateway_core.ports.addresses import claimed_places, collide
from gateway_core.ports.claimants import known_claims
from gateway_core.ports.listeners import places_of
from gateway_core.snapshot import Binding, Claim, Instance, Listener, Role, Snapshot

_RANGE_WIDTH = len("18800–18899")
_NOW_WIDTH = len("○ not bound")
_SHOWN_HOLDERS = 3


def claim_facts(snapshot: Snapshot, instance: Instance) -> tuple[Fact, ...]:
    return tuple(_claim_fact(snapshot, instance, claim) for claim in known_claims(instance))


def _claim_fact(snapshot: Snapshot, instance: Instance, claim: Claim) -> Fact:
    ports = Piece(port_range(claim.start, claim.end).ljust(_RANGE_WIDTH))
    now = bound_now(snapshot, instance, claim)
    return Fact(claim.role.value, (ports, Piece(now.text.ljust(_NOW_WIDTH), now.tone), *claim_terms(claim)))


def claim_terms(claim: Claim) -> tuple[Piece, Piece]:
    """Tell on which address, and when it is bound, and where the claim comes from."""
    return Piece(clean(claim.address), Tone.MUTED), Piece(f"{when_bound(claim)}, {claim_source(claim)}", Tone.MUTED)


def when_bound(claim: Claim) -> str:
    if claim.attached:
        return "attached"
    return "next start" if claim.at_next_start else claim.binding.value


def bound_now(snapshot: Snapshot, instance: Instance, claim: Claim) -> Piece:
    """Tell whether a claimed port is bound at this moment, and by whom, as far as that is known."""
    listeners = holders(claim, snapshot.listeners)
    strangers = [listener for listener in listeners if listener.held_for != instance.id]
    if strangers and (claim.attached or claim.role is Role.TAILNET_ROUTE or claim.binding is Binding.POSSIBLE):
        return Piece(f"● {_some(owner(listener) for listener in strangers)}", Tone.MUTED)
    if strangers:
        return _held_by_others(strangers, Tone.BAD if claim.start == claim.end else Tone.WARNING)
    if not listeners and snapshot.listeners_unseen is not None:
        return UNKNOWN
    if not listeners:
        return Piece("○ not bound", Tone.MUTED)
    if claim.start == claim.end:
        return Piece("● bound", Tone.GOOD)
    return Piece(f"● bound: {_some(str(listener.port) for listener in listeners)}", Tone.GOOD)


def holders(claim: Claim, listeners: Iterable[Listener]) -> list[Listener]:
    """Return the listeners that keep the claim, or a part of it, from being bound once more."""
    wanted = claimed_places(claim.address)
    there = (listener for listener in listeners if claim.start <= listener.port <= claim.end)
    return [found for found in there if collide(wanted, places_of(found))]


def owner(listener: Listener) -> str:
    """Name the owner of a listener, as far as this user may see."""
    if listener.pid is None:
        return "a process that you may not see"
    who = clean(listener.held_for or listener.process or "a process")
    return f"{who} (pid {listener.pid})"


def _held_by_others(strangers: list[Listener], tone: Tone) -> Piece:
    if all(listener.pid is None for listener in strangers):
        return Piece(f"? {_some(str(listener.port) for listener in strangers)}: owner not visible", Tone.WARNING)
    ports: dict[str, list[str]] = {}
    for listener in strangers:
        ports.setdefault(owner(listener), []).append(str(listener.port))
    return Piece(f"▲ {_some(f'{_some(held)} held by {who}' for who, held in ports.items())}", tone)


def _some(texts: Iterable[str]) -> str:
    every = list(texts)
    shown = ", ".join(every[:_SHOWN_HOLDERS])
    return shown if len(every) <= _SHOWN_HOLDERS else f"{shown} and {count(len(every) - _SHOWN_HOLDERS, 'other')}"
