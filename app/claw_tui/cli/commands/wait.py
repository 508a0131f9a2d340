"""`claw-tui wait`: until gateways are in a state."""

from __future__ import annotations

import click

from claw_tui.cli import options
from claw_tui.cli.errors import CommandError
from claw_tui.cli.instance_groups import find_groups
from claw_tui.hosts.gateway_host import GatewayHost

_EXAMPLES = options.examples(
    "claw-tui wait rescue --until running && deploy",
    "claw-tui wait main rescue --until stopped --timeout 120",
    "claw-tui wait rescue --until running --json | jq .ok",
)
DEFAULT_TIMEOUT_S = 60.0


@click.command("wait", epilog=_EXAMPLES)
@options.instance_ids
@options.group
@click.option(
    "--until",
    type=options.StateName(),
    required=True,
    metavar="STATE",
    help=f"One of {', '.join(options.STATES)}.",
)
@click.option(
    "--timeout",
    type=float,
    metavar="S",
    default=DEFAULT_TIMEOUT_S,
    show_default=True,
    callback=options.seconds,
    help="Seconds for all of it.",
)
@options.as_json
@click.pass_obj
@click.pass_context
def wait(
    context: click.Context,
    host: GatewayHost,
    *,
    instance_ids: tuple[str, ...],
    groups: tuple[str, ...],
    until: str,
    timeout: float,
    as_json: bool,
) -> None:
    """Wait until each of these gateways has been in a state. Starts and stops nothing.

    Exits with 0 once they were, with 1 if the time is up or one is no longer listed, and with 3 if the time is up and
    its state could not be told.
    """
    from claw_tui.cli.wait import WaitRequest, wait_until
    from gateway_core.snapshot import State

    if not instance_ids and not groups:
        raise CommandError("usage", "name the instances, or give --group", "See: claw-tui ls")
    request = WaitRequest(instance_ids, find_groups(host, groups), State(until), timeout, as_json=as_json)
    context.exit(wait_until(host, request))
