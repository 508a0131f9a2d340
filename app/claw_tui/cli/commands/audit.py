"""`claw-tui audit`: are the gateways of this host really isolated, and does what runs match what is configured?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from claw_tui.cli import options, output
from claw_tui.cli.errors import ExitCode
from claw_tui.cli.instance_groups import chosen, find_groups
from claw_tui.hosts.gateway_host import GatewayHost

if TYPE_CHECKING:
    from gateway_core.audit.model import AuditReport
    from gateway_core.snapshot import Snapshot

_EXAMPLES = options.examples(
    "claw-tui audit",
    "claw-tui audit rescue --all        also what passed",
    "claw-tui audit --json | jq '.items[] | select(.result == \"fail\")'",
)


@click.command("audit", epilog=_EXAMPLES)
@options.instance_ids
@options.group
@click.option("--all", "every", is_flag=True, help="Also show what passed.")
@options.as_json
@click.pass_obj
@click.pass_context
def audit(
    context: click.Context,
    host: GatewayHost,
    instance_ids: tuple[str, ...],
    groups: tuple[str, ...],
    every: bool,
    as_json: bool,
) -> None:
    """Check that gateways share nothing, that their secrets are safe, and that nothing has drifted apart.

    Exits with 1 if something fails, with 3 if something could not be told, else with 0. Changes nothing.
    """
    from claw_tui.cli.documents import audit_document
    from claw_tui.cli.tables.audit import audit_text

    named = find_groups(host, groups)
    snapshot, report = output.wait_for(host.audit())
    wanted = [found.id for found in chosen(snapshot, instance_ids, named)]
    if wanted:
        report = report.about(frozenset(wanted))
    instances = wanted or [item.id for item in snapshot.instances]
    output.emit_result(
        lambda: audit_document(snapshot, report),
        lambda: audit_text(report, instances, snapshot.problems, output.appearance(), every=every),
        as_json=as_json,
    )
    context.exit(_exit_code(report, snapshot))


def _exit_code(report: AuditReport, snapshot: Snapshot) -> ExitCode:
    """What is not seen may share something with any gateway that was audited."""
    from gateway_core.audit.model import Result

    results = {item.result for item in report.items}
    if Result.FAIL in results:
        return ExitCode.NO
    return ExitCode.UNKNOWN if Result.UNKNOWN in results or snapshot.unseen else ExitCode.DONE
