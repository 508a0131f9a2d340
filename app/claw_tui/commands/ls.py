"""`claw-tui ls`: all instances."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from claw_tui.commands import options, output
from claw_tui.commands.source import SnapshotSource

if TYPE_CHECKING:
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
    from claw_tui.documents import instances_document

    output.show(source, instances_document, lambda snapshot: _text(source, snapshot), as_json=as_json, watch=watch)


def _text(source: SnapshotSource, snapshot: Snapshot) -> list[str]:
    from claw_tui.commands.unfinished import unfinished_lines
    from claw_tui.plain.instances import instances_text
    from gateway_core.distributions import load_distributions

    look = output.appearance()
    return [
        *instances_text(snapshot, load_distributions(source.host.config_dir), look),
        *unfinished_lines(source.host, [instance.id for instance in snapshot.instances], look),
    ]
