"""Starts that are slow, that come up on another port than expected, or that are not ready at once."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import gateway_core.distributions
from gateway_core.demo.faults import Faults
from gateway_core.demo.home import DemoHome
from gateway_core.demo.installation import DemoProfile
from gateway_core.discovery.operation_records import last_record
from gateway_core.lifecycle import waiting
from gateway_core.lifecycle.backend import Options, Wait
from gateway_core.lifecycle.operate import operate
from gateway_core.monitor.monitor import take_snapshot
from gateway_core.operations import ErrorCode, Operation
from gateway_core.snapshot import State
from tests.real_processes import gateways_of, until

_HOG = "while True: pass"


def shorten_start_budget(home: DemoHome, seconds: float) -> None:
    """Let a user's own data file say that openclaw starts sooner."""
    built_in = Path(gateway_core.distributions.__file__).parent / "data" / "openclaw.toml"
    head, blank, tail = built_in.read_text().partition("\n\n")
    own = home.config_dir / "distributions" / built_in.name
    own.parent.mkdir(exist_ok=True)
    own.write_text(f"{head}\nstart_budget_s = {seconds}{blank}{tail}")


def wrap(profile: DemoProfile, text: str) -> None:
    """Put a script in the place of its command; `{command}` in the text is the real one."""
    real = profile.command.with_name(f"{profile.command.name}-real")
    shutil.copy(profile.command, real)
    profile.command.write_text(f"#!/bin/sh\n{text.format(command=shlex.quote(str(real)))}\n")


@contextmanager
def hogs(core: int, number: int) -> Iterator[None]:
    """Processes that use that core up, until the end of the block."""
    running = [subprocess.Popen(["taskset", "-c", str(core), sys.executable, "-c", _HOG]) for _ in range(number)]
    try:
        yield
    finally:
        for process in running:
            process.kill()
            process.wait()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux binds processes to a core")
async def test_a_start_that_gets_no_core_is_starting_and_is_told_so(demo_home: DemoHome) -> None:
    profile = demo_home.add_profile("openclaw", "p", faults=Faults(start_work_s=1.5))
    shorten_start_budget(demo_home, 0.5)
    core = min(os.sched_getaffinity(0))
    wrap(profile, f'exec taskset -c {core} nice -n 10 {{command}} "$@"')
    host = demo_home.host()
    with hogs(core, 2):
        result = await operate(host, profile.id, Operation.START, Options(timeout_s=3))
        until(lambda: bool(gateways_of(profile)))
        seen = (await take_snapshot(host)).instance(profile.id)

    assert result.error is not None
    assert (result.error.code, result.state) == (ErrorCode.NOT_LIVE, State.STARTING), result
    assert result.error.message.startswith("openclaw:p is still starting after 3 s, ")
    assert "core" in result.error.message
    assert seen is not None
    assert seen.state is State.STARTING, seen.reason
    again = await operate(host, profile.id, Operation.START)
    assert (again.ok, again.state) == (True, State.RUNNING), again
    await operate(host, profile.id, Operation.STOP)


async def test_a_start_that_works_gets_more_time_than_its_budget(demo_home: DemoHome) -> None:
    profile = demo_home.add_profile("openclaw", "p", faults=Faults(start_work_s=2))
    shorten_start_budget(demo_home, 0.5)

    result = await operate(demo_home.host(), profile.id, Operation.START)

    assert (result.ok, result.state) == (True, State.RUNNING), result
    took_s = last_record(demo_home.host(), str(profile.config_path)).took_s
    assert took_s is not None
    assert took_s > 0.5


async def test_the_work_of_a_start_is_that_since_it_is_waited_for(demo_home: DemoHome) -> None:
    """What another one has started has worked before: that is no second core."""
    profile = demo_home.add_profile("openclaw", "p", faults=Faults(start_work_s=20))
    first = await operate(demo_home.host(), profile.id, Operation.START, Options(timeout_s=4))

    second = await operate(demo_home.host(), profile.id, Operation.START, Options(timeout_s=1))

    assert first.error is not None
    assert second.error is not None
    assert second.error.message.startswith("openclaw:p is still starting after 1 s, ")
    assert "cores" not in second.error.message
    await operate(demo_home.host(), profile.id, Operation.STOP)


async def test_a_start_that_does_nothing_is_not_waited_for(
    demo_home: DemoHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "SAMPLE_EVERY_S", 1.0)
    profile = demo_home.add_profile("openclaw", "p", faults=Faults(start_delay_s=60))
    shorten_start_budget(demo_home, 0.5)

    result = await operate(demo_home.host(), profile.id, Operation.START)

    assert result.error is not None
    assert (result.error.code, result.state) == (ErrorCode.NOT_LIVE, State.WEDGED), result
    assert "was not live after" in result.error.message
    profile.set_faults(Faults())


@pytest.mark.parametrize("distribution", ["openclaw", "clawdbot"])
async def test_another_port_than_expected_is_told_at_once(demo_home: DemoHome, distribution: str) -> None:
    profile = demo_home.add_profile(distribution, "p")
    other = demo_home.ports.take()
    wrap(profile, f'[ "$3" = gateway ] || exec {{command}} "$@"\nexec {{command}} --profile p gateway --port {other}')

    result = await operate(demo_home.host(), profile.id, Operation.START, Options(timeout_s=30))

    assert result.error is not None, result
    assert result.error.code is ErrorCode.CAME_UP_ELSEWHERE
    assert result.error.message.startswith(f"{profile.id} came up on port {other}, not on {profile.port}: ")
    assert sum(step.seconds for step in result.steps) < 15
    assert result.pid_after is not None


async def test_a_start_ends_when_it_is_live_and_says_what_is_not_ready(demo_home: DemoHome) -> None:
    profile = demo_home.add_profile("openclaw", "p", faults=Faults(ready_delay_s=30))

    result = await operate(demo_home.host(), profile.id, Operation.START)

    assert (result.ok, result.state) == (True, State.STARTING), result
    assert "live after" in (result.steps[-1].detail or "")
    assert "not ready yet: its channels and helpers are still starting" in (result.steps[-1].detail or "")


async def test_a_start_can_wait_until_it_is_ready(demo_home: DemoHome) -> None:
    profile = demo_home.add_profile("openclaw", "p", faults=Faults(ready_delay_s=1))

    result = await operate(demo_home.host(), profile.id, Operation.START, Options(wait=Wait.READY))

    assert (result.ok, result.state) == (True, State.RUNNING), result
    assert result.steps[-1].name == "ready"


async def test_one_that_does_not_become_ready_is_told(demo_home: DemoHome) -> None:
    profile = demo_home.add_profile("openclaw", "p", faults=Faults(failing=("discord",)))

    result = await operate(demo_home.host(), profile.id, Operation.START, Options(wait=Wait.READY, timeout_s=5))

    assert result.error is not None
    assert (result.error.code, result.state) == (ErrorCode.NOT_READY, State.DEGRADED), result
    assert result.error.message == "openclaw:p is live, but not ready after 5 s: channel discord is not connected."


async def test_a_restart_of_what_was_not_ready_does_not_wait_for_that(demo_home: DemoHome) -> None:
    await demo_home.start("openclaw", "p", faults=Faults(failing=("discord",)))

    result = await operate(demo_home.host(), "openclaw:p", Operation.RESTART)

    assert (result.ok, result.state) == (True, State.DEGRADED), result
    assert [step.name for step in result.steps][-1] == "live"
