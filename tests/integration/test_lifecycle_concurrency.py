"""Several operations at once, and operations whose claw-tui is cancelled or killed in the middle."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from gateway_core.demo.faults import Faults
from gateway_core.demo.home import DemoHome
from gateway_core.host import Host
from gateway_core.lifecycle.operate import operate, operate_many
from gateway_core.operations import (
    ErrorCode,
    Operation,
    OperationResult,
    Progress,
    StepBegan,
    StepEnded,
)
from gateway_core.snapshot import State
from tests.real_processes import gateways_of, hostile_variables, is_free, until

OPERATOR = """
import asyncio, sys
from gateway_core.demo.home import DemoHome
from gateway_core.lifecycle.operate import operate
from gateway_core.operations import Operation, OperationEnded, StepBegan, StepEnded
from pathlib import Path

def tell(event):
    if isinstance(event, OperationEnded):
        print(event.result.model_dump_json(), flush=True)
    else:
        name = event.name if isinstance(event, StepBegan) else event.step.name
        print("began" if isinstance(event, StepBegan) else "ended", name, flush=True)
        sys.stdin.readline()

home = DemoHome(Path(sys.argv[1]))
asyncio.run(operate(home.host(), sys.argv[2], Operation(sys.argv[3]), report=tell))
"""
"""Stops at every event until it gets a line."""


async def operator(home: DemoHome, instance: str, operation: Operation) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        OPERATOR,
        str(home.base),
        instance,
        operation.value,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )


async def run_until(process: asyncio.subprocess.Process, moment: str | None) -> dict[str, object]:
    """Let it go on until it is at that moment, or has ended; its result in that case."""
    assert process.stdout is not None
    assert process.stdin is not None
    async with asyncio.timeout(30):
        while line := (await process.stdout.readline()).decode().strip():
            if line.startswith("{"):
                result = json.loads(line)
                assert isinstance(result, dict)
                return result
            if line == moment:
                return {}
            process.stdin.write(b"\n")
            await process.stdin.drain()
    return {}


async def test_two_processes_that_start_one_instance_make_exactly_one_gateway(demo_home: DemoHome) -> None:
    profile = demo_home.add_profile("openclaw", "p", faults=Faults(start_delay_s=0.5))
    processes = [await operator(demo_home, profile.id, Operation.START) for _ in range(2)]

    results = await asyncio.gather(*(run_until(process, None) for process in processes))
    await asyncio.gather(*(process.wait() for process in processes))

    assert len(gateways_of(profile)) == 1
    lost = [result["error"] for result in results if not result["ok"]]
    assert len(lost) <= 1
    assert all(isinstance(error, dict) and error["code"] == ErrorCode.BUSY for error in lost)


async def test_two_starts_in_one_process_make_exactly_one_gateway(demo_home: DemoHome) -> None:
    profile = demo_home.add_profile("openclaw", "p")
    host = demo_home.host()

    one, two = await asyncio.gather(*(operate(host, profile.id, Operation.START) for _ in range(2)))

    assert one.ok != two.ok
    assert len(gateways_of(profile)) == 1


STEPS_OF_A_START = [
    f"{moment} {step}" for step in ("find", "look", "check", "start", "live") for moment in ("began", "ended")
]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("distribution", "moments"), [("openclaw", STEPS_OF_A_START), ("clawdbot", ["ended start", "began live"])]
)
async def test_a_start_that_is_killed_anywhere_is_finished_by_the_next(
    demo_home: DemoHome, distribution: str, moments: list[str]
) -> None:
    for number, moment in enumerate(moments):
        profile = demo_home.add_profile(distribution, f"p{number}")
        process = await operator(demo_home, profile.id, Operation.START)
        assert await run_until(process, moment) == {}
        process.send_signal(signal.SIGKILL)
        await process.wait()

        again = await operate(demo_home.host(), profile.id, Operation.START)
        assert (again.ok, again.state) == (True, State.RUNNING), (moment, again)
        assert len(gateways_of(profile)) == 1, moment
        stopped = await operate(demo_home.host(), profile.id, Operation.STOP)
        assert (stopped.ok, stopped.state) == (True, State.STOPPED), (moment, stopped)
        assert gateways_of(profile) == []


@pytest.mark.slow
async def test_a_restart_that_is_killed_anywhere_is_finished_by_a_start(demo_home: DemoHome) -> None:
    profile = demo_home.add_profile("openclaw", "p")
    for step in ("find", "look", "check", "signal", "exit", "start", "live"):
        assert (await operate(demo_home.host(), profile.id, Operation.START)).ok
        process = await operator(demo_home, profile.id, Operation.RESTART)
        assert await run_until(process, f"ended {step}") == {}
        process.send_signal(signal.SIGKILL)
        await process.wait()

        again = await operate(demo_home.host(), profile.id, Operation.START)
        if again.error is not None and again.error.code is ErrorCode.STOPPING:
            until(lambda: gateways_of(profile) == [])
            again = await operate(demo_home.host(), profile.id, Operation.START)
        assert (again.ok, again.state) == (True, State.RUNNING), (step, again)
        assert len(gateways_of(profile)) == 1, step


@pytest.mark.slow
async def test_a_start_that_is_cancelled_anywhere_leaves_what_stop_can_stop(demo_home: DemoHome) -> None:
    host = demo_home.host()
    for number, moment in enumerate(STEPS_OF_A_START):
        profile = demo_home.add_profile("openclaw", f"p{number}")
        await cancelled_at(moment, host, profile.id)

        stopped = await operate(host, profile.id, Operation.STOP)
        assert (stopped.ok, stopped.state) == (True, State.STOPPED), (moment, stopped)
        assert gateways_of(profile) == []
        assert is_free(profile.port)


async def cancelled_at(moment: str, host: Host, instance_id: str) -> None:
    """Start it, and cancel that at the given moment."""

    def tell(event: Progress) -> None:
        if spoken(event) == moment:
            task.cancel()

    task = asyncio.create_task(operate(host, instance_id, Operation.START, report=tell))
    await asyncio.wait({task})


def spoken(event: Progress) -> str:
    if isinstance(event, StepBegan):
        return f"began {event.name}"
    return f"ended {event.step.name}" if isinstance(event, StepEnded) else "ended"


@pytest.mark.slow
async def test_twenty_start_and_stop_together_and_one_failure_hides_no_other(demo_home: DemoHome) -> None:
    profiles = [demo_home.add_profile("openclaw", f"p{number:02}") for number in range(20)]
    profiles[7].set_faults(Faults(exit_code=1))
    ids = [profile.id for profile in profiles]

    started = await operate_many(demo_home.host(), ids, Operation.START)
    assert [result.instance for result in started] == ids
    assert [result.instance for result in started if not result.ok] == [ids[7]]
    assert [len(gateways_of(profile)) for profile in profiles].count(1) == 19

    stopped = await operate_many(demo_home.host(), [*ids, "openclaw:nobody"], Operation.STOP)
    assert [result.instance for result in stopped if not result.ok] == ["openclaw:nobody"]
    assert all(gateways_of(profile) == [] for profile in profiles)


ENVIRONMENT_DUMP = """\
#!{python} -IS
import os, pathlib, shutil, sys
shutil.copy("/proc/self/environ", {target!r})
os.execv({real!r}, [{real!r}, *sys.argv[1:]])
"""


@pytest.mark.parametrize("distribution", ["moltbot", "openclaw"])
async def test_the_childs_environment_is_the_specified_one_whatever_the_callers_is(
    demo_home: DemoHome, monkeypatch: pytest.MonkeyPatch, distribution: str
) -> None:
    """Set in the process that acts, and in the environment of its host."""
    hostile = hostile_variables(demo_home)
    for name, value in hostile.items():
        monkeypatch.setenv(name, value)
    profile = demo_home.add_profile(distribution, "p")
    dump = demo_home.base / "environ"
    interpose(profile.command, dump)
    caller = {**demo_home.environment, **hostile, "LC_TIME": "C.UTF-8"}

    result = await operate(replace(demo_home.host(), environment=caller), profile.id, Operation.START)

    assert result.ok, result
    seen = dict(entry.split("=", 1) for entry in dump.read_text().split("\0") if entry)
    passed = ("HOME", "PATH", "TMPDIR", "XDG_RUNTIME_DIR", "LANG", "LC_ALL", "USER", "LOGNAME", "LC_TIME")
    assert seen == {name: caller[name] for name in passed if name in caller}
    assert len(gateways_of(profile)) == 1


def interpose(command: Path, dump: Path) -> None:
    """Let the command first write down what it was started with."""
    real = command.rename(command.with_name(f"{command.name}.real"))
    command.write_text(ENVIRONMENT_DUMP.format(python=sys.executable, target=str(dump), real=str(real)))
    command.chmod(0o755)


@pytest.mark.slow
async def test_one_of_several_is_cancelled_alone_and_its_gateway_comes_up_all_the_same(demo_home: DemoHome) -> None:
    slow, quick = demo_home.add_profile("openclaw", "slow"), demo_home.add_profile("openclaw", "quick")
    slow.set_faults(Faults(start_delay_s=2))
    held: dict[str, asyncio.Task[OperationResult]] = {}
    launched = asyncio.Event()

    def report(event: Progress) -> None:
        if isinstance(event, StepEnded) and (event.instance, event.step.name) == (slow.id, "start"):
            launched.set()

    ids = [slow.id, quick.id]
    work = asyncio.create_task(
        operate_many(demo_home.host(), ids, Operation.START, report=report, on_task=held.__setitem__)
    )
    async with asyncio.timeout(60):
        await launched.wait()
        held[slow.id].cancel()
        results = await work
    assert [(result.instance, result.ok) for result in results] == [(quick.id, True)]
    again = await operate(demo_home.host(), slow.id, Operation.START)
    assert again.ok, again.error
    assert len(gateways_of(slow)) == 1
