"""The text of `ports`: the port map, who is in whose way, who listens, and who claims what."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from claw_tui.cli.tables.layout import Heading, TableStyle, folded, paint, painted_lines, problem_lines, section, table
from claw_tui.ports.conflicts import Party, sides
from claw_tui.ports.map_text import draw, draw_uncut
from claw_tui.ports.who_has import holders, owner, when_bound
from claw_tui.text.cells import Cell, Tone
from claw_tui.text.sections import UNTOLD
from claw_tui.text.states import GRADE_STYLES
from claw_tui.text.values import ABSENT, clean, port_range
from gateway_core.snapshot import Binding, Claim, Conflict, InstanceParty, KernelParty, Listener, Snapshot

_AXIS_COLUMNS = 76
"""Where there is no terminal to fit into: some 100 columns with the usual names."""
_LISTENERS = (
    Heading("Port", right=True),
    Heading("Instance"),
    Heading("Pid", right=True),
    Heading("Process"),
    Heading("Addresses"),
    Heading("Command", rank=1),
)
_CLAIMS = (
    Heading("Port", right=True),
    Heading("Instance"),
    Heading("Role"),
    Heading("Binding"),
    Heading("Source", rank=2),
    Heading("Address", rank=1),
    Heading("Held by"),
)


def ports_text(snapshot: Snapshot, style: TableStyle) -> list[str]:
    """The map, conflicts, listeners, claims, and what could not be seen."""
    listeners = sorted(snapshot.listeners, key=lambda listener: listener.port)
    parts = [
        *section("Map", _map(snapshot, style.indented), style),
        *section("Conflicts", conflict_lines(snapshot.conflicts, style.indented), style),
        *section("Listeners", _listener_table(listeners, style.indented), style),
        *section("Claims", _claim_table(snapshot, listeners, style.indented), style),
        *section("Problems", problem_lines(snapshot.problems, style.indented), style),
    ]
    return parts[1:] or ["Nothing listens on this host, and no gateway claims a port."]


def _map(snapshot: Snapshot, style: TableStyle) -> list[str]:
    drawing = draw(snapshot, style.width) if style.width else draw_uncut(snapshot, _AXIS_COLUMNS)
    return painted_lines((*drawing.head, *drawing.lanes, drawing.legend), style) if drawing.lanes else []


def _listener_table(listeners: Sequence[Listener], style: TableStyle) -> list[str]:
    return table(_LISTENERS, [_listener_row(listener) for listener in listeners], style)


def _listener_row(listener: Listener) -> list[Cell]:
    return [
        Cell(str(listener.port)),
        _optional(listener.instance, Tone.STRONG),
        _optional(None if listener.pid is None else str(listener.pid)),
        _optional(listener.process),
        Cell(", ".join(clean(address) for address in listener.addresses)),
        _optional(listener.command, Tone.MUTED),
    ]


def _claim_table(snapshot: Snapshot, listeners: Sequence[Listener], style: TableStyle) -> list[str]:
    claims = sorted(
        ((instance.id, claim) for instance in snapshot.instances for claim in instance.claims),
        key=lambda pair: (pair[1].start, pair[1].end, pair[0]),
    )
    unseen = snapshot.listeners_unseen is not None
    rows = [_claim_row(instance, claim, listeners, unseen=unseen) for instance, claim in claims]
    return table(_CLAIMS, rows, style)


def _claim_row(instance: str, claim: Claim, listeners: Iterable[Listener], *, unseen: bool) -> list[Cell]:
    tone = Tone.MUTED if claim.binding is Binding.RESERVED else Tone.NORMAL
    source = f"{claim.source} {clean(claim.pinned_by)}" if claim.pinned_by else claim.source.value
    return [
        Cell(port_range(claim.start, claim.end), tone),
        Cell(clean(instance), Tone.STRONG),
        Cell(claim.role.value, tone),
        Cell(when_bound(claim), tone),
        Cell(source, tone),
        Cell(clean(claim.address), tone),
        _held_by(claim, listeners, unseen=unseen),
    ]


def _held_by(claim: Claim, listeners: Iterable[Listener], *, unseen: bool) -> Cell:
    held = holders(claim, listeners)
    if not held and unseen:
        return Cell(UNTOLD.text, UNTOLD.tone)
    if not held:
        return Cell(ABSENT, Tone.MUTED)
    if claim.start == claim.end:
        return Cell(", ".join(owner(listener) for listener in held))
    return Cell(", ".join(f"{listener.port} {owner(listener)}" for listener in held))


def _optional(text: str | None, tone: Tone = Tone.NORMAL) -> Cell:
    return Cell(ABSENT, Tone.MUTED) if text is None else Cell(clean(text), tone)


def conflict_lines(conflicts: Iterable[Conflict], style: TableStyle) -> list[str]:
    """One line per conflict where it has that much space: grade, ports, both sides, why, and what to do about it."""
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
