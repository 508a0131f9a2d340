"""The text of `ls`: every instance of the host in one table."""

from __future__ import annotations

from collections.abc import Iterable

from claw_tui.cli.tables.sections import fact_lines, problem_lines, section
from claw_tui.cli.tables.table import (
    Heading,
    TableStyle,
    folded,
    paint,
    table,
)
from claw_tui.instances import welcome
from claw_tui.instances.details import sections
from claw_tui.instances.rows import COLUMNS, ordered, rows
from claw_tui.text.cells import Tone
from claw_tui.text.states import state_look
from claw_tui.text.values import clean
from gateway_core.distributions import Distribution
from gateway_core.snapshot import Instance, Snapshot

_CALM = (Tone.GOOD, Tone.MUTED)


def instances_text(snapshot: Snapshot, distributions: Iterable[Distribution], look: TableStyle) -> list[str]:
    """The table, why anything in it needs a person, and what could not be seen."""
    lines = _instance_table(snapshot, look) if snapshot.instances else _welcome(snapshot, distributions, look)
    return [
        *lines,
        *section("Why", _reasons(snapshot, look.indented), look),
        *section("Problems", problem_lines(snapshot.problems, look.indented), look),
    ]


def _instance_table(snapshot: Snapshot, look: TableStyle) -> list[str]:
    headings = [
        Heading(column.title, column.right, column.rank, column.optional or not column.title) for column in COLUMNS
    ]
    found = ordered(rows(snapshot, snapshot.taken_at))
    return table(headings, [[column.cell(row) for column in COLUMNS] for row in found], look)


def _reasons(snapshot: Snapshot, look: TableStyle) -> list[str]:
    told = (
        f"{clean(instance.id)} is {paint(instance.state, tone, look)}: {clean(instance.reason)}"
        for instance in snapshot.instances
        if (tone := state_look(instance.state).tone) not in _CALM
    )
    return [line for text in told for line in folded(text, look)]


def _welcome(snapshot: Snapshot, distributions: Iterable[Distribution], look: TableStyle) -> list[str]:
    return fact_lines(welcome.sections(distributions, snapshot.support_dirs, "claw-tui demo"), look)


def instance_text(snapshot: Snapshot, instance: Instance, look: TableStyle) -> list[str]:
    """What is known of the instance: its state, conflicts, signals, ports, config and paths."""
    return [
        *fact_lines(sections(snapshot, instance, snapshot.taken_at), look),
        *section("Problems", problem_lines(snapshot.problems, look.indented), look),
    ]
