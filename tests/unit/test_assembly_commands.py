"""Which command lines are offered for a remedy: only those that are known to work."""

import json
from pathlib import Path

import pytest

from claw_tui.instances.details import sections
from gateway_core.monitor.monitor import take_snapshot
from gateway_core.snapshot import Grade, PortValue, Source, State
from tests.fixed_host import FixedHost
from tests.service_files import USER_UNITS, put, unit


@pytest.fixture
def fixed(tmp_path: Path) -> FixedHost:
    return FixedHost(tmp_path)


def add_profile(
    fixed: FixedHost, name: str, port: int, product: str = "openclaw", version: str = "2026.9.6", **more: object
) -> None:
    state_dir = fixed.home / (f".{product}" if name == "default" else f".{product}-{name}")
    state_dir.mkdir()
    settings = {"gateway": {"mode": "local", "port": port}, "meta": {"lastTouchedVersion": version}, **more}
    (state_dir / f"{product}.json").write_text(json.dumps(settings))


async def offered(fixed: FixedHost) -> dict[Grade, tuple[str, ...]]:
    return {conflict.grade: conflict.commands for conflict in (await take_snapshot(fixed.host())).conflicts}


async def test_a_profile_is_moved_by_its_own_command(fixed: FixedHost) -> None:
    add_profile(fixed, "default", 18789)
    add_profile(fixed, "rescue", 18789)
    assert (await offered(fixed))[Grade.CERTAIN] == ("openclaw --profile rescue config set gateway.port 19789",)


async def test_the_default_profile_is_named_by_none(fixed: FixedHost) -> None:
    add_profile(fixed, "default", 40000)
    assert (await offered(fixed))[Grade.EPHEMERAL] == ("openclaw config set gateway.port 19789",)


async def test_a_squatter_is_ended_or_made_room_for(fixed: FixedHost) -> None:
    add_profile(fixed, "default", 18789)
    fixed.add_process(77, "python3", "-m", "http.server", "18791")
    fixed.listen(77, 18791)
    assert (await offered(fixed))[Grade.SQUATTER] == ("kill 77", "openclaw config set gateway.port 19789")


async def test_a_pinned_port_is_set_where_it_was_pinned(fixed: FixedHost) -> None:
    pinned = {"profiles": {"work": {"cdpPort": 19050}}}
    add_profile(fixed, "default", 18789, browser=pinned)
    add_profile(fixed, "rescue", 19789, browser=pinned)
    (command,) = (await offered(fixed))[Grade.POSSIBLE]
    assert command == "openclaw --profile rescue config set browser.profiles.work.cdpPort 19801"


@pytest.mark.parametrize(
    ("product", "version"), [("clawdbot", "2026.1.16"), ("moltbot", "2026.1.27"), ("mazelclaw", "2026.3.2")]
)
async def test_nothing_is_offered_where_it_was_never_seen_to_work(fixed: FixedHost, product: str, version: str) -> None:
    add_profile(fixed, "default", 40000, product, version)
    assert (await offered(fixed))[Grade.EPHEMERAL] == ()


async def test_a_port_that_a_service_passes_is_not_moved_by_the_config(fixed: FixedHost) -> None:
    add_profile(fixed, "default", 18789)
    units = fixed.home / ".config" / "systemd" / "user"
    units.mkdir(parents=True)
    (units / "openclaw-gateway.service").write_text(
        f'[Service]\nExecStart="/usr/bin/node" "/opt/openclaw/dist/index.js" gateway --port 40000\n'
        f"Environment=HOME={fixed.home}\nEnvironment=OPENCLAW_SERVICE_MARKER=openclaw\n"
        "Environment=OPENCLAW_SERVICE_KIND=gateway\n"
    )
    assert (await offered(fixed))[Grade.EPHEMERAL] == ()


async def test_a_remedy_names_the_file_of_the_service_that_decides_the_port(fixed: FixedHost) -> None:
    add_profile(fixed, "default", 18789)
    add_profile(fixed, "rescue", 19789)
    start = f"ExecStart=/usr/bin/openclaw --profile rescue gateway --port 18789\nEnvironment=HOME={fixed.home}"
    put(fixed.home, f"{USER_UNITS}/openclaw-gateway-rescue.service", unit(start.replace("18789", "19789")))
    drop_in = put(fixed.home, f"{USER_UNITS}/openclaw-gateway-rescue.service.d/port.conf", unit("ExecStart=", start))
    snapshot = await take_snapshot(fixed.host())
    (conflict,) = [item for item in snapshot.conflicts if item.grade is Grade.CERTAIN]
    assert conflict.remedy is not None
    assert conflict.remedy.endswith(f"is free; its port stands in {drop_in}")
    rescue = snapshot.instance("openclaw:rescue")
    assert rescue is not None
    assert rescue.base_port == PortValue(value=18789, source=Source.SERVICE, file=str(drop_in))
    assert f"from its service: {drop_in}" in str(sections(snapshot, rescue, snapshot.taken_at))


async def test_a_service_without_its_environment_file_cannot_start(fixed: FixedHost) -> None:
    add_profile(fixed, "default", 18789)
    start = "ExecStart=/usr/bin/openclaw gateway"
    put(fixed.home, f"{USER_UNITS}/openclaw-gateway.service", unit(start, "EnvironmentFile=/nowhere/x.env"))
    (instance,) = (await take_snapshot(fixed.host())).instances
    assert instance.state is State.BLOCKED
    assert instance.reason == (
        "openclaw-gateway.service needs the environment file /nowhere/x.env, which does not exist"
    )
