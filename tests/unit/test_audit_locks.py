"""Locks that gateways of other namespaces wrote, and locks of what is not listed: nobody is told to remove them."""

from dataclasses import replace
from pathlib import Path

import pytest

from gateway_core.audit.model import AuditItem, Result
from gateway_core.discovery.registrations import ignore
from gateway_core.host import Placement
from tests.audited_host import AuditedHost, well_kept
from tests.fixed_host import FixedHost

ID = "3f2a1b0c9d8e" + "0" * 52
DOCKER = Placement(
    own_pids=False, own_network=False, own_mounts=False, inner_pid=7, cgroups=(f"/system.slice/docker-{ID}.scope",)
)
AWAY = "/home/node/.openclaw/openclaw.json"


@pytest.fixture
def host(tmp_path: Path) -> AuditedHost:
    return well_kept(FixedHost(tmp_path))


async def told_about(host: AuditedHost, lock: Path) -> list[AuditItem]:
    """What the check says of that lock."""
    items = (await host.audit()).report.items
    return [item for item in items if item.check == "locks" and str(lock) in item.evidence]


@pytest.mark.parametrize("config", [AWAY, None])
@pytest.mark.parametrize("inner_pid", [7, None])
async def test_a_lock_of_another_namespace_is_left_alone(
    host: AuditedHost, config: str | None, inner_pid: int | None
) -> None:
    rescue = host.home / ".openclaw-rescue"
    lock = host.lock(rescue, 7, 9, config=config)
    host.fixed.add_process(900, "openclaw-gateway", start=9)
    host.fixed.processes.placements[900] = replace(DOCKER, inner_pid=inner_pid)
    host.fixed.processes.files[900] = (lock,)
    own = rescue / "openclaw.json"
    host.fixed.processes.shared_files |= {(900, path, path) for path in (own, lock)}

    [item] = await told_about(host, lock)

    assert item.result is (Result.UNKNOWN if inner_pid is None else Result.PASS)
    assert "rm " not in (item.remedy or "")
    assert inner_pid is None or "docker container 3f2a1b0c9d8e" in item.evidence


async def test_a_lock_of_a_gateway_that_is_left_out_is_left_alone(host: AuditedHost) -> None:
    config = host.home / ".openclaw-rescue" / "openclaw.json"
    lock = host.lock(config.parent, 4242, 8)
    ignore(host.fixed.host(), "openclaw", config, config.parent)

    assert await told_about(host, lock) == []


async def test_a_config_that_may_not_be_looked_at_is_not_said_to_be_gone(host: AuditedHost) -> None:
    loop = host.home / "loop"
    loop.symlink_to("loop")
    lock = host.lock(host.home / ".openclaw-rescue", 4242, 8, config=str(loop / "openclaw.json"))

    [item] = await told_about(host, lock)

    assert item.result is Result.UNKNOWN
    assert "rm " not in (item.remedy or "")
