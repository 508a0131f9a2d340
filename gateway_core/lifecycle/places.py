"""Where claw-tui keeps what it has to remember about operations, and the output of gateways that it started.

Not in the session's runtime directory: there, two sessions would not see each other's operations.
"""

from __future__ import annotations

from pathlib import Path

from gateway_core.host import Host
from gateway_core.own_dirs import APPLICATION, state_dir


def operations_dir(host: Host) -> Path:
    """For the lock files of operations."""
    return state_dir(host) / "operations"


def output_dir(host: Host) -> Path:
    """For what gateways print that were started without a service."""
    if host.platform == "darwin":
        return host.home / "Library" / "Logs" / APPLICATION / "gateways"
    return state_dir(host) / "log" / "gateways"
