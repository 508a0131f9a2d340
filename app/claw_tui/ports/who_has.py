"""The answer to who has a port: listeners, claims, conflicts, and limits of the kernel."""

from collections.abc import Iterable, Iterator

from claw_tui.ports.claim_text import claim_terms
from claw_tui.ports.map_axis import LAST_PORT
from claw_tui.ports.map_lanes import process_key
from claw_tui.text.cells import Tone
from claw_tui.text.sections import UNKNOWN, Fact, Piece, Section
from claw_tui.text.states import GRADE_STYLES, grade_rank
from claw_tui.text.values import clean, cut, port_range
from gateway_core.ports.claimants import known_claims, unknown_ports
from gateway_core.ports.wording import unknown_ports_text, unseen_text
from gateway_core.snapshot import Claim, Conflict, Listener, Snapshot

LONGEST_COMMAND = 160  # columns of a command line that are worth showing
_NOBODY = Piece("○ nobody", Tone.MUTED)


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
        if any(claim.start <= port <= claim.end for claim in known_claims(instance))
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
        for claim in known_claims(instance)
        if claim.start <= end and start <= claim.end
    )
    doubts = (unknown_ports_text(unknown_ports(snapshot)), unseen_text(snapshot.unseen))
    found = (*found, *(Fact("?", (UNKNOWN, Piece(clean(doubt)))) for doubt in doubts if doubt))
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
    if listener.held_for is None:
        return Piece(f"◆ {process}", Tone.WARNING), where, command
    return Piece(f"● {clean(listener.held_for)}", Tone.GOOD), Piece(process), where, command


def _claim(claim: Claim) -> tuple[Piece, ...]:
    return Piece(f"{claim.role.value} {port_range(claim.start, claim.end)}"), *claim_terms(claim)


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
