"""`claw-tui start`: start instances, and see them come up."""

from __future__ import annotations

import click

from claw_tui.cli import options
from claw_tui.cli.source import SnapshotSource

EXAMPLES = options.examples(
    "claw-tui start openclaw:rescue",
    "claw-tui start main rescue --timeout 30",
    "claw-tui start --all",
    "claw-tui start rescue --json | jq '.results[] | {instance, ok, error}'",
)
_BACK_ENDS = ("direct", "systemd-user", "systemd-system", "launchd-agent", "launchd-daemon")


@click.command("start", epilog=EXAMPLES)
@options.instance_ids
@options.every
@options.timeout
@options.force
@click.option(
    "--via",
    type=click.Choice(_BACK_ENDS),
    metavar="HOW",
    help=f"One of {', '.join(_BACK_ENDS)}. [default: its service, if it has one, else direct]",
)
@options.as_json
@click.pass_obj
@click.pass_context
def command(
    context: click.Context,
    source: SnapshotSource,
    instance_ids: tuple[str, ...],
    every: bool,
    timeout: float | None,
    force: bool,
    via: str | None,
    as_json: bool,
) -> None:
    """Start gateways, and see each come up as itself on its own port.

    One that runs already is left alone. Gateways keep running when claw-tui ends.
    """
    from claw_tui.cli.operate import OperateRequest, carry_out
    from gateway_core.lifecycle.backend import Options
    from gateway_core.operations import Operation

    how = Options(timeout_s=timeout, backend=via, force=force)
    request = OperateRequest(Operation.START, instance_ids, every=every, as_json=as_json, agreed=True)
    context.exit(carry_out(source, request, how))
