"""Gateways that have only just begun, and processes of other homes: never taken for what they are not."""

from datetime import timedelta
from pathlib import Path

import pytest

from gateway_core.monitor.monitor import take_snapshot
from tests.fixed_host import FixedHost


@pytest.fixture
def fixed(tmp_path: Path) -> FixedHost:
    return FixedHost(tmp_path)


async def ids(fixed: FixedHost) -> list[str]:
    return [instance.id for instance in (await take_snapshot(fixed.host())).instances]


async def test_a_gateway_that_nothing_places_yet_is_no_instance_in_its_first_seconds(fixed: FixedHost) -> None:
    fixed.add_process(77, "openclaw-gateway")
    assert await ids(fixed) == []
    fixed.clock.at += timedelta(seconds=6)
    assert await ids(fixed) == ["openclaw@pid-77"]


async def test_once_it_listens_it_is_one_at_any_age(fixed: FixedHost) -> None:
    fixed.add_process(77, "openclaw-gateway")
    fixed.listen(77, 18789)
    assert await ids(fixed) == ["openclaw@pid-77"]


async def test_a_profile_is_one_of_the_home_that_its_process_has(fixed: FixedHost, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    fixed.add_process(77, "node", "/opt/node_modules/openclaw/openclaw.mjs", "--profile", "rescue", "gateway")
    assert await ids(fixed) == ["openclaw:rescue"]
    fixed.processes.environments[77] = {"HOME": str(elsewhere)}
    (instance,) = (await take_snapshot(fixed.host())).instances
    assert instance.state_dir == str(elsewhere / ".openclaw-rescue")
    assert instance.id != "openclaw:rescue"


async def test_a_listener_whose_owner_has_ended_is_nobody_any_more(fixed: FixedHost) -> None:
    fixed.listen(77, 18789)
    assert (await take_snapshot(fixed.host())).listeners == ()
