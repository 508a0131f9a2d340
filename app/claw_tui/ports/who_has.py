"""The answer to who has a port: its claims and their holders, listeners, conflicts, and limits of the kernel."""

from collections.abc import Iterable, Iterator

from claw_tui.ports.map_axis import LAST_PORT
from claw_tui.ports.map_lanes import process_key
from claw_tui.text.cells import Tone
from claw_tui.text.sections import UNKNOWN, Fact, Piece, Section
from claw_tui.text.states import GRADE_STYLES, grade_rank
from claw_tui.text.values import clean, count, cut, port_range
from gateway_core.ports.addresses import canonical, collide
from gateway_core.ports.claimants import unknown_ports
from gateway_core.ports.wording import unknown_ports_text
from gateway_core.snapshot import Claim, Conflict, Instance, Listener, Snapshot

LONGEST_COMMAND = 160  # columns of a command line that are worth showing
_NOBODY = Piece("○ nobody", Tone.MUTED)
_RANGE_WIDTH = len("18800–18899")
_NOW_WIDTH = len("○ not bound")
_SHOWN_HOLDERS = 3


def claim_facts(snapshot: Snapshot, instance: Instance) -> tuple[Fact, ...]:
    return tuple(_claim_fact(snapshot, instance, claim) for claim in instance.claims)


def _claim_fact(snapshot: Snapshot, instance: Instance, claim: Claim) -> Fact:
    ports = Piece(port_range(claim.start, claim.end).ljust(_RANGE_WIDTH))
    now = bound_now(snapshot, instance, claim)
    return Fact(claim.role.value, (ports, Piece(now.text.ljust(_NOW_WIDTH), now.tone), claim_terms(claim)))


def claim_terms(claim: Claim) -> Piece:
    origin = clean(claim.pinned_by) if claim.pinned_by else claim.source.value
    return Piece(f"{when_bound(claim)}, {origin}, {clean(claim.address)}", Tone.MUTED)


def when_bound(claim: Claim) -> str:
    return "next start" if claim.at_next_start else claim.binding.value


def bound_now(snapshot: Snapshot, instance: Instance, claim: Claim) -> Piece:
    """Tell whether a claimed port is bound at this moment, and by whom, as far as that is known."""
    listeners = holders(claim, snapshot.listeners)
    strangers = [listener for listener in listeners if listener.instance != instance.id]
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
    wanted = canonical(claim.address)
    there = (listener for listener in listeners if claim.start <= listener.port <= claim.end)
    return [found for found in there if any(collide(wanted, canonical(address)) for address in found.addresses)]


def owner(listener: Listener) -> str:
    """Name the owner of a listener, as far as this user may see."""
    if listener.pid is None:
        return "a process that you may not see"
    who = clean(listener.instance or listener.process or "a process")
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


def asked_port(text: str) -> int | None:
    """Return the port that a typed text asks about, if it is nothing but a port number."""
    digits = text.strip()
    port = int(digits) if digits.isdecimal() and len(digits) <= len(str(LAST_PORT)) else 0
    return port if 0 < port <= LAST_PORT else None


def who_has(snapshot: Snapshot, port: int) -> Section:
    about = [conflict for conflict in snapshot.conflicts if conflict.ports.start <= port <= conflict.ports.end]
    claims = ((Piece(claim.label, claim.label_tone), *claim.pieces) for claim in claims_at(snapshot, port, port))
    facts = (
        *_under("listening", (listener.pieces for listener in listeners_at(snapshot, port, port))),
        *_under("claimed by", claims),
        *_under("conflict", map(_conflict, sorted(about, key=lambda conflict: grade_rank(conflict.grade)))),
        *_under("kernel", _kernel(snapshot, port)),
    )
    return Section(f"Who has {port}?", facts)


def involved(snapshot: Snapshot, port: int) -> frozenset[str]:
    """Return the owners whose lanes of the port map the answer is about."""
    listening = {process_key(seen) for seen in snapshot.listeners if seen.port == port}
    claiming = {
        instance.id
        for instance in snapshot.instances
        if any(claim.start <= port <= claim.end for claim in instance.claims)
    }
    return frozenset(listening | claiming)


def listeners_at(snapshot: Snapshot, start: int, end: int) -> tuple[Fact, ...]:
    """Tell who listens on any of these ports: owner, addresses and command, by port; or that nobody does."""
    found = sorted((seen for seen in snapshot.listeners if start <= seen.port <= end), key=lambda seen: seen.port)
    if snapshot.listeners_unseen is not None:
        return (Fact("?", (UNKNOWN, Piece(clean(snapshot.listeners_unseen)))),)
    return tuple(Fact(str(seen.port), _listener(seen)) for seen in found) or (Fact("", (_NOBODY,)),)


def claims_at(snapshot: Snapshot, start: int, end: int) -> tuple[Fact, ...]:
    """Whose claims lie on any of these ports: role and ports, and when and why they are taken, by instance.

    Below them those of which it could not be told: they are not nobody.
    """
    found = tuple(
        Fact(clean(instance.id), _claim(claim), Tone.STRONG)
        for instance in snapshot.instances
        for claim in instance.claims
        if claim.start <= end and start <= claim.end
    )
    unknown = unknown_ports(snapshot)
    if unknown:
        found = (*found, Fact("?", (UNKNOWN, Piece(clean(unknown_ports_text(unknown))))))
    return found or (Fact(_NOBODY.text, (), _NOBODY.tone),)


def _under(label: str, rows: Iterable[tuple[Piece, ...]]) -> Iterator[Fact]:
    for number, pieces in enumerate(rows):
        yield Fact("" if number else label, pieces)


def _listener(listener: Listener) -> tuple[Piece, ...]:
    where = Piece(f"on {clean(', '.join(listener.addresses))}", Tone.MUTED)
    if listener.pid is None:
        return Piece("? a process that you may not see", Tone.WARNING), where
    process = f"{clean(listener.process or 'a process')} (pid {listener.pid})"
    command = Piece(cut(clean(listener.command or ""), LONGEST_COMMAND), Tone.MUTED)
    if listener.instance is None:
        return Piece(f"◆ {process}", Tone.WARNING), where, command
    return Piece(f"● {clean(listener.instance)}", Tone.GOOD), Piece(process), where, command


def _claim(claim: Claim) -> tuple[Piece, ...]:
    return Piece(f"{claim.role.value} {port_range(claim.start, claim.end)}"), claim_terms(claim)


def _conflict(conflict: Conflict) -> tuple[Piece, ...]:
    style = GRADE_STYLES[conflict.grade]
    return Piece(style.text, style.tone), Piece(clean(conflict.why), Tone.MUTED)


def _kernel(snapshot: Snapshot, port: int) -> Iterator[tuple[Piece, ...]]:
    limits = snapshot.port_limits
    if limits.ephemeral_start <= port <= limits.ephemeral_end:
        own = f"ephemeral ports {port_range(limits.ephemeral_start, limits.ephemeral_end)}"
        yield Piece(f"△ one of the {own}", Tone.NOTICE), Piece("any outgoing connection may hold it", Tone.MUTED)
    elif port < limits.first_unprivileged:
        yield (Piece(f"△ below {limits.first_unprivileged}", Tone.NOTICE), Piece("needs privileges", Tone.MUTED))
