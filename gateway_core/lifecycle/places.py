"""Where claw-tui keeps what it has to remember about operations, and the output of gateways that it started.

One place per user, whatever shell or session an operation comes from: were it the session's runtime directory, two
sessions would not see each other's operations.
"""

from __future__ import annotations

from pathlib import Path

from gateway_core.host import Host

_APPLICATION = "claw-tui"


def state_dir(host: Host) -> Path:
    """For what claw-tui remembers about this user's gateways."""
    if host.platform == "darwin":
        return host.home / "Library" / "Application Support" / _APPLICATION
    base = host.environment.get("XDG_STATE_HOME", "")
    return (Path(base) if base.startswith("/") else host.home / ".local" / "state") / _APPLICATION


def operations_dir(host: Host) -> Path:
    """For the lock files of operations."""
    return state_dir(host) / "operations"


def output_dir(host: Host) -> Path:
    """For what gateways print that were started without a service."""
    if host.platform == "darwin":
        return host.home / "Library" / "Logs" / _APPLICATION / "gateways"
    return state_dir(host) / "log" / "gateways"


def private_dir(path: Path) -> Path:
    """That directory, created for nobody but its owner. Raises `OSError`."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path
