"""`claw-tui` without a command: the dashboard, or the table where there is no terminal to draw on."""

from __future__ import annotations

from claw_tui.commands.ls import list_instances
from claw_tui.commands.source import SnapshotSource


def open_dashboard(source: SnapshotSource) -> None:
    """Open the dashboard; without a terminal print what `ls` prints."""
    list_instances(source)
