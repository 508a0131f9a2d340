"""What blocks a start, before anything is started, and what force lifts."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from gateway_core.demo.home import DemoHome
from gateway_core.demo.installation import DemoProfile
from gateway_core.host import Host, SocketScan
from gateway_core.lifecycle.backend import Options
from gateway_core.lifecycle.operate import operate
from gateway_core.monitor.monitor import take_snapshot
from gateway_core.operations import ErrorCode, Operation, OperationResult
from gateway_core.snapshot import State
from tests.real_processes import gateways_of, other_process

FORCED = Options(force=True)


def edit(profile: DemoProfile, change: Callable[[dict[str, dict[str, object]]], object]) -> None:
    config = json.loads(profile.config_path.read_text())
    change(config)
    profile.config_path.write_text(json.dumps(config))


def refused_with(result: OperationResult, code: ErrorCode) -> str:
    """The whole error, of an operation that started nothing."""
    assert result.error is not None
    assert result.error.code is code, result.error
    assert "start" not in [step.name for step in result.steps]
    assert result.error.hint is not None
    return f"{result.error.message} {result.error.hint}"


async def test_an_invalid_config(demo_home: DemoHome) -> None:
    profile = demo_home.add_profile("openclaw", "p")
    profile.config_path.write_text('{"gateway": ')

    for options in (None, FORCED):
        result = await operate(demo_home.host(), profile.id, Operation.START, options)
        assert str(profile.config_path) in refused_with(result, ErrorCode.INVALID_CONFIG)
        assert result.state is State.BLOCKED


async def test_a_config_that_only_the_calling_shell_makes_valid(demo_home: DemoHome) -> None:
    profile = demo_home.add_profile("clawdbot", "p")
    edit(profile, lambda config: config.update(channels={"telegram": {"botToken": "${BOT_TOKEN}"}}))
    host = demo_home.host()
    host = replace(host, environment={**host.environment, "BOT_TOKEN": "CANARY-bot"})

    result = await operate(host, profile.id, Operation.START)

    said = refused_with(result, ErrorCode.INVALID_CONFIG)
    assert "BOT_TOKEN" in said
    assert f"{profile.state_dir}/.env" in said
    assert "CANARY" not in result.model_dump_json()
    (profile.state_dir / ".env").write_text("BOT_TOKEN=CANARY-bot\n")
    assert (await operate(host, profile.id, Operation.START)).ok


async def test_a_missing_gateway_mode(demo_home: DemoHome) -> None:
    profile = demo_home.add_profile("openclaw", "p")
    edit(profile, lambda config: config["gateway"].pop("mode"))

    result = await operate(demo_home.host(), profile.id, Operation.START, FORCED)

    assert "gateway.mode" in refused_with(result, ErrorCode.GATEWAY_MODE)


async def test_a_missing_command(demo_home: DemoHome) -> None:
    profile = demo_home.add_profile("openclaw", "p")
    profile.command.unlink()

    result = await operate(demo_home.host(), profile.id, Operation.START, FORCED)

    assert "npm install -g openclaw" in refused_with(result, ErrorCode.MISSING_COMMAND)


async def test_a_profile_that_was_never_onboarded(demo_home: DemoHome) -> None:
    (demo_home.home / ".openclaw-junk").mkdir()

    result = await operate(demo_home.host(), "openclaw:junk", Operation.START, FORCED)

    refused_with(result, ErrorCode.INVALID_CONFIG)
    assert result.state is State.INCOMPLETE


async def test_two_instances_on_one_base_port_until_forced(demo_home: DemoHome) -> None:
    one = demo_home.add_profile("openclaw", "one")
    two = demo_home.add_profile("mazelclaw", "two", port=one.port)

    result = await operate(demo_home.host(), one.id, Operation.START)
    assert two.id in refused_with(result, ErrorCode.CONFLICT)

    forced = await operate(demo_home.host(), one.id, Operation.START, FORCED)
    assert (forced.ok, forced.state) == (True, State.RUNNING)
    [pid] = gateways_of(one)

    second = await operate(demo_home.host(), two.id, Operation.START)
    assert one.id in refused_with(second, ErrorCode.CONFLICT)
    lost = await operate(demo_home.host(), two.id, Operation.START, FORCED)
    assert lost.error is not None
    assert lost.error.code is ErrorCode.DIED
    assert gateways_of(one) == [pid]
    restarted = await operate(demo_home.host(), one.id, Operation.RESTART)
    assert (restarted.ok, restarted.state) == (True, State.RUNNING)


@pytest.mark.parametrize("offset", [0, 3, 4, 57, 110])
async def test_an_omniclaw_needs_its_whole_block_and_no_force_lifts_that(
    demo_home: DemoHome, tmp_path: Path, offset: int
) -> None:
    profile = demo_home.add_profile("omniclaw", "p")
    with other_process(tmp_path, profile.port + offset, called="omniclaw-notes") as neighbour:
        for options in (None, FORCED):
            result = await operate(demo_home.host(), profile.id, Operation.START, options)
            assert str(neighbour.pid) in refused_with(result, ErrorCode.BLOCK_NOT_FREE)
            assert result.state is (State.BLOCKED if offset else State.FOREIGN)
        assert neighbour.unharmed


async def test_an_omniclaw_that_must_not_start_is_not_shown_as_ready_to_start(
    demo_home: DemoHome, tmp_path: Path
) -> None:
    profile = demo_home.add_profile("omniclaw", "p")
    with other_process(tmp_path, profile.port + 57, called="omniclaw-notes") as neighbour:
        shown = (await take_snapshot(demo_home.host())).instance(profile.id)
        refused = await operate(demo_home.host(), profile.id, Operation.START)

    assert shown is not None
    assert shown.state is State.BLOCKED
    assert f"port {profile.port + 57} is held by" in shown.reason
    assert f"(pid {neighbour.pid})" in shown.reason
    assert f"must not start: {shown.reason}." in refused_with(refused, ErrorCode.BLOCK_NOT_FREE)
    alone = (await take_snapshot(demo_home.host())).instance(profile.id)
    assert alone is not None
    assert alone.state is State.STOPPED, alone.reason


async def test_an_omniclaw_starts_beside_what_is_outside_of_its_block(demo_home: DemoHome, tmp_path: Path) -> None:
    profile = demo_home.add_profile("omniclaw", "p")
    with other_process(tmp_path, profile.port + 111, called="omniclaw-notes") as neighbour:
        assert (await operate(demo_home.host(), profile.id, Operation.START)).ok
        assert (await operate(demo_home.host(), profile.id, Operation.RESTART)).ok
        assert neighbour.unharmed


async def test_a_running_gateway_whose_config_was_broken_is_not_stopped_by_a_restart(demo_home: DemoHome) -> None:
    gateway = await demo_home.start("openclaw", "p")
    gateway.profile.config_path.write_text("{")

    result = await operate(demo_home.host(), "openclaw:p", Operation.RESTART)

    refused_with(result, ErrorCode.INVALID_CONFIG)
    assert gateways_of(gateway.profile) == [gateway.pid]


async def test_ports_that_cannot_be_seen_are_not_taken_for_free(demo_home: DemoHome) -> None:
    profile = demo_home.add_profile("omniclaw", "p")
    result = await operate(blind(demo_home.host()), profile.id, Operation.START, FORCED)

    assert "no list" in refused_with(result, ErrorCode.UNKNOWN_STATE)


def blind(host: Host) -> Host:
    class BlindSockets:
        limits = host.sockets.limits

        def scan(self) -> SocketScan:
            return SocketScan((), failure="no list of sockets here")

    return replace(host, sockets=BlindSockets())


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away, and start the gateways of others")
async def test_another_users_gateway_is_not_run_as_the_caller(demo_home: DemoHome) -> None:
    profile = demo_home.add_profile("openclaw", "p")
    os.chown(profile.state_dir, 4711, -1)

    for options in (None, FORCED):
        result = await operate(demo_home.host(), profile.id, Operation.START, options)
        assert "4711" in refused_with(result, ErrorCode.OTHER_USER)
