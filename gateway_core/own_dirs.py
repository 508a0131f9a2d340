"""Where claw-tui keeps what it remembers between runs: one place per user, whatever shell or session they are in."""

from __future__ import annotations

from pathlib import Path

from gateway_core.host import Host

APPLICATION = "claw-tui"


def state_dir(host: Host) -> Path:
    """For what claw-tui remembers about this user's gateways."""
    if host.platform == "darwin":
        return host.home / "Library" / "Application Support" / APPLICATION
    base = host.environment.get("XDG_STATE_HOME", "")
    return (Path(base) if base.startswith("/") else host.home / ".local" / "state") / APPLICATION


def private_dir(path: Path) -> Path:
    """That directory, created for nobody but its owner. Raises `OSError`."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path
