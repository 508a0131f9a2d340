"""`claw-tui forget`: drop a registration."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from claw_tui.cli import options, output
from claw_tui.cli.errors import CommandError
from claw_tui.cli.source import SnapshotSource

if TYPE_CHECKING:
    from gateway_core.discovery.registrations import Registration

EXAMPLES = options.examples("claw-tui forget openclaw@rescue", "claw-tui forget rescue")


def _complete(context: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from gateway_core.discovery.registrations import read_registrations

    source: SnapshotSource = context.obj
    registrations, _problems = read_registrations(source.host)
    return [CompletionItem(item.instance_id) for item in registrations if incomplete in item.instance_id]


@click.command("forget", epilog=EXAMPLES)
@click.argument("name", metavar="ID", shell_complete=_complete)
@click.pass_obj
def command(source: SnapshotSource, name: str) -> None:
    """Drop a gateway that was registered with `add`.

    Only the registration goes: the gateway, its config and its state stay as they are.
    """
    from gateway_core.discovery.registrations import RegistrationError, unregister

    try:
        forgotten = unregister(source.host, name)
    except RegistrationError as error:
        raise CommandError("not-registered", str(error), error.hint) from error
    output.emit(f"Forgot {forgotten.instance_id}; its files stay as they are. {_way_back(forgotten)}")


def _way_back(registration: Registration) -> str:
    return f"To list it again: claw-tui add --config {registration.config_path}"
