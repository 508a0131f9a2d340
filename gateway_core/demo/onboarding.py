"""What `onboard --non-interactive` and `setup` leave on the disk."""

import json
import os
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from gateway_core.demo.installation import DemoInstallation

WORKSPACE_FILES = ("AGENTS.md", "SOUL.md", "IDENTITY.md", "USER.md")


@dataclass(frozen=True, slots=True)
class Answers:
    """What the onboarding would have asked."""

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
    """The directories and files that every profile begins with."""
    installation.state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
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
    """Early versions replace the token on every run; later ones keep it, or begin with that of their environment."""
    section = config.get("gateway")
    previous = section.get("auth") if isinstance(section, dict) else None
    given = installation.environment.get(f"{installation.distribution.environment_prefix}GATEWAY_TOKEN")
    token = secrets.token_hex(24) if installation.early else given or secrets.token_hex(24)
    kept = previous if isinstance(previous, dict) and not installation.early else {}
    auth = {"token": token, **kept, "mode": answers.auth}
    return {"mode": "local", "auth": auth, "port": answers.port, "bind": answers.bind, "tailscale": {"mode": "off"}}


def log_file(installation: DemoInstallation) -> Path:
    """Where this version logs today."""
    today = datetime.now(UTC).date().isoformat()
    usual = installation.distribution.log_file(installation.root, installation.profile, installation.version, today)
    return usual or installation.state_dir / "gateway.log"


def _read(path: Path) -> dict[str, object]:
    import pyjson5

    if not path.exists():
        return {}
    content: object = pyjson5.decode(path.read_text("utf-8"))
    return content if isinstance(content, dict) else {}


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
