"""`claw-tui ls` and `claw-tui show`: all instances, or one of them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import click

from claw_tui.cli import instance_ids, options, output
from claw_tui.cli.errors import ExitCode
from claw_tui.hosts.gateway_host import GatewayHost

if TYPE_CHECKING:
    from collections.abc import Collection

    from claw_tui.cli.tables.layout import TableStyle
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
@click.pass_context
def ls(context: click.Context, host: GatewayHost, as_json: bool, watch: bool) -> None:
    """List all gateways of this host and how they are.

    Exits with 3 if none was found, and not everything could be seen.
    """
    context.exit(list_instances(host, as_json=as_json, watch=watch))


def list_instances(host: GatewayHost, *, as_json: bool = False, watch: bool = False) -> ExitCode:
    from claw_tui.cli.documents import instances_document

    seen = output.show(host, instances_document, partial(_text, host), as_json=as_json, watch=watch)
    is_doubtful = seen is not None and not seen.instances and bool(seen.unseen)
    return ExitCode.UNKNOWN if is_doubtful else ExitCode.DONE


async def _text(host: GatewayHost, snapshot: Snapshot) -> list[str]:
    from claw_tui.cli.tables.instances import instances_text

    style = output.appearance()
    return [
        *instances_text(snapshot, host.distributions(), style),
        *await _unfinished_lines(host, [instance.id for instance in snapshot.instances], style),
    ]


@click.command("show", epilog=_SHOW_EXAMPLES)
@click.argument("instance_id", metavar="ID", shell_complete=instance_ids.complete)
@options.as_json
@click.pass_obj
def show(host: GatewayHost, instance_id: str, as_json: bool) -> None:
    """Show one gateway, every value with its source."""
    from claw_tui.cli.documents import instance_document
    from claw_tui.cli.tables.instances import instance_text

    snapshot = output.wait_for(host.snapshot())
    instance = instance_ids.resolve(snapshot, instance_id)

    def text() -> list[str]:
        style = output.appearance()
        unfinished = output.wait_for(_unfinished_lines(host, [instance.id], style))
        return [*instance_text(snapshot, instance, style), *unfinished]

    output.emit_result(lambda: instance_document(snapshot, instance), text, as_json=as_json)


async def _unfinished_lines(host: GatewayHost, instance_ids: Collection[str], style: TableStyle) -> list[str]:
    """Return a line for each of these instances that an onboarding left unfinished."""
    from claw_tui.cli.tables.layout import section
    from claw_tui.text.values import clean

    runs = await host.onboarding_runs.unfinished() if host.onboarding_runs is not None else ()
    names = [run.instance for run in runs if run.instance in instance_ids]
    texts = (f"{clean(name)}{_ways_on(name) if host.onboarder else ''}" for name in names)
    return section("Unfinished onboarding", texts, style)


def _ways_on(name: str) -> str:
    from gateway_core.shell_commands import resume_command, undo_command

    return f": `{resume_command(name)}` goes on with it, `{undo_command(name)}` takes it back."
