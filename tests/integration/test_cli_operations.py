"""Start, stop and restart from a shell, on real gateways of a demo home."""

import asyncio
import signal
from datetime import timedelta
from pathlib import Path

import psutil
import pytest

from gateway_core.demo.faults import Faults
from gateway_core.demo.home import DemoHome, RunningGateway
from gateway_core.demo.installation import DemoProfile
from gateway_core.dirs import events_database
from gateway_core.events.model import Event, Kind
from gateway_core.events.store import EventStore
from gateway_core.operations import STOPS_WITHIN
from tests.documents import at, rows, strings, text
from tests.program import claw_tui, claw_tui_until
from tests.real_processes import gateways_of, hostile_variables, shorten_stop_budget, until
from tests.terminal import terminal


def states(document: dict[str, object]) -> list[tuple[str, bool, str]]:
    return [
        (text(result["instance"]), result["ok"] is True, text(result["state"])) for result in rows(document["results"])
    ]


@pytest.mark.slow
async def test_start_restart_and_stop_of_several(demo_home: DemoHome) -> None:
    rescue, main = demo_home.add_profile("openclaw", "rescue"), demo_home.add_profile("clawdbot", "main")
    environment = dict(demo_home.environment) | hostile_variables(demo_home)

    started = await claw_tui(environment, "start", "rescue", "clawdbot:main", "--json")
    assert states(started.document) == [("openclaw:rescue", True, "running"), ("clawdbot:main", True, "running")]
    before = {profile.id: gateways_of(profile) for profile in (rescue, main)}
    assert [len(pids) for pids in before.values()] == [1, 1]
    assert f"gateway --port {rescue.port}" in started.errors

    again = await claw_tui(environment, "start", "rescue")
    assert (again.code, gateways_of(rescue)) == (0, before[rescue.id])
    assert "nothing to start: it runs already" in again.output

    restarted = await claw_tui(environment, "restart", "rescue", "main")
    assert restarted.code == 0, restarted.errors
    assert restarted.output.count("  restarted: ") == 2
    assert all(len(gateways_of(profile)) == 1 for profile in (rescue, main))
    assert gateways_of(rescue) != before[rescue.id]

    stopped = await claw_tui(environment, "stop", "rescue", "main", "--json")
    assert states(stopped.document) == [("openclaw:rescue", True, "stopped"), ("clawdbot:main", True, "stopped")]
    assert gateways_of(rescue) == gateways_of(main) == []
    assert (await claw_tui(environment, "stop", "rescue")).code == 0


@pytest.mark.slow
async def test_one_that_dies_is_told_and_the_other_comes_up(demo_home: DemoHome) -> None:
    dies = demo_home.add_profile("openclaw", "dies", faults=Faults(exit_code=78))
    lives = demo_home.add_profile("openclaw", "lives")

    ended = await claw_tui(demo_home.environment, "start", "dies", "lives")

    assert ended.code == 1
    assert "■ openclaw:dies  not started: " in ended.output
    assert "● openclaw:lives  started: " in ended.output
    assert "Gateway failed to start." in ended.errors
    assert (gateways_of(dies), len(gateways_of(lives))) == ([], 1)


@pytest.mark.slow
async def test_a_gateway_that_ignores_its_stop_is_killed_in_a_step_of_its_own(demo_home: DemoHome) -> None:
    shorten_stop_budget(demo_home, "openclaw", 1)
    gateway = await demo_home.start("openclaw", "stub", faults=Faults(ignore_sigterm=True))
    early = await claw_tui(demo_home.environment, "stop", "stub", "--kill", "--yes")
    unasked = await claw_tui(demo_home.environment, "stop", "stub", "--kill")
    stopped = await claw_tui(demo_home.environment, "stop", "stub")
    assert (early.code, stopped.code) == (1, 1)
    assert "claw-tui stop openclaw:stub" in early.errors
    assert "was not asked to stop yet" in unasked.errors
    assert gateways_of(gateway.profile) == [gateway.pid]

    killed = await claw_tui(demo_home.environment, "stop", "stub", "--kill", "--yes")

    assert (killed.code, gateways_of(gateway.profile)) == (0, [])
    assert "  killed: " in killed.output


@pytest.mark.slow
async def test_ctrl_c_leaves_a_start_that_a_repeated_call_finishes(demo_home: DemoHome) -> None:
    profile = demo_home.add_profile("openclaw", "slow", faults=Faults(start_delay_s=3))
    ended = await claw_tui_until(b": start: launched pid", demo_home.environment, "start", profile.id)

    assert (ended.code, ended.output) == (130, "")
    assert "interrupted while starting openclaw:slow" in ended.errors
    assert "Traceback" not in ended.errors
    [event] = rows((await claw_tui(demo_home.environment, "events", "--json")).document["events"])
    assert (event["instance"], event["kind"]) == (profile.id, "operation")
    assert (at(event, "detail", "operation"), at(event, "detail", "ok")) == ("start", None)
    assert any(" gateway --port " in command for command in strings(at(event, "detail", "commands")))
    finished = await claw_tui(demo_home.environment, "start", profile.id)
    assert finished.code == 0, finished.errors
    assert len(gateways_of(profile)) == 1


@pytest.mark.slow
async def test_a_stop_that_ctrl_c_left_is_why_the_gateway_ends_later(demo_home: DemoHome) -> None:
    gateway = await demo_home.start("openclaw", "busy", faults=Faults(ignore_sigterm=True))
    name, host = gateway.profile.id, demo_home.host()
    ended = await claw_tui_until(b": signal: pid", demo_home.environment, "stop", name)
    assert ended.code == 130, ended.errors

    seen = Event(at=host.clock.now() + timedelta(seconds=60), instance=name, kind=Kind.DIED)
    own, other = (seen.model_copy(update={"detail": {"pid": pid}}) for pid in (gateway.pid, gateway.pid + 1))
    late = own.model_copy(update={"at": seen.at + STOPS_WITHIN})
    EventStore(events_database(host), print).append([own, other, late])

    told = (await claw_tui(demo_home.environment, "events", name, "--json")).document["events"]
    assert [event["cause"] for event in rows(told)] == [None, "stopped by claw-tui", None, None]


async def stubborn(demo_home: DemoHome, *names: str) -> list[RunningGateway]:
    """Gateways that were asked to stop, and have let their time go by."""
    shorten_stop_budget(demo_home, "openclaw", 0.5)
    found = [await demo_home.start("openclaw", name, faults=Faults(ignore_sigterm=True)) for name in names]
    assert (await claw_tui(demo_home.environment, "stop", *names)).code == 1
    return found


def answer_in_a_terminal(profile: DemoProfile, environment: dict[str, str], answer: str) -> int:
    with terminal(environment, "stop", profile.id, "--kill") as screen:
        [pid] = gateways_of(profile)
        screen.wait_for(lambda text: f"Kill {profile.id} (SIGKILL to pid {pid})?" in text)
        screen.type(f"{answer}\r")
        return screen.read_to_end()


@pytest.mark.slow
async def test_a_terminal_is_asked_before_a_kill(demo_home: DemoHome) -> None:
    [gateway] = await stubborn(demo_home, "stub")
    environment = dict(demo_home.environment)

    assert await asyncio.to_thread(answer_in_a_terminal, gateway.profile, environment, "n") == 1
    assert gateways_of(gateway.profile) == [gateway.pid]
    assert await asyncio.to_thread(answer_in_a_terminal, gateway.profile, environment, "y") == 0
    until(lambda: not gateways_of(gateway.profile))


@pytest.mark.slow
async def test_several_are_stopped_only_after_their_number_is_typed(demo_home: DemoHome) -> None:
    gateways = await stubborn(demo_home, "one", "two")
    ids = [gateway.profile.id for gateway in gateways]

    def answer(text: str) -> int:
        with terminal(dict(demo_home.environment), "stop", *ids, "--kill") as screen:
            screen.wait_for(lambda shown: "Type 2 to kill 2 gateways" in shown)
            screen.type(f"{text}\r")
            return screen.read_to_end()

    for wrong in ("y", "", "3"):
        assert await asyncio.to_thread(answer, wrong) == 1
    assert [gateways_of(gateway.profile) for gateway in gateways] == [[gateway.pid] for gateway in gateways]
    told = rows((await claw_tui(demo_home.environment, "events", "--json")).document["events"])
    assert [at(event, "detail", "operation") for event in told] == ["stop", "stop"]
    assert await asyncio.to_thread(answer, "2") == 0
    assert [gateways_of(gateway.profile) for gateway in gateways] == [[], []]


@pytest.mark.slow
async def test_ctrl_c_at_the_question_does_nothing(demo_home: DemoHome) -> None:
    [gateway] = await stubborn(demo_home, "stub")

    def interrupt() -> int:
        with terminal(dict(demo_home.environment), "stop", gateway.profile.id, "--kill") as screen:
            screen.wait_for(lambda text: "[y/N]" in text)
            asking = psutil.Process(screen.process.pid)
            until(lambda: asking.status() == psutil.STATUS_SLEEPING)  # Python waits on after a signal just before that
            screen.process.send_signal(signal.SIGINT)
            return screen.read_to_end()

    assert await asyncio.to_thread(interrupt) == 130
    assert gateways_of(gateway.profile) == [gateway.pid]


def test_help_shows_how(tmp_path: Path) -> None:
    with terminal({"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}, "start", "--help") as screen:
        assert screen.read_to_end() == 0
        assert "claw-tui start openclaw:rescue" in screen.text
