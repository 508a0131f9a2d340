"""The caption above the list of conflicts, and the section that stands in its place where there is none to list."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from claw_tui.ports.claim_text import bound_now
from claw_tui.ports.conflicts import ConflictView
from claw_tui.text.cells import Tone
from claw_tui.text.sections import Fact, Line, Piece, Section, fact, sections_of
from claw_tui.text.states import GRADE_STYLES, most_urgent
from claw_tui.text.values import clean, count, port_range
from gateway_core.ports.claimants import HiddenPorts, known_claims, unknown_ports
from gateway_core.ports.free_blocks import NoFreeBlock, next_free_block
from gateway_core.ports.wording import hidden_ports_text, listed, unknown_ports_text, untold_text
from gateway_core.snapshot import Claim, Conflict, Instance, Snapshot


def caption(snapshot: Snapshot, view: ConflictView, shown: Sequence[Conflict]) -> Line:
    total = count(len(snapshot.conflicts), "conflict")
    grade = most_urgent(snapshot.conflicts)
    if grade is None:
        return _verdict(snapshot)
    style = GRADE_STYLES[grade]
    if not view.narrowed:
        return Piece(f"{style.symbol} {total}", style.tone), Piece(", worst first", Tone.MUTED)
    terms = filter(None, (view.grade and f"only {view.grade.value}", clean(view.filter.text)))
    return Piece(f"{style.symbol} {len(shown)} of {total}", style.tone), Piece(f": {', '.join(terms)}", Tone.MUTED)


def instead_of_list(snapshot: Snapshot) -> Section:
    if snapshot.conflicts:
        return Section("No conflict matches", (fact("esc", f"shows all {len(snapshot.conflicts)} again"),))
    return Section("Ports", tuple(_calm(snapshot)))


def everybody(snapshot: Snapshot) -> tuple[Section, ...]:
    """Tell of each gateway which ports it claims and which of them are bound; with conflicts, also what is free."""
    claiming = [(known_claims(one), one) for one in snapshot.instances if known_claims(one)]
    claiming.sort(key=lambda pair: pair[0][0].start)
    room = (fact("next free block", free_block_text(snapshot), tone=Tone.STRONG),) if snapshot.conflicts else ()
    return sections_of(
        ("The ports of each gateway", (_claims(snapshot, one, claims) for claims, one in claiming)),
        ("Room for another one", room),
    )


def _claims(snapshot: Snapshot, instance: Instance, claims: Iterable[Claim]) -> Fact:
    now = [(claim, bound_now(snapshot, instance, claim)) for claim in claims]
    signs = (
        Piece(f"{held.text[:1]} {one.role.value} {port_range(one.start, one.end)}", held.tone) for one, held in now
    )
    return Fact(clean(instance.id), tuple(signs), Tone.STRONG)


def _verdict(snapshot: Snapshot) -> Line:
    if snapshot.listeners_unseen is not None:
        return (Piece("? No conflict among the ports that gateways want; who listens could not be told", Tone.WARNING),)
    if snapshot.unseen:
        return (Piece("? No conflict was found, but not everything could be seen", Tone.WARNING),)
    unknown = unknown_ports(snapshot)
    if unknown:
        some = clean(listed(unknown))
        told = f"? No conflict among the ports that gateways want; which ports {some} would take could not be told"
        return (Piece(told, Tone.WARNING),)
    return (Piece("● No conflicts", Tone.GOOD),)


def _calm(snapshot: Snapshot) -> Iterator[Fact]:
    claiming = sum(bool(instance.claims) for instance in snapshot.instances)
    if not snapshot.instances:
        yield fact("gateways", "none on this machine yet; 1 leads to how to begin")
    elif not claiming:
        yield fact("gateways", "none of this host wants a port")
    elif untold_text(snapshot) is None:
        yield fact("gateways", f"{count(claiming, 'instance')}, none in the way of another")
    yield fact("next free block", free_block_text(snapshot), tone=Tone.STRONG)


def free_block_text(snapshot: Snapshot) -> str:
    """`19789–19899`, or why there is none, or that it cannot be told."""
    match next_free_block(snapshot):
        case HiddenPorts() as hidden:
            return f"could not be told: {clean(hidden_ports_text(hidden))}"
        case NoFreeBlock(reason):
            return reason
        case block:
            doubt = f", as far as could be told: {clean(unknown_ports_text(block.unknown))}" if block.unknown else ""
            return f"{port_range(block.base, block.end)}{doubt}"
