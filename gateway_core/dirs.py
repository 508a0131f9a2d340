"""Where claw-tui keeps what it remembers between runs: one place per user, whatever shell or session they are in."""

from __future__ import annotations

import pwd
from collections.abc import Mapping
from pathlib import Path

from gateway_core.host import Host, Platform

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


def operations_dir(host: Host) -> Path:
    """For the lock files of operations."""
    return state_dir(host) / "operations"


def output_dir(host: Host) -> Path:
    """For what gateways print that were started without a service."""
    if host.platform == "darwin":
        return host.home / "Library" / "Logs" / APPLICATION / "gateways"
    return state_dir(host) / "log" / "gateways"


def journals_dir(host: Host) -> Path:
    """For the journals of runs."""
    return state_dir(host) / "onboarding"


def trash_dir(host: Host) -> Path:
    """For what undo moved away; nothing in it is ever deleted by claw-tui."""
    if host.platform == "darwin":
        return state_dir(host) / "trash"
    base = host.environment.get("XDG_DATA_HOME", "")
    return (Path(base) if base.startswith("/") else host.home / ".local" / "share") / "claw-tui" / "trash"


def home_directory(environment: Mapping[str, str], uid: int) -> Path:
    """`HOME` if it is an absolute path, else what the account database says."""
    home = environment.get("HOME", "")
    return Path(home) if home.startswith("/") else Path(pwd.getpwuid(uid).pw_dir)


def config_directory(environment: Mapping[str, str], home: Path, platform: Platform) -> Path:
    """Where claw-tui keeps this user's own distributions and registrations."""
    if platform == "darwin":
        return home / "Library" / "Application Support" / APPLICATION
    base = environment.get("XDG_CONFIG_HOME", "")
    return (Path(base) if base.startswith("/") else home / ".config") / APPLICATION
