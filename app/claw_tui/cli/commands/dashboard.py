"""`claw-tui` without a command: the dashboard, or the table where there is no terminal to draw on."""

from __future__ import annotations

import sys

from claw_tui.cli.commands.ls import list_instances
from claw_tui.cli.source import SnapshotSource


def open_dashboard(source: SnapshotSource, *, read_only: bool = False) -> None:
    """Open the dashboard; without a terminal print what `ls` prints."""
    if not has_terminal():
        list_instances(source)
        return
    from claw_tui.app import ClawTui
    from claw_tui.hosts.gateway_host import LocalServices, ReadOnlyServices

    services = ReadOnlyServices if read_only else LocalServices
    if ClawTui(services(lambda: source.host)).run() == "demo":
        from claw_tui.cli.commands.demo import run_demo

        run_demo()


def open_wizard(source: SnapshotSource) -> None:
    """Open the dashboard at the questions for a new gateway."""
    from claw_tui.app import ClawTui
    from claw_tui.hosts.gateway_host import LocalServices

    ClawTui(LocalServices(lambda: source.host), begins_with_wizard=True).run()


def has_terminal() -> bool:
    """Whether there is something to draw on, and somebody to press keys."""
    return sys.stdin.isatty() and sys.stdout.isatty()
