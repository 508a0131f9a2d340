"""Gateways and other programs on one port of several addresses."""

from __future__ import annotations

import json
import socket
import sys
from pathlib import Path

import pytest

from gateway_core.demo.home import DemoHome
from gateway_core.demo.installation import DemoProfile
from gateway_core.lifecycle.operate import operate
from gateway_core.monitor.monitor import take_snapshot
from gateway_core.operations import ErrorCode, Operation
from gateway_core.snapshot import Grade, Instance, Snapshot, State
from tests.real_processes import gateways_of, other_process

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="macOS has no 127.0.0.2 until it is added")


def has_ipv6_loopback() -> bool:
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


needs_ipv6 = pytest.mark.skipif(not has_ipv6_loopback(), reason="this machine has no IPv6")


def bound_to(home: DemoHome, name: str, address: str, port: int | None = None) -> DemoProfile:
    """A profile of the newest openclaw, whose gateway binds that address."""
    profile = home.add_profile("openclaw", name, port=port, bind="custom")
    config = json.loads(profile.config_path.read_text())
    config["gateway"]["customBindHost"] = address
    profile.config_path.write_text(json.dumps(config))
    return profile


async def shown(home: DemoHome, profile: DemoProfile) -> tuple[Snapshot, Instance]:
    snapshot = await take_snapshot(home.host())
    instance = snapshot.instance(profile.id)
    assert instance is not None
    return snapshot, instance


async def comes_and_goes(home: DemoHome, profile: DemoProfile) -> Instance:
    """The instance as it ran between a start and a stop, both of which succeeded."""
    started = await operate(home.host(), profile.id, Operation.START)
    assert (started.ok, started.state) == (True, State.RUNNING), started.error
    _, running = await shown(home, profile)
    stopped = await operate(home.host(), profile.id, Operation.STOP)
    assert (stopped.ok, stopped.state) == (True, State.STOPPED), stopped.error
    return running


async def test_a_program_on_another_loopback_address_disturbs_nobody(demo_home: DemoHome, tmp_path: Path) -> None:
    profile = demo_home.add_profile("openclaw", "p")
    with other_process(tmp_path, profile.port, address="127.0.0.2") as neighbour:
        snapshot, instance = await shown(demo_home, profile)
        assert (instance.state, snapshot.conflicts) == (State.STOPPED, ())
        assert (await comes_and_goes(demo_home, profile)).state is State.RUNNING
        assert neighbour.unharmed


@needs_ipv6
async def test_a_program_on_the_second_loopback_is_a_conflict_but_keeps_nobody_from_starting(
    demo_home: DemoHome, tmp_path: Path
) -> None:
    profile = demo_home.add_profile("openclaw", "p")
    with other_process(tmp_path, profile.port, address="::1") as neighbour:
        snapshot, instance = await shown(demo_home, profile)
        assert instance.state is State.STOPPED, instance.reason
        assert [conflict.grade for conflict in snapshot.conflicts] == [Grade.ACTIVE]
        running = await comes_and_goes(demo_home, profile)
        assert running.signals.socket.addresses == ("127.0.0.1",)
        assert neighbour.unharmed


@pytest.mark.parametrize(("bind", "address"), [("loopback", "0.0.0.0"), ("lan", "127.0.0.2")])
async def test_what_a_wildcard_covers_is_in_the_way(
    demo_home: DemoHome, tmp_path: Path, bind: str, address: str
) -> None:
    profile = demo_home.add_profile("openclaw", "p", bind=bind)
    with other_process(tmp_path, profile.port, address=address) as neighbour:
        snapshot, instance = await shown(demo_home, profile)
        assert instance.state is State.FOREIGN
        assert [conflict.grade for conflict in snapshot.conflicts] == [Grade.ACTIVE]
        refused = await operate(demo_home.host(), profile.id, Operation.START)
        assert refused.error is not None
        assert refused.error.code is ErrorCode.CONFLICT
        assert neighbour.unharmed


@needs_ipv6
async def test_a_program_for_ipv6_only_is_no_matter_of_a_gateway_on_ipv4(demo_home: DemoHome, tmp_path: Path) -> None:
    profile = bound_to(demo_home, "p", "127.0.0.3")
    with other_process(tmp_path, profile.port, address="::") as neighbour:
        snapshot, instance = await shown(demo_home, profile)
        assert (instance.state, snapshot.conflicts) == (State.STOPPED, ())
        running = await comes_and_goes(demo_home, profile)
        assert running.control_url == f"http://127.0.0.3:{profile.port}/"
        assert neighbour.unharmed


async def test_gateways_on_one_port_of_several_addresses_are_told_apart(demo_home: DemoHome, tmp_path: Path) -> None:
    one = bound_to(demo_home, "one", "127.0.0.3")
    two = bound_to(demo_home, "two", "127.0.0.4", one.port)
    with other_process(tmp_path, one.port) as neighbour:
        for profile in (one, two):
            started = await operate(demo_home.host(), profile.id, Operation.START)
            assert (started.ok, started.state) == (True, State.RUNNING), started.error
        snapshot, first = await shown(demo_home, one)
        second = snapshot.instance(two.id)
        assert second is not None
        assert first.signals.socket.addresses == ("127.0.0.3",)
        assert second.signals.socket.addresses == ("127.0.0.4",)
        assert all(conflict.grade is Grade.OVERLAP for conflict in snapshot.conflicts), snapshot.conflicts
        stopped = await operate(demo_home.host(), one.id, Operation.STOP)
        assert (stopped.ok, gateways_of(one)) == (True, []), stopped.error
        assert gateways_of(two) == [second.signals.socket.owner_pid]
        assert neighbour.unharmed
        assert (await operate(demo_home.host(), two.id, Operation.STOP)).ok


async def test_a_gateway_that_listens_elsewhere_than_its_config_says_runs_there(demo_home: DemoHome) -> None:
    profile = bound_to(demo_home, "p", "127.0.0.3")
    await demo_home.launch(profile)
    profile.config_path.write_text(profile.config_path.read_text().replace("127.0.0.3", "127.0.0.5"))

    _, instance = await shown(demo_home, profile)

    assert (instance.state, instance.live_port) == (State.RUNNING, profile.port)
    assert instance.signals.socket.addresses == ("127.0.0.3",)
    stopped = await operate(demo_home.host(), profile.id, Operation.STOP)
    assert stopped.ok, stopped.error
