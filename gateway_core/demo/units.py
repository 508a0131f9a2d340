"""The systemd user unit of these products, and what their `gateway install` and `gateway uninstall` do with it."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

from gateway_core.demo.installation import DemoInstallation
from gateway_core.demo.profiles import DemoProfile

_PATIENCE_S = 20


class NoManagerError(Exception):
    """The user's service manager cannot be reached, or refused."""


def unit_path(installation: DemoInstallation) -> Path:
    """Where that profile's unit is, or would be."""
    services = installation.distribution.services
    name = services.systemd_unit.format(suffix=installation.suffix, profile=installation.profile)
    return installation.home / ".config" / "systemd" / "user" / name


def install(profile: DemoProfile, environment: Mapping[str, str]) -> Path:
    """Write the unit, enable it and start it, as these products do. Raises `NoManagerError`."""
    path = unit_path(profile.installation)
    _systemctl(environment, "show", "--property=Version")  # before anything is written
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(unit_text(profile, environment), "utf-8")
    for words in (("daemon-reload",), ("enable", path.name), ("restart", path.name)):
        _systemctl(environment, *words)
    return path


def uninstall(installation: DemoInstallation, environment: Mapping[str, str]) -> Path | None:
    """Stop, disable and remove the unit; `None` if there is none. Raises `NoManagerError`."""
    path = unit_path(installation)
    if not path.exists():
        return None
    _systemctl(environment, "disable", "--now", path.name)
    path.unlink()
    _systemctl(environment, "daemon-reload")
    return path


def _systemctl(environment: Mapping[str, str], *words: str) -> None:
    command = ("systemctl", "--user", *words)
    try:
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=_PATIENCE_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NoManagerError(str(error)) from error
    if done.returncode:
        raise NoManagerError(done.stderr.strip() or f"{' '.join(command)} ended with {done.returncode}")


def unit_text(profile: DemoProfile, environment: Mapping[str, str]) -> str:
    """As openclaw 2026.2.6 wrote it: some lines quoted, some not, the token in clear."""
    installation = profile.installation
    distribution, prefix = installation.distribution, installation.distribution.environment_prefix
    return f"""\
[Unit]
Description={distribution.title} Gateway (profile: {installation.profile}, v{installation.version})
After=network-online.target
Wants=network-online.target

[Service]
ExecStart="{profile.command}" gateway --port {profile.port}
Restart=always
RestartSec=5
RestartPreventExitStatus=78
KillMode=process
Environment=HOME={environment["HOME"]}
Environment="PATH={environment["PATH"]}"
Environment="TMPDIR={installation.temporary_dir}"
Environment="{prefix}PROFILE={installation.profile}"
Environment="{prefix}STATE_DIR={installation.state_dir}"
Environment="{prefix}CONFIG_PATH={installation.config_path}"
Environment={prefix}GATEWAY_PORT={profile.port}
Environment={prefix}GATEWAY_TOKEN=CANARY-of-a-demo-unit
Environment="{prefix}SYSTEMD_UNIT={unit_path(installation).name}"
Environment={prefix}SERVICE_MARKER={distribution.services.marker}
Environment={prefix}SERVICE_KIND=gateway
Environment={prefix}SERVICE_VERSION={installation.version}

[Install]
WantedBy=default.target
"""
