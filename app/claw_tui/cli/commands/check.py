"""`claw-tui check`: is there a port conflict? For scripts and CI."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from claw_tui.cli import options, output
from claw_tui.cli.errors import ExitCode
from claw_tui.cli.source import SnapshotSource

if TYPE_CHECKING:
    from gateway_core.snapshot import Conflict, Grade, Snapshot

EXAMPLES = options.examples(
    "claw-tui check",
    "claw-tui check --at-least certain && deploy",
)

_GRADES = ("active", "certain", "squatter", "possible", "overlap", "reserved", "ephemeral", "invalid")
"""As in `gateway_core.snapshot.Grade`, which is not imported for `--help`."""


@click.command("check", epilog=EXAMPLES)
@options.as_json
@click.option(
    "--at-least",
    type=click.Choice(_GRADES),
    default="possible",
    metavar="GRADE",
    show_default=True,
    help=f"The mildest grade that counts. From worst to mildest: {', '.join(_GRADES)}.",
)
@click.pass_obj
@click.pass_context
def command(context: click.Context, source: SnapshotSource, as_json: bool, at_least: str) -> None:
    """Check for port conflicts.

    Exits with 0 if there is none of that grade or worse, with 1 if there is one, with 3 if that could not be told.
    Also works while nothing runs.
    """
    from gateway_core.snapshot import Grade

    snapshot = output.look(source)
    found = conflicts_at_least(snapshot, Grade(at_least))
    if not found:
        output.require_listeners(snapshot)
        output.require_readable_configs(snapshot)
    if as_json:
        from claw_tui.cli.documents import check_document, render

        output.emit(render(check_document(snapshot, Grade(at_least), found)))
    else:
        output.emit("\n".join(_text(snapshot, Grade(at_least), found)))
    context.exit(ExitCode.NO if found else ExitCode.DONE)


def conflicts_at_least(snapshot: Snapshot, grade: Grade) -> list[Conflict]:
    """The conflicts of that grade or worse, the worst first."""
    from gateway_core.ports.overlaps import SEVERITY

    counted = [conflict for conflict in snapshot.conflicts if SEVERITY[conflict.grade] <= SEVERITY[grade]]
    return sorted(counted, key=lambda conflict: (SEVERITY[conflict.grade], conflict.ports.start))


def _text(snapshot: Snapshot, grade: Grade, found: list[Conflict]) -> list[str]:
    from claw_tui.cli.tables.sections import conflict_lines, problem_lines
    from gateway_core.ports.unknown_ports import unknown_ports

    look = output.appearance()
    known = " among the ports that could be told" if unknown_ports(snapshot) else ""
    verdict = conflict_lines(found, look) or [f"No conflict of grade {grade} or worse{known}."]
    return [*verdict, *problem_lines(snapshot.problems, look)]
