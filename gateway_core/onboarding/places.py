"""Where claw-tui remembers onboardings, and where undo puts what it takes away."""

from __future__ import annotations

from pathlib import Path

from gateway_core.host import Host
from gateway_core.own_dirs import state_dir


def journals_dir(host: Host) -> Path:
    """For the journals of runs."""
    return state_dir(host) / "onboarding"


def trash_dir(host: Host) -> Path:
    """For what undo moved away; nothing in it is ever deleted by claw-tui."""
    if host.platform == "darwin":
        return state_dir(host) / "trash"
    base = host.environment.get("XDG_DATA_HOME", "")
    return (Path(base) if base.startswith("/") else host.home / ".local" / "share") / "claw-tui" / "trash"
