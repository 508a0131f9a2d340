"""Two claw-tuis that know nothing of each other, each with a state home of its own, act on one gateway at once."""

import asyncio
import shutil
import subprocess
from collections.abc import Iterator

import pytest

from gateway_core.demo.home import DemoHome
from gateway_core.demo.installation import DemoProfile
from gateway_core.lifecycle.operate import operate
from gateway_core.operations import ErrorCode, Operation, Progress, StepBegan
from tests.documents import rows, text
from tests.program import CompletedRun, claw_tui
from tests.real_processes import gateways_of, listens, until


async def run(home: DemoHome, name: str, command: str) -> CompletedRun:
    """The command in a claw-tui with a state home and a temporary directory of that name."""
    own = home.base / name
    (own / "tmp").mkdir(parents=True, exist_ok=True)
    environment = dict(home.environment) | {"XDG_STATE_HOME": str(own), "TMPDIR": str(own / "tmp")}
    return await claw_tui(environment, command, "p", "--json")


class HeldGateway:
    """A product's command that goes on to its gateway only once it may."""

    def __init__(self, profile: DemoProfile) -> None:
        self._begun, self._over = (profile.command.with_name(name) for name in ("begun", "over"))
        script = profile.command.read_text()
        held = f"touch {self._begun}\nwhile [ ! -e {self._over} ]; do sleep 0.05; done\nexec "
        profile.command.write_text(script.replace("\nexec ", f"\n{held}"))

    def hold_next(self) -> None:
        for path in (self._begun, self._over):
            path.unlink(missing_ok=True)

    async def until_begun(self) -> None:
        await asyncio.to_thread(until, self._begun.exists)

    def let_go(self) -> None:
        self._over.touch()


@pytest.fixture
def profile(demo_home: DemoHome) -> DemoProfile:
    return demo_home.add_profile("openclaw", "p")


@pytest.fixture
def gateway(profile: DemoProfile) -> Iterator[HeldGateway]:
    """The gateway of the profile, let go in the end also where a test fails."""
    held = HeldGateway(profile)
    yield held
    held.let_go()


def outcome(run: CompletedRun) -> tuple[bool, str | None, object]:
    [result] = rows(run.document["results"])
    error = result["error"]
    code = text(error["code"]) if isinstance(error, dict) else None
    return result["ok"] is True, code, result["pid_after"]


def launched(run: CompletedRun) -> bool:
    [result] = rows(run.document["results"])
    return any(step["name"] == "start" for step in rows(result["steps"]))


async def test_one_of_two_starts_and_restarts_it_and_the_other_says_so(
    demo_home: DemoHome, profile: DemoProfile, gateway: HeldGateway
) -> None:
    for command in ("start", "restart"):
        gateway.hold_next()
        first = asyncio.create_task(run(demo_home, "one", command))
        await gateway.until_begun()
        lost = await run(demo_home, "two", command)
        gateway.let_go()
        won = await first
        [pid] = gateways_of(profile)
        assert outcome(lost)[:2] == (False, "busy"), lost.errors
        assert (launched(won), outcome(won)) == (True, (True, None, pid)), won.errors
    stopped = await both_at_once(demo_home, "stop")
    assert gateways_of(profile) == []
    assert any(outcome(one)[0] for one in stopped), [one.errors for one in stopped]
    assert {outcome(one)[1] for one in stopped} <= {None, "busy"}


async def both_at_once(home: DemoHome, command: str) -> list[CompletedRun]:
    return await asyncio.gather(*(run(home, name, command) for name in ("one", "two")))


async def test_of_two_that_start_it_at_the_very_same_moment_one_does(
    demo_home: DemoHome, profile: DemoProfile, gateway: HeldGateway
) -> None:
    """The one whose lock comes first holds it until the other one has been told so."""
    runs = [asyncio.create_task(run(demo_home, name, "start")) for name in ("one", "two")]
    [lost], [running] = await asyncio.wait(runs, return_when=asyncio.FIRST_COMPLETED)
    assert outcome(lost.result())[:2] == (False, "busy"), lost.result().errors
    gateway.let_go()
    won = await running
    [pid] = gateways_of(profile)
    assert (launched(won), outcome(won)) == (True, (True, None, pid)), won.errors


async def test_no_start_reports_the_process_of_somebody_else_as_its_own(
    demo_home: DemoHome, profile: DemoProfile
) -> None:
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
