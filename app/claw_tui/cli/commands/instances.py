"""`claw-tui ls` and `claw-tui show`: all instances, or one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from claw_tui.cli import instance_ids, options, output
from claw_tui.cli.source import SnapshotSource
from gateway_core.dirs import journals_dir

if TYPE_CHECKING:
    from collections.abc import Collection

    from claw_tui.cli.tables.layout import TableStyle
    from gateway_core.host import Host
    from gateway_core.snapshot import Snapshot

_LS_EXAMPLES = options.examples(
    "claw-tui ls", "claw-tui ls --watch", "claw-tui ls --json | jq '.instances[] | {id, state, live_port}'"
)
_SHOW_EXAMPLES = options.examples(
    "claw-tui show openclaw:rescue",
    "claw-tui show rescue               the profile is enough where it is unambiguous",
    "claw-tui show rescue --json | jq .instance.signals",
)


@click.command("ls", epilog=_LS_EXAMPLES)
@options.as_json
@options.watch
@click.pass_obj
def ls(source: SnapshotSource, as_json: bool, watch: bool) -> None:
    """List all gateways of this host and how they are."""
    list_instances(source, as_json=as_json, watch=watch)


def list_instances(source: SnapshotSource, *, as_json: bool = False, watch: bool = False) -> None:
    from claw_tui.cli.documents import instances_document

    output.show(source, instances_document, lambda snapshot: _text(source, snapshot), as_json=as_json, watch=watch)


def _text(source: SnapshotSource, snapshot: Snapshot) -> list[str]:
    from claw_tui.cli.tables.instances import instances_text
    from gateway_core.distributions import load_distributions

    style = output.appearance()
    return [
        *instances_text(snapshot, load_distributions(source.host.config_dir), style),
        *_unfinished_lines(source.host, [instance.id for instance in snapshot.instances], style),
    ]


@click.command("show", epilog=_SHOW_EXAMPLES)
@click.argument("instance_id", metavar="ID", shell_complete=instance_ids.complete)
@options.as_json
@click.pass_obj
def show(source: SnapshotSource, instance_id: str, as_json: bool) -> None:
    """Show one gateway, every value with its source."""
    from claw_tui.cli.documents import instance_document
    from claw_tui.cli.tables.instances import instance_text

    snapshot = output.take_snapshot(source)
    instance = instance_ids.resolve(snapshot, instance_id)

    def text() -> list[str]:
        style = output.appearance()
        return [*instance_text(snapshot, instance, style), *_unfinished_lines(source.host, [instance.id], style)]

    output.emit_result(lambda: instance_document(snapshot, instance), text, as_json=as_json)


def _unfinished_lines(host: Host, instance_ids: Collection[str], style: TableStyle) -> list[str]:
    """Return a line for each of these instances that an onboarding left unfinished. Cheap where there never was any."""
    if not any(journals_dir(host).glob("*.json")):
        return []
    from claw_tui.cli.tables.layout import folded, section
    from claw_tui.text.values import clean
    from gateway_core.onboarding.journal import UnfinishedRuns

    names = [clean(run.instance) for run in UnfinishedRuns(host).look() if run.instance in instance_ids]
    texts = (
        f"{name}: `claw-tui new --resume {name}` goes on with it, `--undo {name}` takes it back." for name in names
    )
    return section("Unfinished onboarding", folded(texts, style.indented), style)
