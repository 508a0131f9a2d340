"""`claw-tui demo`: the dashboard on a throw-away home with real demo gateways."""

from __future__ import annotations

from functools import cache

import click

from claw_tui.cli import options
from claw_tui.cli.commands.dashboard import has_terminal
from claw_tui.cli.errors import CommandError, ExitCode

EXAMPLES = options.examples("claw-tui demo")


@click.command("demo", epilog=EXAMPLES)
def command() -> None:
    """Try everything on a throw-away home with demo gateways.

    One real process per product, on ports of its own. It sees no gateways but these, and nothing of it stays behind.
    """
    if not has_terminal():
        raise CommandError("no-terminal", "the demo is drawn on a terminal, and there is none here")
    run_demo()


def run_demo() -> None:
    """Start the demo's gateways, show them until the user leaves, and remove them."""
    import asyncio

    asyncio.run(_show_demo())


async def _show_demo() -> None:
    from claw_tui.app import ClawTui
    from claw_tui.hosts.gateway_host import DemoServices
    from gateway_core.demo.cast import populate
    from gateway_core.demo.home import DemoHome
    from gateway_core.demo.port_blocks import NoFreePortsError
    from gateway_core.demo.profiles import DidNotStartError

    click.echo("Starting the demo's gateways …", err=True)
    async with DemoHome() as home:
        try:
            await populate(home)
        except (NoFreePortsError, DidNotStartError) as error:
            raise CommandError("no-demo", f"the demo could not start: {error}", None, ExitCode.NO) from error
        await ClawTui(DemoServices(cache(home.host))).run_async()
