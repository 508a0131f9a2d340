"""`claw-tui free-port`: a base port whose whole block is free."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from claw_tui.commands import options, output
from claw_tui.commands.source import SnapshotSource
from claw_tui.errors import CommandError, ExitCode

if TYPE_CHECKING:
    from gateway_core.ports.free_blocks import FreeBlock
    from gateway_core.snapshot import Snapshot

EXAMPLES = options.examples(
    "claw-tui free-port",
    "openclaw --profile rescue gateway --port $(claw-tui free-port)",
    "claw-tui free-port --spacing 1000 --json",
)


@click.command("free-port", epilog=EXAMPLES)
@click.option(
    "--spacing", type=click.IntRange(min=0), default=0, metavar="N", help="The least distance to every other base port."
)
@options.as_json
@click.pass_obj
def command(source: SnapshotSource, spacing: int, as_json: bool) -> None:
    """Find a base port whose whole block is free.

    Nobody claims or holds a port of it, and the kernel gives none of it to outgoing connections.
    """
    snapshot = output.look(source)
    block = find_block(source, snapshot, spacing)
    if spacing and block == find_block(source, snapshot, 0):
        click.echo(f"--spacing {spacing} makes no difference: without it the block is the same.", err=True)
    if as_json:
        from claw_tui.documents import free_port_document, render

        output.emit(render(free_port_document(block)))
        return
    click.echo(f"{block.base}–{block.end} is free.", err=True)
    output.emit(str(block.base))


def find_block(source: SnapshotSource, snapshot: Snapshot, spacing: int) -> FreeBlock:
    """The first free block in the order in which a person would choose.

    Raises:
        CommandError: there is none, or that could not be told.
    """
    from gateway_core.ports.free_blocks import FreeBlock, free_base
    from gateway_core.ports.tenants import Tenant

    output.require_listeners(snapshot)
    tenants = [
        Tenant(instance.id, instance.base_port.value if instance.base_port else None, instance.claims)
        for instance in snapshot.instances
    ]
    found = free_base(tenants, snapshot.listeners, source.host.sockets.limits(), spacing=spacing)
    if isinstance(found, FreeBlock):
        return found
    raise CommandError("no-free-block", found.reason, "Ask for less --spacing, or move a gateway.", ExitCode.NO)
