"""The text of `ports`: the port map, who is in whose way, who listens, and who claims what."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from claw_tui.cli.tables.layout import Column, TableStyle, folded, paint, painted_lines, problem_lines, section, table
from claw_tui.ports.claim_text import holders, owner, when_bound
from claw_tui.ports.conflicts import Party, sides
from claw_tui.ports.map_text import draw, draw_uncut
from claw_tui.text.cells import Cell, Tone
from claw_tui.text.sections import UNKNOWN
from claw_tui.text.sources import claim_source
from claw_tui.text.states import GRADE_STYLES
from claw_tui.text.values import ABSENT, clean, port_range
from gateway_core.natural_order import natural_key
from gateway_core.ports.claimants import known_claims
from gateway_core.snapshot import Binding, Claim, Conflict, InstanceParty, KernelParty, Listener, Snapshot

_AXIS_COLUMNS = 76  # where there is no terminal to fit into: some 100 columns with the usual names


def _optional(text: str | None, tone: Tone = Tone.NORMAL) -> Cell:
    return Cell(ABSENT, Tone.MUTED) if text is None else Cell(clean(text), tone)


def _of_claim(text: Callable[[Claim], str]) -> Callable[[tuple[str, Claim]], Cell]:
    """Show that text of the claim of an instance, muted where the claim only reserves."""

    def cell(row: tuple[str, Claim]) -> Cell:
        _, claim = row
        return Cell(text(claim), Tone.MUTED if claim.binding in (Binding.RESERVED, Binding.POSSIBLE) else Tone.NORMAL)

    return cell


_LISTENERS: tuple[Column[Listener], ...] = (
    Column("Port", lambda listener: Cell(str(listener.port)), right=True),
    Column("Instance", lambda listener: _optional(listener.instance, Tone.STRONG)),
    Column("Pid", lambda listener: _optional(None if listener.pid is None else str(listener.pid)), right=True),
    Column("Process", lambda listener: _optional(listener.process)),
    Column("Addresses", lambda listener: Cell(", ".join(map(clean, listener.addresses)))),
    Column("Command", lambda listener: _optional(listener.command, Tone.MUTED), rank=1),
)
_CLAIMS: tuple[Column[tuple[str, Claim]], ...] = (
    Column("Port", _of_claim(lambda claim: port_range(claim.start, claim.end)), right=True),
    Column("Instance", lambda row: Cell(clean(row[0]), Tone.STRONG)),
    Column("Role", _of_claim(lambda claim: claim.role.value)),
    Column("Binding", _of_claim(when_bound)),
    Column("Source", _of_claim(claim_source), rank=2),
    Column("Address", _of_claim(lambda claim: clean(claim.address)), rank=1),
)


def ports_text(snapshot: Snapshot, style: TableStyle) -> list[str]:
    listeners = sorted(snapshot.listeners, key=lambda listener: listener.port)
    parts = [
        *section("Map", _map(snapshot, style.indented), style),
        *section("Conflicts", conflict_lines(snapshot.conflicts, style.indented), style),
        *section("Listeners", table(_LISTENERS, listeners, style.indented), style),
        *section("Claims", _claim_table(snapshot, listeners, style.indented), style),
        *section("Problems", problem_lines(snapshot.problems, style.indented), style),
    ]
    return parts[1:] or ["Nothing listens on this host, and no gateway claims a port."]


def _map(snapshot: Snapshot, style: TableStyle) -> list[str]:
    drawing = draw(snapshot, style.width) if style.width else draw_uncut(snapshot, _AXIS_COLUMNS)
    return painted_lines((*drawing.head, *drawing.lanes, drawing.legend), style) if drawing.lanes else []


def _claim_table(snapshot: Snapshot, listeners: Sequence[Listener], style: TableStyle) -> list[str]:
    claims = sorted(
        ((instance.id, claim) for instance in snapshot.instances for claim in known_claims(instance)),
        key=lambda pair: (pair[1].start, pair[1].end, natural_key(pair[0])),
    )
    unseen = snapshot.listeners_unseen is not None
    held_by: Column[tuple[str, Claim]] = Column("Held by", lambda pair: _held_by(pair[1], listeners, unseen=unseen))
    return table((*_CLAIMS, held_by), claims, style)


def _held_by(claim: Claim, listeners: Iterable[Listener], *, unseen: bool) -> Cell:
    held = holders(claim, listeners)
    if not held and unseen:
        return Cell(UNKNOWN.text, UNKNOWN.tone)
    if not held:
        return Cell(ABSENT, Tone.MUTED)
    if claim.start == claim.end:
        return Cell(", ".join(owner(listener) for listener in held))
    return Cell(", ".join(f"{listener.port} {owner(listener)}" for listener in held))


def conflict_lines(conflicts: Iterable[Conflict], style: TableStyle) -> list[str]:
    """Return a line per conflict where it has that much space: grade, ports, both sides, why, and the remedy."""
    return folded((_conflict_line(conflict, style) for conflict in conflicts), style)


def _conflict_line(conflict: Conflict, style: TableStyle) -> str:
    grade = GRADE_STYLES[conflict.grade]
    parties = " × ".join(dict.fromkeys(map(_party, sides(conflict))))
    ports = port_range(conflict.ports.start, conflict.ports.end)
    remedy = f" → {clean(conflict.remedy)}" if conflict.remedy else ""
    return f"{paint(grade.text, grade.tone, style)}  {ports}  {parties}: {clean(conflict.why)}{remedy}"


def _party(party: Party) -> str:
    if isinstance(party, InstanceParty):
        return f"{clean(party.instance)} ({party.role})"
    if isinstance(party, KernelParty):
        return clean(party.kernel)
    owner = party.process
    if owner.pid is None:
        return "a process that you may not see"
    belongs = f" of {clean(owner.instance)}" if owner.instance else ""
    return f"{clean(owner.name or 'a process')} (pid {owner.pid}){belongs}"
