"""The demo's `onboard --non-interactive`, `setup` and `gateway install`: what they leave on the disk."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from gateway_core.demo.installation import DemoInstallation, DemoProfile, log_file

WORKSPACE_FILES = ("AGENTS.md", "SOUL.md", "IDENTITY.md", "USER.md")


_SYSTEMCTL_TIMEOUT_S = 20


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers to what the onboarding would ask."""

    port: int
    bind: str = "loopback"
    auth: str = "token"
    workspace: Path | None = None


def onboard(installation: DemoInstallation, answers: Answers) -> dict[str, object]:
    """Create or update config, workspace and sessions; returns the JSON object that the command prints."""
    workspace = answers.workspace or installation.default_workspace
    create_workspace(installation, workspace)
    config = _read(installation.config_path)
    config["agents"] = {"defaults": {"workspace": str(workspace)}}
    config["gateway"] = _gateway_section(installation, config, answers)
    config["logging"] = {"file": str(log_file(installation))}
    config["wizard"] = {"lastRunAt": _now(), "lastRunVersion": installation.version, "lastRunCommand": "onboard"}
    config["meta"] = {"lastTouchedVersion": installation.version, "lastTouchedAt": _now()}
    write_config(installation.config_path, config)
    gateway = {"port": answers.port, "bind": answers.bind, "authMode": answers.auth}
    report: dict[str, object] = {} if installation.early else {"ok": True}
    return report | {"mode": "local", "workspace": str(workspace), "authChoice": "skip", "gateway": gateway}


def set_up(installation: DemoInstallation) -> None:
    """Plain `setup`: a workspace and a config without `gateway.mode`, so that the gateway will not start yet."""
    workspace = installation.default_workspace
    create_workspace(installation, workspace)
    config = _read(installation.config_path)
    config["agents"] = {"defaults": {"workspace": str(workspace)}}
    write_config(installation.config_path, config)


def create_workspace(installation: DemoInstallation, workspace: Path) -> None:
    open_to_all = installation.distribution.opens_state_dirs(installation.version)
    installation.state_dir.mkdir(mode=0o755 if open_to_all else 0o700, parents=True, exist_ok=True)
    (installation.state_dir / "agents" / "main" / "sessions").mkdir(parents=True, exist_ok=True)
    workspace.mkdir(parents=True, exist_ok=True)
    for name in WORKSPACE_FILES:
        path = workspace / name
        if not path.exists():
            path.write_text(f"# {path.stem}\n", "utf-8")


def write_config(path: Path, config: dict[str, object]) -> None:
    """Replace a config as the products do: a backup, a temporary file, a rename, mode 0600."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.exists():
        path.replace(path.with_name(f"{path.name}.bak"))
    staged = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    staged.touch(mode=0o600)
    staged.write_text(json.dumps(config, indent=2) + "\n", "utf-8")
    staged.replace(path)


def _gateway_section(installation: DemoInstallation, config: dict[str, object], answers: Answers) -> dict[str, object]:
    """The gateway's part of the config, with a token that is kept, taken from the environment, or new, by version."""
    rule = installation.distribution.onboard_rule(installation.version)
    section = config.get("gateway")
    previous = section.get("auth") if isinstance(section, dict) else None
    given = installation.environment.get(f"{installation.distribution.environment_prefix}GATEWAY_TOKEN")
    token = (given if rule.token_from_environment else None) or secrets.token_hex(24)
    kept = previous if isinstance(previous, dict) and rule.keeps_token else {}
    auth = {"token": token, **kept, "mode": answers.auth}
    return {"mode": "local", "auth": auth, "port": answers.port, "bind": answers.bind, "tailscale": {"mode": "off"}}


def _read(path: Path) -> dict[str, object]:
    import pyjson5

    if not path.exists():
        return {}
    content: object = pyjson5.decode(path.read_text("utf-8"))
    return content if isinstance(content, dict) else {}


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class NoManagerError(Exception):
    """The user's service manager cannot be reached, or refused."""


def unit_path(installation: DemoInstallation) -> Path:
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
            command, env=environment, capture_output=True, text=True, timeout=_SYSTEMCTL_TIMEOUT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NoManagerError(str(error)) from error
    if done.returncode:
        raise NoManagerError(done.stderr.strip() or f"{' '.join(command)} ended with {done.returncode}")


def unit_text(profile: DemoProfile, environment: Mapping[str, str]) -> str:
    """The unit as openclaw 2026.2.6 wrote it: some lines quoted, some not, the token in clear."""
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
