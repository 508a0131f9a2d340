"""The text of `ls` and `show`: every instance of the host in one table, or all of one of them."""

from __future__ import annotations

from collections.abc import Iterable

from claw_tui.cli.tables.layout import Column, TableStyle, fact_lines, folded, paint, problem_lines, section, table
from claw_tui.instances import welcome
from claw_tui.instances.columns import COLUMNS
from claw_tui.instances.rows import rows_of
from claw_tui.instances.view import ordered
from claw_tui.text.cells import Tone
from claw_tui.text.states import STATE_STYLES
from claw_tui.text.unlisted import elsewhere_lines, left_out_lines
from claw_tui.text.values import clean
from gateway_core.distributions.model import Distribution
from gateway_core.snapshot import Instance, Snapshot

_CALM = (Tone.GOOD, Tone.MUTED)


def instances_text(snapshot: Snapshot, distributions: Iterable[Distribution], style: TableStyle) -> list[str]:
    return [
        *(_instance_table(snapshot, style) or _welcome(snapshot, distributions, style)),
        *section("Why", _reasons(snapshot, style.indented), style),
        *section("Elsewhere", folded(elsewhere_lines(snapshot), style.indented), style),
        *section("Left out", left_out_lines(snapshot), style),
        *section("Problems", problem_lines(snapshot.problems, style.indented), style),
    ]


def _instance_table(snapshot: Snapshot, style: TableStyle) -> list[str]:
    columns = [Column(one.title, one.cell, one.right, one.rank, one.optional or not one.title) for one in COLUMNS]
    return table(columns, ordered(rows_of(snapshot, snapshot.taken_at)), style)


def _reasons(snapshot: Snapshot, style: TableStyle) -> list[str]:
    told = (
        f"{clean(instance.id)} is {paint(instance.state, tone, style)}: {clean(instance.reason)}"
        for instance in snapshot.instances
        if (tone := STATE_STYLES[instance.state].tone) not in _CALM
    )
    return folded(told, style)


def _welcome(snapshot: Snapshot, distributions: Iterable[Distribution], style: TableStyle) -> list[str]:
    return fact_lines(welcome.sections(distributions, snapshot, "claw-tui demo"), style)


def instance_text(snapshot: Snapshot, instance: Instance, style: TableStyle) -> list[str]:
    from claw_tui.instances.details import sections  # `ls` need not wait for it

    return [
        *fact_lines(sections(snapshot, instance, snapshot.taken_at), style),
        *section("Problems", problem_lines(snapshot.problems, style.indented), style),
    ]
