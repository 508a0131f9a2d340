"""`claw-tui` without a command, and `claw-tui demo`: the dashboard on this machine, or on a throw-away home."""

from __future__ import annotations

import os
import sys
from contextlib import AsyncExitStack
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import click

from claw_tui.cli import options, output, uncaught
from claw_tui.cli.errors import CommandError, ExitCode, stopped
from claw_tui.hosts.gateway_host import GatewayHost

if TYPE_CHECKING:
    from claw_tui.app import ClawTui
    from claw_tui.shell.dashboard_app import DashboardResult

_WEB_DRIVER = "textual.drivers.web_driver:WebDriver"  # as textual-serve asks for it
_UMASK = 0o022  # what products make does not depend on the caller; nobody else can enter the demo's home


def open_dashboard(host: GatewayHost, *, read_only: bool = False) -> None:
    """Open the dashboard; without a terminal that it can be drawn on print what `ls` prints."""
    if not has_terminal():
        from claw_tui.cli.commands.instances import ListRequest, list_instances

        click.get_current_context().exit(list_instances(host, ListRequest()))
    from claw_tui.app import ClawTui
    from claw_tui.hosts.local import read_only_gateway_host

    shown = replace(read_only_gateway_host(host) if read_only else host, gives_way_to_demo=not is_in_browser())
    if _show(ClawTui(shown)) == "demo":
        _run_demo()


def open_wizard(host: GatewayHost) -> None:
    from claw_tui.app import ClawTui

    _show(ClawTui(host, begins_with_wizard=True))


def _show(app: ClawTui) -> DashboardResult | None:
    return output.wait_for(_shown(app))


async def _shown(app: ClawTui) -> DashboardResult | None:
    """Return why the dashboard ended; raise `CommandError` if it could not go on."""
    try:
        with uncaught.told_to(app.tell_of_uncaught):
            result = await app.run_async()
    except Exception as error:  # noqa: BLE001  the boundary: the terminal could not be taken, or not be given back
        app.failure = app.failure or error
    if app.failure is not None:
        raise stopped("the dashboard stopped", app.failure, "what you did last; gateways go on", ExitCode.NO)
    return result


def has_terminal() -> bool:
    """Whether the dashboard can be drawn: on a terminal, unless it calls itself dumb, or in a browser (`claw-tui web`).

    The latter is at the other end of a pipe.
    """
    return is_in_browser() or (sys.stdin.isatty() and sys.stdout.isatty() and not output.is_dumb())


def is_in_browser() -> bool:
    """Whether the dashboard is that of a page, which ends with it."""
    return os.environ.get("TEXTUAL_DRIVER") == _WEB_DRIVER


@click.command("demo", epilog=options.examples("claw-tui demo"))
def demo() -> None:
    """Try everything on a throw-away home with demo gateways.

    They are real processes, on ports of their own. It lists no other gateways, and nothing of it stays behind.
    """
    if not has_terminal():
        raise CommandError("no-terminal", "the demo is drawn on a terminal, and there is none here that can do that")
    _run_demo()


def _run_demo() -> None:
    output.wait_for(_show_demo())


def demo_failure(reason: str) -> CommandError:
    """Return the error for a demo that could not start; of what a gateway printed, it quotes the last line."""
    first, *printed = (line.strip() for line in reason.splitlines() if line.strip())
    message = " ".join(("the demo could not start:", first, *printed[-1:]))
    hint = "If another demo began at the same moment, try again: it takes other ports then."
    return CommandError("no-demo", message, hint if printed else None, ExitCode.NO)


async def _show_demo() -> None:
    from claw_tui.app import ClawTui
    from claw_tui.hosts.local import demo_gateway_host
    from gateway_core.demo.home import DemoHome, DidNotStartError, populate
    from gateway_core.demo.port_blocks import NoFreePortsError

    output.tell(["Starting the demo's gateways …"])
    async with AsyncExitStack() as stack:
        os.umask(_UMASK)
        try:
            home = await stack.enter_async_context(DemoHome())
            await populate(home)
        except (NoFreePortsError, DidNotStartError) as error:
            raise demo_failure(str(error)) from error
        except OSError as error:
            reason = error.strerror or str(error)
            raise demo_failure(
                f"{error.filename} could not be written: {reason}" if error.filename else reason
            ) from error
        await _shown(ClawTui(demo_gateway_host(cache(home.host))))
