"""`claw-tui` without a command: the dashboard, or the table where there is no terminal to draw on."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from claw_tui.commands.ls import list_instances
from claw_tui.commands.source import SnapshotSource

if TYPE_CHECKING:
    from claw_tui.app import Outcome
    from gateway_core.host import Host


def open_dashboard(source: SnapshotSource) -> None:
    """Open the dashboard; without a terminal print what `ls` prints."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        list_instances(source)
        return
    run_dashboard(source.host)


def run_dashboard(host: Host, banner: str | None = None) -> Outcome | None:
    """Draw the dashboard of that host until the user leaves it; returns why it ended."""
    from claw_tui.app import ClawTui
    from claw_tui.settings import load_settings
    from gateway_core.distributions import load_distributions
    from gateway_core.monitor import Monitor

    app = ClawTui(
        lambda: Monitor(host),
        settings=load_settings(host.config_dir),
        distributions=lambda: load_distributions(host.config_dir),
        banner=banner,
    )
    return app.run()
