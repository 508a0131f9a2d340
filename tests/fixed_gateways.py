"""Profiles and gateways on a fixed host: their files, processes, ports and answers."""

import json
from pathlib import Path

import pytest

from gateway_core.host import HttpAnswer
from gateway_core.monitor.monitor import take_snapshot
from gateway_core.snapshot import Instance
from tests.fixed_host import UID, FixedHost

EARLY_PAGE = b"<html><title>Clawdbot Control</title></html>"


@pytest.fixture
def fixed(tmp_path: Path) -> FixedHost:
    """A host with openclaw and clawdbot on PATH, and no profile."""
    fixed = FixedHost(tmp_path, environment={"PATH": str(tmp_path / "bin")})
    commands = tmp_path / "bin"
    commands.mkdir()
    for name in ("openclaw", "clawdbot"):
        (commands / name).write_text("#!/bin/sh\n")
        (commands / name).chmod(0o755)
    return fixed


def add_profile(
    fixed: FixedHost,
    name: str,
    port: int | None,
    product: str = "openclaw",
    version: str | None = None,
    **gateway: object,
) -> Path:
    """A profile as onboarding leaves it: its config."""
    state_dir = fixed.home / (f".{product}" if name == "default" else f".{product}-{name}")
    state_dir.mkdir()
    version = version or ("2026.9.6" if product == "openclaw" else "2026.1.24")
    settings = {"mode": "local"} | ({"port": port} if port else {}) | gateway
    config = state_dir / f"{product}.json"
    config.write_text(json.dumps({"gateway": settings, "meta": {"lastTouchedVersion": version}}))
    return config


def run_gateway(fixed: FixedHost, config: Path, pid: int, port: int, product: str = "openclaw") -> None:
    """What a live gateway of 2026.9 leaves in the tables and on disk."""
    fixed.add_process(pid, f"{product}-gateway")
    fixed.listen(pid, port)
    fixed.listen(pid, port, address="::1")
    directory = config.parent / "tmp" / f"{product}-{UID}"
    if product != "openclaw":
        directory = fixed.directory / "tmp" / f"{product}-{UID}"
    directory.mkdir(parents=True, exist_ok=True)
    lock = {"pid": pid, "startTime": 5000, "configPath": str(config)}
    (directory / "gateway.4eeef61b.lock").write_text(json.dumps(lock))
    if product == "openclaw":
        ready = json.dumps({"ready": True, "failing": [], "uptimeMs": 4178}).encode()
        started = json.dumps({"ok": True, "status": "started", "version": "2026.9.7"}).encode()
        fixed.http.answers |= {(port, "/readyz"): HttpAnswer(200, ready), (port, "/startupz"): HttpAnswer(200, started)}
    else:
        fixed.http.answers |= {(port, path): HttpAnswer(200, EARLY_PAGE) for path in ("/", "/readyz", "/healthz")}


async def look(fixed: FixedHost) -> dict[str, Instance]:
    """The instances of a snapshot, by id."""
    return {instance.id: instance for instance in (await take_snapshot(fixed.host())).instances}
