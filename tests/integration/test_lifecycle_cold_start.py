"""Cold starts: real gateways that take their lock late, when their title has dropped their arguments."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest

from gateway_core.demo.cleanup import processes_of
from gateway_core.demo.faults import Faults
from gateway_core.demo.home import DemoHome
from gateway_core.demo.installation import DemoProfile
from gateway_core.host import DEMO_VARIABLE
from gateway_core.lifecycle.backend import Options
from gateway_core.lifecycle.operate import operate
from gateway_core.monitor.monitor import take_snapshot
from gateway_core.operations import ErrorCode, Operation
from gateway_core.snapshot import Instance, Proof, State
from tests.real_processes import gateways_of, is_free, until

VERSION = "2026.3.13"
COLD, WARM = Faults(lock_delay_s=120), Faults()
AT_ONCE = Options(timeout_s=0.5)
EVENTUALLY = Options(timeout_s=60)


@pytest.fixture
def two(demo_home: DemoHome) -> tuple[DemoProfile, DemoProfile]:
    """Two profiles of one product, which start and take no lock until they are told to."""
    one = demo_home.add_profile("openclaw", "one", version=VERSION, faults=COLD)
    return one, demo_home.add_profile("openclaw", "two", version=VERSION, faults=COLD)


def titled(home: DemoHome) -> list[int]:
    """The living processes of that home that are titled as gateways."""
    return sorted(
        found.pid for found in processes_of(DEMO_VARIABLE, str(home.base)) if _title(found) == "openclaw-gateway"
    )


def _title(process: psutil.Process) -> str:
    try:
        return process.cmdline()[0]
    except (psutil.NoSuchProcess, IndexError):
        return ""


async def seen(home: DemoHome) -> dict[str, Instance]:
    return {instance.id: instance for instance in (await take_snapshot(home.host())).instances}


def use(home: DemoHome, profile: DemoProfile) -> None:
    """Put the command of that profile's version on PATH."""
    (home.bin / "openclaw").unlink(missing_ok=True)
    (home.bin / "openclaw").symlink_to(profile.command)


async def test_what_claw_tui_has_started_is_starting_and_can_be_stopped(
    demo_home: DemoHome, two: tuple[DemoProfile, DemoProfile]
) -> None:
    one, other = two
    use(demo_home, one)
    host = demo_home.host()
    started = [await operate(host, one.id, Operation.START, AT_ONCE) for _ in range(2)]
    assert [result.error and result.error.code for result in started] == [ErrorCode.NOT_LIVE] * 2
    until(lambda: len(titled(demo_home)) == 1)

    found = await seen(demo_home)
    assert set(found) == {one.id, other.id}
    process = found[one.id].signals.process
    assert (found[one.id].state, process and process.proof) == (State.STARTING, Proof.LAUNCH)
    assert found[other.id].state is State.STOPPED

    stopped = await operate(host, one.id, Operation.STOP)
    assert (stopped.ok, stopped.state) == (True, State.STOPPED), stopped
    assert titled(demo_home) == []


async def test_a_start_and_a_stop_wait_until_a_gateway_shows_whose_it_is(
    demo_home: DemoHome, two: tuple[DemoProfile, DemoProfile]
) -> None:
    one, other = two
    gateway = await demo_home.launch(one, wait=False)
    use(demo_home, one)
    until(lambda: len(titled(demo_home)) == 1)
    [pid] = titled(demo_home)
    found = await seen(demo_home)
    reason = f"pid {pid} is starting and could be this one"
    assert {name: (found[name].state, found[name].reason) for name in found} == {
        one.id: (State.UNKNOWN, reason),
        other.id: (State.UNKNOWN, reason),
    }
    host = demo_home.host()
    for operation in (Operation.START, Operation.STOP):
        refused = await operate(host, one.id, operation, AT_ONCE)
        assert refused.error is not None
        assert (refused.error.code, reason in refused.error.message) == (ErrorCode.UNKNOWN_STATE, True)
    assert titled(demo_home) == [pid]

    other.set_faults(WARM)
    waiting = [asyncio.create_task(operate(host, profile.id, Operation.START, EVENTUALLY)) for profile in (one, other)]
    one.set_faults(WARM)
    started = [await task for task in waiting]
    assert [(result.ok, result.state) for result in started] == [(True, State.RUNNING)] * 2, started
    assert (gateways_of(one), len(gateways_of(other))) == ([pid], 1)
    assert await gateway.stop() == 0


async def test_a_stop_waits_for_the_proof_of_one_that_is_known_by_its_launcher(
    demo_home: DemoHome, two: tuple[DemoProfile, DemoProfile], tmp_path: Path
) -> None:
    """A shell that was told to run one profile ties what it runs to that, which is not enough to signal it."""
    one, other = two
    use(demo_home, one)
    async with shell(demo_home, "openclaw --profile one gateway; exit"):
        until(lambda: len(titled(demo_home)) == 1)
        found = await seen(demo_home)
        process = found[one.id].signals.process
        assert (found[one.id].state, process and process.proof) == (State.STARTING, Proof.ARGUMENTS)
        assert found[other.id].state is State.STOPPED
        refused = await operate(demo_home.host(), one.id, Operation.STOP, AT_ONCE)
        assert refused.error is not None
        assert refused.error.code is ErrorCode.UNPROVEN
        one.set_faults(WARM)
        stopped = await operate(demo_home.host(), one.id, Operation.STOP, EVENTUALLY)
        assert (stopped.ok, stopped.state) == (True, State.STOPPED), stopped
        assert is_free(one.port)


async def test_two_that_start_at_once_are_told_apart_by_where_they_work(
    demo_home: DemoHome, two: tuple[DemoProfile, DemoProfile], tmp_path: Path
) -> None:
    use(demo_home, two[0])
    script = tmp_path / "start.sh"
    calls = (f"cd {profile.state_dir} && openclaw --profile {profile.installation.profile} gateway" for profile in two)
    script.write_text("".join(f"({call}) &\n" for call in calls) + "wait\n")
    async with shell(demo_home, f". {script}"):
        until(lambda: len(titled(demo_home)) == 2)
        found = await seen(demo_home)
        assert set(found) == {profile.id for profile in two}
        assert {instance.state for instance in found.values()} == {State.STARTING}
        for profile in two:
            profile.set_faults(WARM)
        until(lambda: [len(gateways_of(profile)) for profile in two] == [1, 1])
        found = await seen(demo_home)
        for profile in two:
            process = found[profile.id].signals.process
            assert process is not None
            assert ([process.pid], process.proof) == (gateways_of(profile), Proof.LOCK)


@asynccontextmanager
async def shell(home: DemoHome, command: str) -> AsyncIterator[None]:
    """A shell that runs the command in that home; the home's own end takes what it has started with it."""
    process = await asyncio.create_subprocess_exec(
        "/bin/sh", "-c", command, env=dict(home.environment), start_new_session=True, cwd=home.home
    )
    try:
        yield
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
