"""`claw-tui show`: one instance."""

from __future__ import annotations

import click

from claw_tui.cli import instance_ids, options, output
from claw_tui.cli.source import SnapshotSource

EXAMPLES = options.examples(
    "claw-tui show openclaw:rescue",
    "claw-tui show rescue               the profile is enough where it is unambiguous",
    "claw-tui show rescue --json | jq .instance.signals",
)


@click.command("show", epilog=EXAMPLES)
@click.argument("instance_id", metavar="ID", shell_complete=instance_ids.complete)
@options.as_json
@click.pass_obj
def command(source: SnapshotSource, instance_id: str, as_json: bool) -> None:
    """Show one gateway, every value with its source."""
    from claw_tui.cli.commands.ls import unfinished_lines
    from claw_tui.cli.documents import instance_document, render
    from claw_tui.cli.tables.instances import instance_text

    snapshot = output.look(source)
    instance = instance_ids.resolve(snapshot, instance_id)
    if as_json:
        output.emit(render(instance_document(snapshot, instance)))
    else:
        look = output.appearance()
        lines = [*instance_text(snapshot, instance, look), *unfinished_lines(source.host, [instance.id], look)]
        output.emit("\n".join(lines))
