"""`claw-tui ports`: claims, listeners and conflicts of the host."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from claw_tui.cli import options, output
from claw_tui.cli.source import SnapshotSource

if TYPE_CHECKING:
    from gateway_core.snapshot import Snapshot

EXAMPLES = options.examples(
    "claw-tui ports",
    "claw-tui ports | grep 18792",
    "claw-tui ports --json | jq '.listeners[] | select(.port == 18789)'",
)


@click.command("ports", epilog=EXAMPLES)
@options.as_json
@options.watch
@click.pass_obj
def command(source: SnapshotSource, as_json: bool, watch: bool) -> None:
    """Show listeners, claims and conflicts."""
    from claw_tui.cli.documents import ports_document

    output.show(source, ports_document, _text, as_json=as_json, watch=watch)


def _text(snapshot: Snapshot) -> list[str]:
    from claw_tui.cli.tables.ports import ports_text

    return ports_text(snapshot, output.appearance())
