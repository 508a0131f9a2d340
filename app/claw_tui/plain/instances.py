"""The text of `ls`: every instance of the host in one table."""

from __future__ import annotations

from collections.abc import Iterable

from claw_tui.plain.sections import problem_lines, section
from claw_tui.plain.table import Heading, Look, paint, table
from claw_tui.presentation.cells import Tone
from claw_tui.presentation.instances import COLUMNS, ordered, rows
from claw_tui.presentation.states import state_look
from claw_tui.presentation.values import clean
from gateway_core.distributions import Distribution
from gateway_core.snapshot import Snapshot

_CALM = (Tone.GOOD, Tone.MUTED)


def instances_text(snapshot: Snapshot, distributions: Iterable[Distribution], look: Look) -> list[str]:
    """The table, why anything in it needs a person, and what could not be seen."""
    lines = _instance_table(snapshot, look) if snapshot.instances else _empty_host(snapshot, distributions)
    return [
        *lines,
        *section("Why", _reasons(snapshot, look), look),
        *section("Problems", problem_lines(snapshot.problems), look),
    ]


def _instance_table(snapshot: Snapshot, look: Look) -> list[str]:
    headings = [
        Heading(column.title, column.right, column.rank, column.optional or not column.title) for column in COLUMNS
    ]
    found = ordered(rows(snapshot, snapshot.taken_at))
    return table(headings, [[column.cell(row) for column in COLUMNS] for row in found], look)


def _reasons(snapshot: Snapshot, look: Look) -> list[str]:
    return [
        f"{clean(instance.id)} is {paint(instance.state, tone, look)}: {clean(instance.reason)}"
        for instance in snapshot.instances
        if (tone := state_look(instance.state).tone) not in _CALM
    ]


def _empty_host(snapshot: Snapshot, distributions: Iterable[Distribution]) -> list[str]:
    known = tuple(distributions)
    shared = [f"{clean(support.path)} only holds what profiles share." for support in snapshot.support_dirs]
    return [
        "No gateway was found on this host.",
        "",
        "Looked for",
        f"  state dirs    {', '.join(f'~/{distribution.state_dir_stem}[-profile]' for distribution in known)}",
        f"  services      systemd units and launchd plists of {', '.join(item.title for item in known)}",
        "  traces        lock files, running gateways, registrations, the calling environment",
        *(f"  found         {line}" for line in shared),
        "",
        "To begin",
        "  claw-tui add --config PATH    register a gateway that lies elsewhere",
    ]
