"""`claw-tui ports`, `check` and `free-port`: who has which port, who fights over one, and where there is room."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from claw_tui.cli import completed_words, options, output
from claw_tui.cli.errors import CommandError, ExitCode
from claw_tui.hosts.gateway_host import GatewayHost
from claw_tui.text.values import clean

if TYPE_CHECKING:
    from gateway_core.distributions.model import Distribution
    from gateway_core.ports.free_blocks import FreeBlock
    from gateway_core.snapshot import Conflict, Grade, Snapshot

_PORTS_EXAMPLES = options.examples(
    "claw-tui ports",
    "claw-tui ports | grep 18792",
    "claw-tui ports --json | jq '.listeners[] | select(.port == 18789)'",
)
_CHECK_EXAMPLES = options.examples("claw-tui check", "claw-tui check --at-least certain && deploy")
_FREE_PORT_EXAMPLES = options.examples(
    "claw-tui free-port",
    "openclaw --profile rescue gateway --port $(claw-tui free-port)",
    "claw-tui free-port --distribution omniclaw --spacing 1000 --json",
)
_GRADES = ("active", "certain", "squatter", "possible", "overlap", "reserved", "ephemeral", "invalid")
"""As in `gateway_core.snapshot.Grade`, which is not imported for `--help`."""


@click.command("ports", epilog=_PORTS_EXAMPLES)
@options.as_json
@options.watch
@click.pass_obj
def ports(host: GatewayHost, as_json: bool, watch: bool) -> None:
    """Show listeners, claims and conflicts."""
    from claw_tui.cli.documents import ports_document
    from claw_tui.cli.tables.ports import ports_text

    async def text(snapshot: Snapshot) -> list[str]:
        return ports_text(snapshot, output.appearance())

    output.show(host, ports_document, text, as_json=as_json, watch=watch)


@click.command("check", epilog=_CHECK_EXAMPLES)
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
def check(context: click.Context, host: GatewayHost, as_json: bool, at_least: str) -> None:
    """Check for port conflicts.

    Exits with 0 if there is none of that grade or worse, with 1 if there is one, with 3 if that could not be told.
    Also works while nothing runs.
    """
    from claw_tui.cli.documents import check_document
    from gateway_core.ports.wording import untold_text
    from gateway_core.snapshot import Grade

    grade = Grade(at_least)
    snapshot = output.wait_for(host.snapshot())
    found = _conflicts_at_least(snapshot, grade)
    why = untold_text(snapshot)
    if why is not None and not found:
        raise _cannot_tell(why, "claw-tui ls says what is wrong.")
    output.emit_result(
        lambda: check_document(snapshot, grade, found), lambda: _verdict(snapshot, grade, found), as_json=as_json
    )
    context.exit(ExitCode.NO if found else ExitCode.DONE)


def _conflicts_at_least(snapshot: Snapshot, grade: Grade) -> list[Conflict]:
    from gateway_core.ports.overlaps import SEVERITY

    counted = [conflict for conflict in snapshot.conflicts if SEVERITY[conflict.grade] <= SEVERITY[grade]]
    return sorted(counted, key=lambda conflict: (SEVERITY[conflict.grade], conflict.ports.start))


def _verdict(snapshot: Snapshot, grade: Grade, found: list[Conflict]) -> list[str]:
    from claw_tui.cli.tables.layout import problem_lines
    from claw_tui.cli.tables.ports import conflict_lines

    style = output.appearance()
    verdict = conflict_lines(found, style) or [f"No conflict of grade {grade} or worse."]
    return [*verdict, *problem_lines(snapshot.problems, style)]


@click.command("free-port", epilog=_FREE_PORT_EXAMPLES)
@click.option(
    "--distribution",
    "name",
    default="openclaw",
    metavar="D",
    show_default=True,
    shell_complete=completed_words.distributions,
    help="Whose block: from the base port to the last port that any version of it derives from that.",
)
@click.option(
    "--spacing", type=click.IntRange(min=0), default=0, metavar="N", help="The least distance to every other base port."
)
@options.as_json
@click.pass_obj
def free_port(host: GatewayHost, name: str, spacing: int, as_json: bool) -> None:
    """Find a base port whose whole block is free.

    Nobody claims or holds a port of it, nor will once an onboarding under way is done, and the kernel gives none of it
    to outgoing connections.

    Exits with 1 if there is none, with 3 if any port may be kept where nobody could look. Gateways whose ports are
    only unknown are named on stderr: the port is free as far as could be told, and that is no failure.
    """
    distribution = _distribution(host, name)
    snapshot = output.wait_for(host.snapshot())
    block = _find_block(snapshot, distribution, spacing)
    if spacing and block == _find_block(snapshot, distribution, 0):
        output.tell([f"--spacing {spacing} makes no difference: without it the block is the same."])
    doubt = _doubt(block)
    if doubt:
        output.tell([doubt])
    if as_json:
        from claw_tui.cli.documents import free_port_document

        output.emit_document(free_port_document(block))
        return
    output.tell([f"{block.base}–{block.end} is free{' as far as could be told' if doubt else ''}."])
    output.emit(str(block.base))


def _distribution(host: GatewayHost, name: str) -> Distribution:
    from gateway_core.onboarding.planning import unknown_distribution

    products = host.distributions()
    found = products.named(name)
    if found is None:
        problem = unknown_distribution(products, clean(name))
        raise CommandError(problem.code, problem.message, problem.hint)
    return found


def _doubt(block: FreeBlock) -> str | None:
    """Tell whose ports are not known, so that the block may turn out to be theirs."""
    from gateway_core.ports.wording import listed, unknown_ports_text

    if not block.unknown:
        return None
    return f"Could not tell which ports {listed(block.unknown)} would take: {unknown_ports_text(block.unknown)}."


def _find_block(snapshot: Snapshot, distribution: Distribution, spacing: int) -> FreeBlock:
    """Return the first free block in the order in which a person would choose; raise `CommandError` without one."""
    from gateway_core.ports.claims import longest_reach
    from gateway_core.ports.free_blocks import FreeBlock, NoFreeBlock, next_free_block
    from gateway_core.ports.wording import hidden_ports_text

    found = next_free_block(snapshot, reach=longest_reach(distribution), spacing=spacing)
    if isinstance(found, FreeBlock):
        return found
    if not isinstance(found, NoFreeBlock):
        raise _cannot_tell(hidden_ports_text(found))
    raise CommandError("no-free-block", found.reason, "Ask for less --spacing, or move a gateway.", ExitCode.NO)


def _cannot_tell(why: str, hint: str | None = None) -> CommandError:
    return CommandError("could-not-tell", f"could not tell which ports are taken: {why}", hint, ExitCode.UNKNOWN)
