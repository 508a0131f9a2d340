"""Configs and locks of made-up gateways on disk, and what is found of them."""

import json
from pathlib import Path

from gateway_core.assembly.facts import HostFacts
from gateway_core.assembly.snapshots import assemble
from gateway_core.discovery.instances import DiscoveredInstance, InstanceFinder
from gateway_core.discovery.processes import GatewayProcesses
from gateway_core.distributions.loader import load_distributions
from gateway_core.snapshot import Instance
from tests.fixed_host import FixedHost


def survey(fixed: FixedHost) -> dict[str, DiscoveredInstance]:
    """The instances of that host by id."""
    host = fixed.host()
    distributions = load_distributions(host.config_dir)
    finder = InstanceFinder(host, distributions)
    gateways = GatewayProcesses(host, distributions).among(fixed.processes.scan())
    return {item.id: item for item in finder.instances(finder.look_at_files(), gateways)}


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


def seen(fixed: FixedHost) -> dict[str, Instance]:
    """The instances as a snapshot shows them, by config path."""
    host = fixed.host()
    distributions = load_distributions(host.config_dir)
    finder, gateways = InstanceFinder(host, distributions), GatewayProcesses(host, distributions)
    running = gateways.among(fixed.processes.scan())
    disk = finder.look_at_files(running)
    facts = HostFacts(disk=disk, instances=finder.instances(disk, running), gateways=running)
    return {str(item.config_path): item for item in assemble(host, distributions, facts).instances}
