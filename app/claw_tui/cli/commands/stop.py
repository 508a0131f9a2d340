"""`claw-tui stop`: stop instances, and see them gone."""

from __future__ import annotations

import click

from claw_tui.cli import options
from claw_tui.cli.source import SnapshotSource

EXAMPLES = options.examples(
    "claw-tui stop openclaw:rescue",
    "claw-tui stop --all --yes",
    "claw-tui stop rescue --kill        after a stop that did not work",
)


@click.command("stop", epilog=EXAMPLES)
@options.instance_ids
@options.every
@options.timeout
@click.option("--kill", is_flag=True, help="SIGKILL, for one that was asked to stop and has had its time. Asks before.")
@options.yes
@options.as_json
@click.pass_obj
@click.pass_context
def command(
    context: click.Context,
    source: SnapshotSource,
    instance_ids: tuple[str, ...],
    every: bool,
    timeout: float | None,
    kill: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Stop gateways, and see that process and port are gone.

    Only a process that is proven to be that gateway is signalled. One that does not run is left alone.
    """
    from claw_tui.cli.operate import OperateRequest, carry_out
    from gateway_core.lifecycle.backend import Options
    from gateway_core.operations import Operation

    if kill and every:
        raise click.UsageError("--kill is for single gateways: name them instead of --all")
    operation = Operation.KILL if kill else Operation.STOP
    request = OperateRequest(operation, instance_ids, every=every, as_json=as_json, agreed=yes or not (every or kill))
    context.exit(carry_out(source, request, Options(timeout_s=timeout, confirmed=kill)))
