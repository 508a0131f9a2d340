"""`claw-tui restart`: stop and start instances, in this order and verified."""

from __future__ import annotations

import click

from claw_tui.cli import options
from claw_tui.cli.source import SnapshotSource

EXAMPLES = options.examples(
    "claw-tui restart openclaw:rescue",
    "claw-tui restart --all --yes --json",
)


@click.command("restart", epilog=EXAMPLES)
@options.instance_ids
@options.every
@options.timeout
@options.force
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
    force: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Restart gateways. One that is named and does not run is started; --all means those that run.

    One that could not be started again, because its config is broken for example, is not stopped at all.
    """
    from claw_tui.cli.operate import OperateRequest, carry_out
    from gateway_core.lifecycle.backend import Options
    from gateway_core.operations import Operation

    request = OperateRequest(Operation.RESTART, instance_ids, every=every, as_json=as_json, agreed=yes or not every)
    context.exit(carry_out(source, request, Options(timeout_s=timeout, force=force)))
