"""Two claw-tuis that know nothing of each other, each with a state home of its own, act on one gateway at once."""

import asyncio
import shutil
import subprocess
from pathlib import Path

import pytest

from gateway_core.demo.faults import Faults
from gateway_core.demo.home import DemoHome
from gateway_core.lifecycle.operate import operate
from gateway_core.operations import ErrorCode, Operation, Progress, StepBegan
from tests.documents import rows, text
from tests.program import CompletedRun, claw_tui
from tests.real_processes import gateways_of, listens, until

ROUNDS = 3


async def at_once(home: DemoHome, *words: str) -> list[CompletedRun]:
    """The same command in two claw-tuis with different state homes and temporary directories."""
    runs = []
    for name in ("one", "two"):
        own = home.base / name
        (own / "tmp").mkdir(parents=True, exist_ok=True)
        environment = dict(home.environment) | {"XDG_STATE_HOME": str(own)}
        runs.append(claw_tui(environment, *words, "--json"))
    return list(await asyncio.gather(*runs))


def outcome(run: CompletedRun) -> tuple[bool, str | None, object]:
    [result] = rows(run.document["results"])
    error = result["error"]
    code = text(error["code"]) if isinstance(error, dict) else None
    return result["ok"] is True, code, result["pid_after"]


def launched(run: CompletedRun) -> bool:
    [result] = rows(run.document["results"])
    return any(step["name"] == "start" for step in rows(result["steps"]))


@pytest.mark.slow
async def test_one_of_two_starts_and_restarts_it_and_the_other_says_so(demo_home: DemoHome, tmp_path: Path) -> None:
    profile = demo_home.add_profile("openclaw", "p", faults=Faults(start_delay_s=3))
    for _ in range(ROUNDS):
        for command in ("start", "restart", "stop"):
            ended = await at_once(demo_home, command, "p")
            won = [run for run in ended if outcome(run)[0]]
            lost = [outcome(run)[1] for run in ended if run not in won]
            assert won, [run.errors for run in ended]
            if command != "stop":
                [pid] = gateways_of(profile)
                assert lost == ["busy"], [run.errors for run in ended]
                assert (launched(won[0]), outcome(won[0])[2]) == (True, pid)
            else:
                assert gateways_of(profile) == []
                assert set(lost) <= {"busy"}


async def test_no_start_reports_the_process_of_somebody_else_as_its_own(demo_home: DemoHome) -> None:
    profile = demo_home.add_profile("openclaw", "p")
    real, over = profile.command.with_name("openclaw-real"), demo_home.base / "over"
    shutil.copy(profile.command, real)
    profile.command.write_text(f"#!/bin/sh\nwhile [ ! -e {over} ]; do sleep 0.05; done\nexit 1\n")
    others: list[subprocess.Popen[bytes]] = []

    def when_it_is_awaited(event: Progress) -> None:
        if isinstance(event, StepBegan) and event.name == "live":
            others.append(subprocess.Popen([real, "--profile", "p", "gateway"], env=dict(demo_home.environment)))
            until(lambda: any(listens(pid, profile.port) for pid in gateways_of(profile)))
            over.touch()

    result = await operate(demo_home.host(), profile.id, Operation.START, report=when_it_is_awaited)

    [pid] = gateways_of(profile)
    assert result.error is not None, result
    assert result.error.code is ErrorCode.DIED
    assert f"pid {pid} runs instead, which somebody else has started" in result.error.message
    others[0].terminate()
    others[0].wait()
