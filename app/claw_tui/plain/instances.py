"""The text of `ls`: every instance of the host in one table."""

from __future__ import annotations

from collections.abc import Iterable

from claw_tui.plain.sections import fact_lines, problem_lines, section
from claw_tui.plain.table import Heading, Look, folded, paint, table
from claw_tui.presentation import welcome
from claw_tui.presentation.cells import Tone
from claw_tui.presentation.instances import COLUMNS, ordered, rows
from claw_tui.presentation.states import state_look
from claw_tui.presentation.values import clean
from gateway_core.distributions import Distribution
from gateway_core.snapshot import Snapshot

_CALM = (Tone.GOOD, Tone.MUTED)


def instances_text(snapshot: Snapshot, distributions: Iterable[Distribution], look: Look) -> list[str]:
    """The table, why anything in it needs a person, and what could not be seen."""
    lines = _instance_table(snapshot, look) if snapshot.instances else _welcome(snapshot, distributions, look)
    return [
        *lines,
        *section("Why", _reasons(snapshot, look.indented), look),
        *section("Problems", problem_lines(snapshot.problems, look.indented), look),
    ]


def _instance_table(snapshot: Snapshot, look: Look) -> list[str]:
    headings = [
        Heading(column.title, column.right, column.rank, column.optional or not column.title) for column in COLUMNS
    ]
    found = ordered(rows(snapshot, snapshot.taken_at))
    return table(headings, [[column.cell(row) for column in COLUMNS] for row in found], look)


def _reasons(snapshot: Snapshot, look: Look) -> list[str]:
    told = (
        f"{clean(instance.id)} is {paint(instance.state, tone, look)}: {clean(instance.reason)}"
        for instance in snapshot.instances
        if (tone := state_look(instance.state).tone) not in _CALM
    )
    return [line for text in told for line in folded(text, look)]


def _welcome(snapshot: Snapshot, distributions: Iterable[Distribution], look: Look) -> list[str]:
    return fact_lines(welcome.sections(distributions, snapshot.support_dirs, "claw-tui demo"), look)
