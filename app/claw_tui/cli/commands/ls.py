"""`claw-tui ls`: all instances."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from claw_tui.cli import options, output
from claw_tui.cli.source import SnapshotSource
from gateway_core.dirs import journals_dir

if TYPE_CHECKING:
    from collections.abc import Collection

    from claw_tui.cli.tables.table import TableStyle
    from gateway_core.host import Host
    from gateway_core.snapshot import Snapshot


EXAMPLES = options.examples(
    "claw-tui ls",
    "claw-tui ls --watch",
    "claw-tui ls --json | jq '.instances[] | {id, state, live_port}'",
)


@click.command("ls", epilog=EXAMPLES)
@options.as_json
@options.watch
@click.pass_obj
def command(source: SnapshotSource, as_json: bool, watch: bool) -> None:
    """List all gateways of this host and how they are."""
    list_instances(source, as_json=as_json, watch=watch)


def list_instances(source: SnapshotSource, *, as_json: bool = False, watch: bool = False) -> None:
    """Print all instances, once or on every change."""
    from claw_tui.cli.documents import instances_document

    output.show(source, instances_document, lambda snapshot: _text(source, snapshot), as_json=as_json, watch=watch)


def _text(source: SnapshotSource, snapshot: Snapshot) -> list[str]:
    from claw_tui.cli.commands.ls import unfinished_lines
    from claw_tui.cli.tables.instances import instances_text
    from gateway_core.distributions import load_distributions

    look = output.appearance()
    return [
        *instances_text(snapshot, load_distributions(source.host.config_dir), look),
        *unfinished_lines(source.host, [instance.id for instance in snapshot.instances], look),
    ]


def unfinished_lines(host: Host, instance_ids: Collection[str], look: TableStyle) -> list[str]:
    """For those of these instances that an onboarding left unfinished. Costs nothing where there never was any."""
    if not any(journals_dir(host).glob("*.json")):
        return []
    from claw_tui.cli.tables.sections import section
    from claw_tui.cli.tables.table import folded
    from claw_tui.text.values import clean
    from gateway_core.onboarding.unfinished import UnfinishedRuns

    names = [clean(run.instance) for run in UnfinishedRuns(host).look() if run.instance in instance_ids]
    texts = (
        f"{name}: `claw-tui new --resume {name}` goes on with it, `--undo {name}` takes it back." for name in names
    )
    return section("Unfinished onboarding", [line for text in texts for line in folded(text, look.indented)], look)
