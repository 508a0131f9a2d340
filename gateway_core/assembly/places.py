"""Where an instance keeps its workspace and its log, and where its Control UI is."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from gateway_core.discovery.survey import DiscoveredInstance
from gateway_core.host import Host


def workspace_of(discovered: DiscoveredInstance, host: Host) -> Path | None:
    """The configured default workspace, else where this version puts it."""
    installation, configured = discovered.installation, discovered.config.settings.default_workspace
    if configured is not None:
        return _expanded(configured, host)
    if installation.state_dir is None or not discovered.config.exists:
        return None
    return installation.distribution.default_workspace(
        host.home, installation.state_dir, installation.profile, discovered.version
    )


def log_file_of(discovered: DiscoveredInstance, host: Host, at: datetime) -> Path | None:
    """The configured log file, else the one that this version writes on that day."""
    configured = discovered.config.settings.log_file
    if configured is not None:
        return _expanded(configured, host)
    if not discovered.config.exists:
        return None
    installation = discovered.installation
    day = at.astimezone().date().isoformat()
    return installation.distribution.log_file(host.root, installation.profile, discovered.version, day)


def control_url_of(discovered: DiscoveredInstance, port: int) -> str | None:
    """The Control UI's address on this host; no token in it."""
    if not discovered.config.exists and not discovered.installation.processes:
        return None
    settings = discovered.config.settings
    path = "/" + settings.control_ui_path.strip("/")
    return f"{'https' if settings.tls else 'http'}://127.0.0.1:{port}{path if path == '/' else path + '/'}"


def _expanded(path: str, host: Host) -> Path:
    return host.home / path[2:] if path == "~" or path.startswith("~/") else Path(path)
