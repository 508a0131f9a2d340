"""Gateways are stopped, and where that is safe started, though nothing of it can be written down; that is said."""

from __future__ import annotations

import asyncio
import os
import resource
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from claw_tui.app import ClawTui
from claw_tui.hosts.local import local_gateway_host
from gateway_core.demo.faults import Faults
from gateway_core.demo.home import DemoHome
from gateway_core.dirs import operations_file, output_dir, state_dir
from gateway_core.lifecycle.backend import Options
from gateway_core.lifecycle.locking import operation_lock
from gateway_core.lifecycle.operate import operate
from gateway_core.operations import ErrorCode, Operation, OperationResult
from gateway_core.snapshot import State
from tests.dashboard import piloted
from tests.limits import soft_limit
from tests.operated_dashboard import toasts
from tests.program import CLAW_TUI, claw_tui
from tests.real_processes import gateways_of, shorten_stop_budget
from tests.until import eventually, until_shown

NO_LOCK = "could not be used"
NO_RECORD = "other claw-tuis will not know"


def put_a_file_in_the_way(home: DemoHome) -> None:
    path = state_dir(home.host())
    path.parent.mkdir(parents=True)
    path.touch()


def open_it_to_all(home: DemoHome) -> None:
    path = state_dir(home.host())
    path.mkdir(parents=True)
    path.chmod(0o777)


def take_the_right_to_write(home: DemoHome) -> None:
    path = state_dir(home.host())
    path.mkdir(parents=True)
    path.chmod(0o500)


SPOILED: list[Callable[[DemoHome], None]] = [put_a_file_in_the_way, open_it_to_all]
if os.geteuid() != 0:  # root may write anywhere
    SPOILED.append(take_the_right_to_write)


def no_room_in_files() -> AbstractContextManager[None]:
    """Files can be made, but nothing can be written to them, as on a full disk."""
    return soft_limit(resource.RLIMIT_FSIZE, 0)


def require_stopped(result: OperationResult) -> None:
    assert (result.ok, result.state, result.error) == (True, State.STOPPED, None), result


@pytest.mark.parametrize("spoil", SPOILED)
async def test_a_stop_goes_on_without_its_lock_and_says_so(
    demo_home: DemoHome, spoil: Callable[[DemoHome], None]
) -> None:
    gateway = await demo_home.start("openclaw", "p")
    spoil(demo_home)

    result = await operate(demo_home.host(), "openclaw:p", Operation.STOP)

    require_stopped(result)
    assert gateways_of(gateway.profile) == []
    [warning] = result.warnings
    assert NO_LOCK in warning
    assert str(state_dir(demo_home.host())) in warning


async def test_a_stop_goes_on_without_its_record_and_says_so_once(demo_home: DemoHome) -> None:
    gateway = await demo_home.start("openclaw", "p")
    with no_room_in_files():
        result = await operate(demo_home.host(), "openclaw:p", Operation.STOP)

    require_stopped(result)
    assert gateways_of(gateway.profile) == []
    [warning] = result.warnings
    assert NO_RECORD in warning
    assert str(operations_file(demo_home.host(), gateway.profile.config_path)) in warning


async def test_a_gateway_that_does_not_stop_can_be_killed_without_a_record(demo_home: DemoHome) -> None:
    """The claw-tui that asked it to stop knows that; others do not, so no command of theirs is told."""
    shorten_stop_budget(demo_home, "openclaw", 0.1)
    gateway = await demo_home.start("openclaw", "p", faults=Faults(ignore_sigterm=True))
    host = demo_home.host()
    with no_room_in_files():
        stopped = await operate(host, "openclaw:p", Operation.STOP, Options(timeout_s=0.2))
        assert stopped.error is not None
        assert stopped.error.code is ErrorCode.STILL_RUNNING
        assert (stopped.error.hint or "").endswith(f"it can be killed: kill -KILL {gateway.pid}")
        killed = await operate(host, "openclaw:p", Operation.KILL, Options(confirmed=True))

    require_stopped(killed)
    assert gateways_of(gateway.profile) == []


async def test_a_start_goes_on_where_only_its_output_cannot_be_kept(demo_home: DemoHome) -> None:
    profile = demo_home.add_profile("openclaw", "p")
    path = output_dir(demo_home.host())
    path.parent.mkdir(parents=True)
    path.touch()

    result = await operate(demo_home.host(), "openclaw:p", Operation.START)

    assert (result.ok, result.state) == (True, State.RUNNING), result
    assert len(gateways_of(profile)) == 1
    [warning] = result.warnings
    assert warning.startswith("What it prints is lost: ")


async def test_a_start_and_a_restart_go_on_where_the_lock_of_the_state_dir_keeps_others_away(
    demo_home: DemoHome,
) -> None:
    profile = demo_home.add_profile("openclaw", "p")
    put_a_file_in_the_way(demo_home)

    for operation in (Operation.START, Operation.RESTART):
        result = await operate(demo_home.host(), "openclaw:p", operation)
        assert (result.ok, result.state) == (True, State.RUNNING), result
        lock, output = result.warnings
        assert f"The lock of {profile.installation.state_dir} alone keeps other claw-tuis away" in lock
        assert output.startswith("What it prints is lost: ")
    assert len(gateways_of(profile)) == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
async def test_a_lock_file_that_may_only_be_read_is_a_lock_all_the_same(demo_home: DemoHome) -> None:
    gateway = await demo_home.start("openclaw", "p")
    host = demo_home.host()
    config = gateway.profile.config_path
    with operation_lock(host, config, "openclaw:p", Operation.START):
        operations_file(host, config).chmod(0o400)
        busy = await operate(host, "openclaw:p", Operation.STOP)
        assert busy.error is not None
        assert busy.error.code is ErrorCode.BUSY

    stopped = await operate(host, "openclaw:p", Operation.STOP)
    require_stopped(stopped)


async def test_a_script_and_a_user_are_told_what_could_not_be_kept(demo_home: DemoHome) -> None:
    await demo_home.start("openclaw", "p")
    put_a_file_in_the_way(demo_home)

    run = await claw_tui(demo_home.environment, "stop", "p", "--json")

    assert run.code == 0, run
    results = run.document["results"]
    assert isinstance(results, list)
    [warning] = results[0]["warnings"]
    assert NO_LOCK in warning
    told = " ".join(run.errors.split())
    assert f"! openclaw:p: {warning}" in told
    assert "Events cannot be kept in" in told


async def test_the_dashboard_stops_a_gateway_of_which_nothing_can_be_written_down(demo_home: DemoHome) -> None:
    gateway = await demo_home.start("openclaw", "p")
    put_a_file_in_the_way(demo_home)
    app = ClawTui(local_gateway_host(demo_home.host))
    async with piloted(app, (120, 36)) as pilot:
        await until_shown(pilot, "● running")
        await pilot.press("X")
        await until_shown(pilot, "Stop openclaw:p?")
        await pilot.press("y")
        await eventually(pilot, lambda: not gateways_of(gateway.profile))
        await eventually(pilot, lambda: any("Not all of it" in told for _, told, _ in toasts(app)))
        await eventually(pilot, lambda: any(one.where == "events" for one in app.session.problems.all))

    assert "warning" in {severity for _, told, severity in toasts(app) if "Not all of it" in told}


has_full_device = pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no such device")


async def run_redirected(home: DemoHome, redirection: str, *arguments: str) -> tuple[int | None, str]:
    """Run claw-tui with a stream elsewhere; its exit code, and what it said on stderr."""
    run = await asyncio.create_subprocess_exec(
        *("/bin/sh", "-c", f'exec "$0" "$@" {redirection}', str(CLAW_TUI), *arguments),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=dict(home.environment),
    )
    _, errors = await run.communicate()
    return run.returncode, errors.decode()


@has_full_device
async def test_words_for_which_there_is_no_room_keep_nothing_from_being_done(demo_home: DemoHome) -> None:
    gateway = await demo_home.start("openclaw", "p")

    code, _ = await run_redirected(demo_home, "2> /dev/full", "stop", "p")

    assert code == 0
    assert gateways_of(gateway.profile) == []


def require_one_plain_line(code: int | None, told: str) -> None:
    assert code == 3
    assert "claw-tui: the output could not be written: No space left on device" in told
    assert "Traceback" not in told
    assert "Exception ignored" not in told


@has_full_device
@pytest.mark.parametrize("more", [(), ("--json",)])
async def test_a_stop_whose_output_has_no_room_is_done_and_says_so_in_one_plain_line(
    demo_home: DemoHome, more: tuple[str, ...]
) -> None:
    gateways = [await demo_home.start("openclaw", name) for name in ("p", "q")]
    require_one_plain_line(*await run_redirected(demo_home, "> /dev/full", "stop", "p", "q", *more))
    assert [pid for gateway in gateways for pid in gateways_of(gateway.profile)] == []


@has_full_device
@pytest.mark.parametrize("argument", ["ls", "--help", "--version"])
async def test_output_for_which_there_is_no_room_is_one_plain_line(demo_home: DemoHome, argument: str) -> None:
    demo_home.add_profile("openclaw", "p")
    require_one_plain_line(*await run_redirected(demo_home, "> /dev/full", argument))
