"""Configs and locks of made-up gateways on disk, for tests of discovery."""

import json
from pathlib import Path

from tests.fixed_host import FixedHost


def write_config(path: Path, version: str = "2026.9.6", port: int | None = 18789) -> Path:
    """A config that starts; its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    gateway = {"mode": "local"} | ({"port": port} if port else {})
    path.write_text(json.dumps({"gateway": gateway, "meta": {"lastTouchedVersion": version}}))
    return path


def write_lock(fixed: FixedHost, directory: Path, pid: int, start: int, config: Path, **more: object) -> Path:
    """A lock file in that directory, padded as openclaw from 2026.8 does it; its path."""
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / "gateway.3ad0be4c.lock"
    path.write_text(json.dumps({"pid": pid, "startTime": start, "configPath": str(config)} | more) + "\n\t\t  \t\n")
    return path
