"""Which command lines are offered for a remedy: only those that are known to work."""

import json
from pathlib import Path

import pytest

from gateway_core.monitor.monitor import take_snapshot
from gateway_core.snapshot import Grade
from tests.fixed_host import FixedHost


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
