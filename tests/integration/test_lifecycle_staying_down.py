"""Stops of gateways that something starts again: shell loops, supervisors of one's own, units beside an orphan."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from gateway_core.demo.home import DemoHome
from gateway_core.demo.installation import DemoProfile
from gateway_core.lifecycle import staying_down
from gateway_core.lifecycle.operate import operate
from gateway_core.operations import ErrorCode, Operation, OperationResult
from gateway_core.snapshot import State
from tests.real_processes import gateways_of, until

_PYTHON_LOOP = """
import os, subprocess, sys, time
while True:
    subprocess.run(sys.argv[1:])
    time.sleep(0.3)
"""


@contextmanager
def launched_by(home: DemoHome, profile: DemoProfile, *argv: str) -> Iterator[subprocess.Popen[bytes]]:
    """A launcher that is no child of this process, as one in another terminal is, once its gateway listens."""
    pid_file = home.base / "launcher.pid"
    command = f"setsid {shlex.join(argv)} >/dev/null 2>&1 & echo $! > {shlex.quote(str(pid_file))}"
    environment = {**home.environment, "DEMO_GATEWAY_ROOT": str(home.root)}
    process = subprocess.Popen(["/bin/sh", "-c", command], env=environment)
    process.wait()
    launcher = int(pid_file.read_text())
    try:
        until(lambda: bool(gateways_of(profile)))
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(launcher, signal.SIGKILL)
        for pid in gateways_of(profile):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def loop(profile: DemoProfile, pause: str) -> tuple[str, ...]:
    return ("sh", "-c", f"while true; do {shlex.join(profile.arguments)}; sleep {pause}; done")


def step(result: OperationResult, name: str) -> str | None:
    return next((step.detail for step in result.steps if step.name == name), None)


@pytest.mark.parametrize(("version", "pause"), [("2026.9.6", "0.5"), ("2026.2.13", "0.5"), ("2026.2.13", "0")])
async def test_a_shell_loop_that_starts_it_again_is_named(demo_home: DemoHome, version: str, pause: str) -> None:
    profile = demo_home.add_profile("openclaw", "p", version=version)
    with launched_by(demo_home, profile, *loop(profile, pause)):
        result = await operate(demo_home.host(), profile.id, Operation.STOP)

        assert result.error is not None, result
        assert result.error.code is ErrorCode.CAME_BACK
        assert "came back as pid" in result.error.message
        assert "started by sh (pid " in result.error.message
        assert not result.ok
        assert result.steps[-1].name == "stays down"
        assert (step(result, "check") or "").endswith(" may start it again (direct)")


@pytest.mark.parametrize("pause", ["2", "0.6; sleep 2"])
async def test_a_loop_is_watched_for_as_long_as_it_pauses(
    demo_home: DemoHome, monkeypatch: pytest.MonkeyPatch, pause: str
) -> None:
    monkeypatch.setattr(staying_down, "RESTARTER_WATCH_S", 1.2)
    monkeypatch.setattr(staying_down, "WATCH_S", 0.5)
    profile = demo_home.add_profile("openclaw", "p")
    with launched_by(demo_home, profile, *loop(profile, pause)):
        result = await operate(demo_home.host(), profile.id, Operation.STOP)

        assert result.error is not None, result
        assert result.error.code is ErrorCode.CAME_BACK


async def test_a_loop_that_was_typed_at_a_prompt_is_watched_for_as_long_as_it_pauses(
    demo_home: DemoHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staying_down, "RESTARTER_WATCH_S", 0.5)
    monkeypatch.setattr(staying_down, "WATCH_S", 0.5)
    profile = demo_home.add_profile("openclaw", "p")
    typed = demo_home.base / "typed"
    typed.write_text(loop(profile, "2")[-1])
    with launched_by(demo_home, profile, "bash", "--rcfile", str(typed), "-i"):
        result = await operate(demo_home.host(), profile.id, Operation.STOP)

        assert result.error is not None, result
        assert result.error.code is ErrorCode.CAME_BACK
        assert "started by bash (pid " in result.error.message


async def test_a_watchdog_that_is_no_ancestor_is_noticed(demo_home: DemoHome) -> None:
    """What it starts is on its own: nothing tells who has started it."""
    profile = demo_home.add_profile("openclaw", "p")
    pid_file, command = demo_home.base / "up", shlex.join(profile.arguments)
    start = shlex.join(("setsid", "-f", "sh", "-c", f"echo $$ > {pid_file}; exec {command}"))
    dog = f"while true; do kill -0 $(cat {pid_file}) || {start}; sleep 2.5; done"
    with launched_by(demo_home, profile, "sh", "-c", dog):
        result = await operate(demo_home.host(), profile.id, Operation.STOP)

        assert result.error is not None, result
        assert result.error.code is ErrorCode.CAME_BACK


async def test_another_gateway_of_the_same_launcher_is_not_the_one_that_came_back(
    demo_home: DemoHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As of two that were started with `&` at one prompt."""
    monkeypatch.setattr(staying_down, "RESTARTER_WATCH_S", 1.0)
    one, other = (demo_home.add_profile("openclaw", name) for name in ("one", "other"))
    both = f"{shlex.join(one.arguments)} & {shlex.join(other.arguments)} & wait; sleep 600"
    with launched_by(demo_home, one, "sh", "-c", both):
        until(lambda: bool(gateways_of(other)))
        restarted = await operate(demo_home.host(), one.id, Operation.RESTART)
        assert (restarted.ok, restarted.state) == (True, State.RUNNING), restarted
        stopped = await operate(demo_home.host(), one.id, Operation.STOP)
        assert (stopped.ok, stopped.state) == (True, State.STOPPED), stopped
        assert gateways_of(other)
        for pid in gateways_of(other):
            os.kill(pid, signal.SIGKILL)


async def test_a_supervisor_of_ones_own_is_named(demo_home: DemoHome, tmp_path: Path) -> None:
    profile = demo_home.add_profile("openclaw", "p")
    script = tmp_path / "keeper.py"
    script.write_text(_PYTHON_LOOP)
    with launched_by(demo_home, profile, sys.executable, str(script), *profile.arguments):
        result = await operate(demo_home.host(), profile.id, Operation.STOP)

        assert result.error is not None, result
        assert result.error.code is ErrorCode.CAME_BACK
        assert "started by keeper.py (pid " in result.error.message
        assert re.match(r"End keeper\.py \(pid \d+\) first\. Its command line: .*keeper\.py ", result.error.hint or "")


async def test_a_launcher_that_is_quiet_is_told(demo_home: DemoHome, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(staying_down, "RESTARTER_WATCH_S", 1.0)
    monkeypatch.setattr(staying_down, "WATCH_S", 0.5)
    profile = demo_home.add_profile("openclaw", "p")
    with launched_by(demo_home, profile, *loop(profile, "60")):
        result = await operate(demo_home.host(), profile.id, Operation.STOP)

        assert (result.ok, result.state) == (True, State.STOPPED), result
        told = step(result, "stays down") or ""
        assert told.startswith("not back after 1 s, but sh (pid ")
        assert told.endswith("which started it, still runs and pauses for 60 s: it may start it again")


async def test_a_script_that_ends_with_it_is_watched_for_a_moment_only(demo_home: DemoHome) -> None:
    profile = demo_home.add_profile("openclaw", "p")
    with launched_by(demo_home, profile, "sh", "-c", f"{shlex.join(profile.arguments)}; true"):
        result = await operate(demo_home.host(), profile.id, Operation.STOP)

        assert result.ok, result
        watched = next(step for step in result.steps if step.name == "stays down")
        assert watched.seconds < staying_down.RESTARTER_WATCH_S
        assert watched.detail == "not back after 4 s"


async def test_a_gateway_of_claw_tui_needs_no_watch(demo_home: DemoHome) -> None:
    profile = demo_home.add_profile("openclaw", "p")
    await operate(demo_home.host(), profile.id, Operation.START)

    result = await operate(demo_home.host(), profile.id, Operation.STOP)

    assert result.ok
    assert [step.name for step in result.steps][-1] == "verify"


async def test_a_restart_leaves_the_start_to_the_loop_that_does_it_anyway(demo_home: DemoHome) -> None:
    profile = demo_home.add_profile("openclaw", "p")
    with launched_by(demo_home, profile, *loop(profile, "0.3")):
        result = await operate(demo_home.host(), profile.id, Operation.RESTART)

        assert (result.ok, result.state) == (True, State.RUNNING), result
        assert "sh (pid " in (step(result, "stays down") or "")
        assert gateways_of(profile) == [result.pid_after]
        assert result.pid_after != result.pid_before
