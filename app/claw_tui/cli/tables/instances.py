"""The text of `ls` and `show`: every instance of the host in one table, or all of one of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from claw_tui.cli.tables.layout import Column, TableStyle, fact_lines, folded, paint, problem_lines, section, table
from claw_tui.instances import welcome
from claw_tui.instances.columns import COLUMNS
from claw_tui.instances.rows import InstanceRow, rows_of
from claw_tui.instances.view import TableView
from claw_tui.instances.welcome import WaysToBegin
from claw_tui.text.cells import Tone
from claw_tui.text.states import STATE_STYLES
from claw_tui.text.unlisted import elsewhere_lines, left_out_lines
from claw_tui.text.values import clean, count
from gateway_core.distributions.model import Distribution
from gateway_core.snapshot import Instance, Snapshot

WAYS_TO_BEGIN = WaysToBegin("claw-tui demo", "claw-tui new")
_CALM = (Tone.GOOD, Tone.MUTED)


def instances_text(
    snapshot: Snapshot,
    distributions: Iterable[Distribution],
    style: TableStyle,
    view: TableView | None = None,
    ways: WaysToBegin = WAYS_TO_BEGIN,
) -> list[str]:
    """Return the table and what belongs to it, or how to begin where there is nothing to list.

    `view` says which instances are wanted and in which order.
    """
    wanted = view or TableView()
    rows = wanted.pick(rows_of(snapshot, snapshot.taken_at))
    listed = [row.instance for row in rows]
    return [
        *(_listing(snapshot, rows, style) or _instead_of_table(snapshot, distributions, style, wanted, ways)),
        *(section("Why", _reasons(listed, style.indented), style) if not style.plain else ()),
        *section("Elsewhere", folded(elsewhere_lines(snapshot), style.indented), style),
        *section("Left out", left_out_lines(snapshot), style),
        *section("Problems", problem_lines(snapshot.problems, style.indented), style),
    ]


def _listing(snapshot: Snapshot, rows: Sequence[InstanceRow], style: TableStyle) -> list[str]:
    if not style.plain:
        return _instance_table(rows, style)
    from claw_tui.cli.tables.plain_instances import list_in_words

    return list_in_words(snapshot, [row.instance for row in rows], steady=style.steady)


def _instance_table(rows: Sequence[InstanceRow], style: TableStyle) -> list[str]:
    columns = [Column(one.title, one.cell, one.right, one.rank, one.optional or not one.title) for one in COLUMNS]
    return table(columns, rows, style)


def _reasons(instances: Iterable[Instance], style: TableStyle) -> list[str]:
    told = (
        f"{clean(instance.id)} ({paint(look.word, look.tone, style)}): {clean(instance.reason)}"
        for instance in instances
        if (look := STATE_STYLES[instance.state]).tone not in _CALM
    )
    return folded(told, style)


def _instead_of_table(
    snapshot: Snapshot, distributions: Iterable[Distribution], style: TableStyle, view: TableView, ways: WaysToBegin
) -> list[str]:
    if snapshot.instances:
        total = count(len(snapshot.instances), "instance")
        return folded([f"None of {total} is listed: only {view.facets.title} was asked for."], style)
    return fact_lines(welcome.sections(distributions, snapshot, ways), style)


def instance_text(snapshot: Snapshot, instance: Instance, style: TableStyle) -> list[str]:
    from claw_tui.cli.tables.plain_instances import in_words
    from claw_tui.instances.details import sections  # `ls` need not wait for it

    told = sections(snapshot, instance, snapshot.taken_at)
    return [
        *(in_words(instance, told) if style.plain else fact_lines(told, style)),
        *section("Problems", problem_lines(snapshot.problems, style.indented), style),
    ]
