"""`claw-tui free-port`: a base port whose whole block is free."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from claw_tui.cli import options, output
from claw_tui.cli.errors import CommandError, ExitCode
from claw_tui.cli.source import SnapshotSource
from claw_tui.text.values import clean

if TYPE_CHECKING:
    from gateway_core.distributions import Distribution
    from gateway_core.onboarding.rules.port import Neighbourhood
    from gateway_core.ports.free_blocks import FreeBlock
    from gateway_core.snapshot import Snapshot

EXAMPLES = options.examples(
    "claw-tui free-port",
    "openclaw --profile rescue gateway --port $(claw-tui free-port)",
    "claw-tui free-port --distribution omniclaw --spacing 1000 --json",
)


@click.command("free-port", epilog=EXAMPLES)
@click.option(
    "--distribution",
    "name",
    default="openclaw",
    metavar="D",
    show_default=True,
    help="Whose block: from the base port to the last port that any version of it derives from that.",
)
@click.option(
    "--spacing", type=click.IntRange(min=0), default=0, metavar="N", help="The least distance to every other base port."
)
@options.as_json
@click.pass_obj
def command(source: SnapshotSource, name: str, spacing: int, as_json: bool) -> None:
    """Find a base port whose whole block is free.

    Nobody claims or holds a port of it, nor will once an onboarding under way is done, and the kernel gives none of it
    to outgoing connections.
    """
    distribution = _distribution(source, name)
    snapshot = _host_as_seen(source)
    around = _neighbours(source, snapshot)
    block = _find_block(around, distribution, spacing)
    if spacing and block == _find_block(around, distribution, 0):
        click.echo(f"--spacing {spacing} makes no difference: without it the block is the same.", err=True)
    doubt = _doubt(snapshot)
    if doubt:
        click.echo(doubt, err=True)
    if as_json:
        from claw_tui.cli.documents import free_port_document, render

        output.emit(render(free_port_document(block)))
        return
    click.echo(f"{block.base}–{block.end} is free{' as far as could be told' if doubt else ''}.", err=True)
    output.emit(str(block.base))


def _distribution(source: SnapshotSource, name: str) -> Distribution:
    from gateway_core.distributions import load_distributions
    from gateway_core.onboarding.planning import unknown_distribution

    products = load_distributions(source.host.config_dir)
    found = products.named(name)
    if found is None:
        problem = unknown_distribution(products, clean(name))
        raise CommandError(problem.code, problem.message, problem.hint)
    return found


def _host_as_seen(source: SnapshotSource) -> Snapshot:
    """One look at the host.

    Raises:
        CommandError: which ports are taken could not be told.
    """
    snapshot = output.look(source)
    output.require_listeners(snapshot)
    output.require_readable_configs(snapshot)
    return snapshot


def _neighbours(source: SnapshotSource, snapshot: Snapshot) -> Neighbourhood:
    """Every gateway there is or will be, and who listens."""
    from gateway_core.onboarding.planning import neighbourhood

    return neighbourhood(source.host, snapshot)


def _doubt(snapshot: Snapshot) -> str | None:
    """Whose ports are not known, so that the block may turn out to be theirs."""
    from gateway_core.ports.unknown_ports import unknown_ports, unknown_ports_text
    from gateway_core.ports.wording import listed

    unknown = unknown_ports(snapshot)
    return (
        f"Could not tell which ports {listed(unknown)} would take: {unknown_ports_text(unknown)}." if unknown else None
    )


def _find_block(around: Neighbourhood, distribution: Distribution, spacing: int) -> FreeBlock:
    """The first free block in the order in which a person would choose.

    Raises:
        CommandError: there is none.
    """
    from gateway_core.ports.base_ports import longest_reach
    from gateway_core.ports.free_blocks import FreeBlock, free_base

    reach = longest_reach(distribution)
    found = free_base(around.claimants, around.listeners, around.limits, reach=reach, spacing=spacing)
    if isinstance(found, FreeBlock):
        return found
    raise CommandError("no-free-block", found.reason, "Ask for less --spacing, or move a gateway.", ExitCode.NO)
