"""Runs: what the distribution's command leaves is looked at, others are left alone, no token is ever seen."""

from __future__ import annotations

import asyncio
import json
import shlex
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NoReturn

import pytest

from gateway_core.decoding import last_object
from gateway_core.demo.home import DemoHome
from gateway_core.discovery.planned import RunOutcome
from gateway_core.host import Host, ProcessInfo, ProcessTable
from gateway_core.lifecycle.threads import finish_in_thread
from gateway_core.monitor.monitor import take_snapshot
from gateway_core.onboarding import run as running
from gateway_core.onboarding.choices import AUTO, Preset
from gateway_core.onboarding.commands import terminal_command
from gateway_core.onboarding.journal import (
    Journal,
    JournalFile,
    is_running,
    journals,
    read_journal,
    unfinished_journals,
)
from gateway_core.onboarding.onboard import ONBOARD_DEADLINE_S
from gateway_core.onboarding.plan import OnboardingResult
from gateway_core.onboarding.run import run
from gateway_core.operations import ErrorCode, Operation, OutputLine, Progress, StepBegan, StepEnded
from gateway_core.snapshot import Proof, State
from tests.onboarding import choices, contents, fake_command, planned, watching_command_lines
from tests.real_processes import hostile_variables, pids_in, until

ALL = ("clawdbot", "moltbot", "openclaw", "mazelclaw", "omniclaw")


@pytest.mark.slow
@pytest.mark.usual_ports
@pytest.mark.parametrize("distribution", ALL)
async def test_main_and_then_rescue_are_created_started_and_live(demo_home: DemoHome, distribution: str) -> None:
    neighbour = demo_home.add_profile("openclaw" if distribution != "openclaw" else "clawdbot", "neighbour")
    host = demo_home.host()
    events: list[Progress] = []
    results: list[OnboardingResult] = []
    before = contents(neighbour.state_dir)
    with watching_command_lines() as command_lines:
        for preset in (Preset.MAIN, Preset.RESCUE):
            own = distribution == "openclaw"
            wanted = choices(distribution=distribution, preset=preset, port=AUTO, start=True, own_token=own)
            results.append(await run(host, await planned(host, wanted), events.append))

    for result in results:
        assert (result.ok, result.error, result.state) == (True, None, State.RUNNING)
        assert {step.name for step in result.steps} == {"check", "journal", "onboard", "verify", "start", "prove"}
    await _assert_isolated(demo_home, results)
    assert contents(neighbour.state_dir) == before
    seen = "".join((*command_lines, *map(repr, events), *(result.model_dump_json() for result in results)))
    seen += "".join(
        path.read_text() for path in (demo_home.home / ".local/state/claw-tui").rglob("*") if path.is_file()
    )
    for result in results:
        assert _token(result) not in seen
    assert unfinished_journals(host) == ()


async def _assert_isolated(home: DemoHome, results: list[OnboardingResult]) -> None:
    """The documents' checklist: nothing of one is the other's, and each is live where it was planned."""
    main, rescue = (result.plan for result in results)
    snapshot = await take_snapshot(home.host())
    for plan in (main, rescue):
        instance = snapshot.instance(plan.instance)
        assert instance is not None
        assert (instance.config_path, instance.state_dir) == (plan.config_path, plan.state_dir)
        assert (instance.workspace, instance.live_port) == (plan.workspace, plan.base_port)
        assert instance.signals.process is not None
        assert instance.signals.process.proof is Proof.LOCK
        assert instance.conflicts == ()
    assert len({main.config_path, rescue.config_path, main.state_dir, rescue.state_dir}) == 4
    assert main.workspace != rescue.workspace
    assert main.block.end < rescue.block.start or rescue.block.end < main.block.start


def _token(result: OnboardingResult) -> str:
    token = json.loads(Path(result.plan.config_path).read_text())["gateway"]["auth"]["token"]
    assert len(token) == 48
    return str(token)


async def test_events_tell_the_steps_and_the_output_as_they_happen(demo_home: DemoHome) -> None:
    host = demo_home.host()
    events: list[Progress] = []
    result = await run(host, await planned(host, choices()), events.append)
    began = [event.name for event in events if isinstance(event, StepBegan)]
    ended = [event.step for event in events if isinstance(event, StepEnded)]
    assert began == [step.name for step in ended] == ["check", "journal", "onboard", "verify", "prove"]
    assert tuple(ended) == result.steps
    lines = [event.text for event in events if isinstance(event, OutputLine)]
    assert any(line.startswith("Workspace OK") for line in lines)
    assert result.created == (result.plan.state_dir,)
    assert result.state is State.STOPPED
    journal = read_journal(host, result.journal or "")
    assert journal is not None
    assert journal.outcome is RunOutcome.DONE


async def test_nothing_of_the_callers_environment_leads_it_astray(demo_home: DemoHome) -> None:
    host = demo_home.host()
    plan = await planned(host, choices())
    hostile = replace(host, environment={**host.environment, **hostile_variables(demo_home)})
    result = await run(hostile, plan)
    assert result.ok, result.error
    assert not (demo_home.base / "elsewhere").exists()
    assert "CANARY" not in (demo_home.home / ".openclaw-rescue" / "openclaw.json").read_text()


async def test_without_the_users_word_nothing_is_done(demo_home: DemoHome) -> None:
    host = demo_home.host()
    plan = await planned(host, choices(accepted_risk=False))
    assert "--accept-risk" not in plan.commands[0].argv
    before = contents(demo_home.home, without=())
    result = await run(host, plan)
    assert result.error is not None
    assert result.error.code is ErrorCode.RISK_NOT_ACCEPTED
    assert contents(demo_home.home, without=()) == before


FAKES = [
    ("exit 0", ErrorCode.NOT_WRITTEN, "ended as if all were well, but"),
    ("head -c 300000 /dev/urandom; echo {{{[[", ErrorCode.NOT_WRITTEN, "was not written"),
    ("echo \"error: unknown option '--skip-hooks'\" >&2; exit 1", ErrorCode.FLAG_UNKNOWN, "--skip-hooks"),
    ("printf 'Overwrite it? [y/N] '; read answer; exit 1", ErrorCode.ASKED_A_QUESTION, "Overwrite it?"),
    ("printf 'Which model? '; sleep 600", ErrorCode.ASKED_A_QUESTION, "Which model?"),
    ("echo working; sleep 600", ErrorCode.TIMED_OUT, "did not end"),
    ('echo \'{"ok": false, "message": "No room."}\'; exit 3', ErrorCode.COMMAND_FAILED, "exit code 3: No room."),
    ("kill -9 $$", ErrorCode.COMMAND_FAILED, "exit code -9"),
]  # fmt: skip


@pytest.mark.parametrize(("onboard", "code", "words"), FAKES)
async def test_each_failing_command_has_its_own_message(
    demo_home: DemoHome, onboard: str, code: ErrorCode, words: str
) -> None:
    fake_command(demo_home, "openclaw", onboard)
    host = demo_home.host()
    plan = await planned(host, choices())
    deadline_s = 3 if "sleep" in onboard else ONBOARD_DEADLINE_S  # by then it has spoken, on a busy machine too
    result = await run(host, plan, deadline_s=deadline_s)
    assert result.error is not None
    assert (result.error.code, result.ok) == (code, False), result.error
    assert words in result.error.message
    assert result.created == ()
    assert result.journal is None, "there is nothing to resume or undo"
    assert unfinished_journals(host) == ()
    until(lambda: pids_in(demo_home, "sleep") == [])


async def test_nothing_is_done_that_could_not_be_undone(demo_home: DemoHome, tmp_path: Path) -> None:
    """Its journal goes to where claw-tui keeps its state."""
    (tmp_path / "file").touch()
    host = demo_home.host()
    plan = await planned(host, choices())
    before = contents(demo_home.home, without=())
    unwritable = replace(host, environment={**host.environment, "XDG_STATE_HOME": str(tmp_path / "file" / "state")})
    result = await run(unwritable, plan)
    assert result.error is not None
    assert result.error.code is ErrorCode.NO_JOURNAL
    assert "so nothing was done" in result.error.message
    assert contents(demo_home.home, without=()) == before


async def test_a_half_written_profile_is_found_again(demo_home: DemoHome) -> None:
    half = 'mkdir -p "$HOME/.openclaw-rescue"; echo "{}" > "$HOME/.openclaw-rescue/openclaw.json"; exit 0'
    fake_command(demo_home, "openclaw", half)
    host = demo_home.host()
    result = await run(host, await planned(host, choices()))
    assert result.error is not None
    assert result.error.code is ErrorCode.NOT_AS_PLANNED
    assert "gateway.mode is not set" in result.error.message
    assert result.created == (result.plan.state_dir,)
    [journal] = unfinished_journals(host)
    assert (journal.id, journal.failure) == (result.journal, result.error)


async def test_the_disk_counts_not_the_exit_code(demo_home: DemoHome) -> None:
    genuine = demo_home.command("openclaw").rename(demo_home.base / "genuine")
    fake_command(demo_home, "openclaw", f'{shlex.quote(str(genuine))} "$@"; exit 1')
    host = demo_home.host()
    result = await run(host, await planned(host, choices()))
    assert (result.ok, result.error) == (True, None)
    assert any("although the command ended with exit code 1" in (step.detail or "") for step in result.steps)


async def test_a_token_that_the_command_prints_is_not_shown(demo_home: DemoHome) -> None:
    prints = 'echo "Control UI: http://127.0.0.1/#token=abcdef0123456789"; echo "it is $OPENCLAW_GATEWAY_TOKEN"; exit 1'
    fake_command(demo_home, "openclaw", prints)
    host = demo_home.host()
    events: list[Progress] = []
    plan = await planned(host, choices(own_token=True))
    result = await run(host, plan, events.append)
    lines = [event.text for event in events if isinstance(event, OutputLine)]
    assert lines == ["Control UI: http://127.0.0.1/#token=[redacted]", "it is [redacted]"]
    assert result.error is not None
    assert result.error.last_lines == tuple(lines)


async def test_cancelled_it_leaves_no_process_behind_and_can_be_undone(demo_home: DemoHome) -> None:
    fake_command(demo_home, "openclaw", 'mkdir "$HOME/.openclaw-rescue"; echo started; sleep 600')
    host = demo_home.host()
    plan = await planned(host, choices())
    started = asyncio.Event()

    def report(event: Progress) -> None:
        if isinstance(event, OutputLine):
            started.set()

    task = asyncio.create_task(run(host, plan, report))
    await asyncio.wait_for(started.wait(), 20)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    until(lambda: pids_in(demo_home, "sleep") == [])
    [journal] = unfinished_journals(host)
    assert journal.plan == plan


@dataclass
class BreakingProcesses:
    """The process table of a machine, until it breaks."""

    processes: ProcessTable
    broken: bool = False

    def scan(self) -> Sequence[ProcessInfo]:
        if self.broken:
            raise RuntimeError("the table is upside down")
        return self.processes.scan()

    def __getattr__(self, name: str) -> object:
        return getattr(self.processes, name)


def breaking_after(demo_home: DemoHome, name: str) -> tuple[Host, Callable[[Progress], None]]:
    """A host on which nothing can be looked at once that step has ended, and what has to hear of the steps."""
    breaking = BreakingProcesses(demo_home.host().processes)

    def report(event: Progress) -> None:
        if isinstance(event, StepEnded) and (event.operation, event.step.name) == (Operation.NEW, name):
            breaking.broken = True

    return replace(demo_home.host(), processes=breaking), report  # type: ignore[arg-type]


async def test_a_last_look_that_fails_does_not_make_a_failure_of_a_success(demo_home: DemoHome) -> None:
    host, report = breaking_after(demo_home, "prove")
    result = await run(host, await planned(demo_home.host(), choices()), report)
    assert (result.ok, result.error, result.state) == (True, None, State.UNKNOWN)


async def test_an_error_in_noting_a_failure_does_not_hide_it(
    demo_home: DemoHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_command(demo_home, "openclaw", "echo no room; exit 3")
    host = demo_home.host()
    plan = await planned(host, choices())

    def unlistable(_roots: object) -> NoReturn:
        raise RuntimeError("the disk is upside down")

    monkeypatch.setattr(running, "created", unlistable)
    result = await run(host, plan)
    assert result.error is not None
    assert result.error.code is ErrorCode.COMMAND_FAILED


@pytest.mark.parametrize("how", ["done", "failed", "cancelled"])
async def test_the_last_word_in_a_journal_is_written_while_its_lock_is_held(
    demo_home: DemoHome, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    host, written, at_work = demo_home.host(), [], asyncio.Event()
    plan = await planned(host, choices())
    if how != "done":
        fake_command(
            demo_home, "openclaw", f'mkdir "$HOME/.openclaw-rescue"; {"sleep 600" if how == "cancelled" else "exit 3"}'
        )
    genuine = JournalFile.write

    def overlooked(file: JournalFile, journal: Journal) -> None:
        written.append((journal.outcome, journal.failure and journal.failure.code, is_running(host, journal)))
        genuine(file, journal)
        if journal.vendor is not None:
            host_loop.call_soon_threadsafe(at_work.set)

    host_loop = asyncio.get_running_loop()
    monkeypatch.setattr(JournalFile, "write", overlooked)
    task = asyncio.create_task(run(host, plan))
    if how == "cancelled":
        await asyncio.wait_for(at_work.wait(), 20)
        task.cancel()
    await asyncio.wait([task])
    assert {held for _, _, held in written} == {True}
    last = {"done": None, "failed": ErrorCode.COMMAND_FAILED, "cancelled": ErrorCode.STOPPED}[how]
    assert written[-1][:2] == (RunOutcome.DONE if how == "done" else RunOutcome.UNFINISHED, last)


async def test_whoever_is_cancelled_leaves_when_what_it_writes_is_written() -> None:
    begun, may_end, done = threading.Event(), threading.Event(), []

    def write() -> None:
        begun.set()
        may_end.wait(20)
        done.append("written")

    task = asyncio.create_task(finish_in_thread(write))
    await asyncio.to_thread(begun.wait, 20)
    for _ in range(3):
        task.cancel()
        await asyncio.wait([task], timeout=0.05)
        assert not task.done()
    may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert done == ["written"]


@pytest.mark.parametrize("profile", ["onboard", "gateway"])
async def test_a_profile_may_be_called_like_a_command(demo_home: DemoHome, profile: str) -> None:
    host = demo_home.host()
    plan = await planned(host, choices(profile=profile))
    result = await run(host, plan)
    assert (result.ok, result.error) == (True, None)
    assert plan.state_dir.endswith(f"/.openclaw-{profile}")


async def test_what_came_in_between_plan_and_run_stops_the_run(demo_home: DemoHome) -> None:
    host = demo_home.host()
    plan = await planned(host, choices())
    demo_home.add_profile("openclaw", "quicker", port=plan.base_port)
    before = contents(demo_home.home)
    result = await run(host, plan)
    assert result.error is not None
    assert result.error.code is ErrorCode.HOST_CHANGED
    assert "openclaw:quicker" in result.error.message
    assert contents(demo_home.home) == before


async def test_of_two_runs_of_one_plan_one_does_it(demo_home: DemoHome) -> None:
    host = demo_home.host()
    plan = await planned(host, choices())
    script, may_onboard = demo_home.bin / "openclaw", demo_home.base / "may-onboard"
    first_line, rest = script.read_text().split("\n", 1)
    script.write_text(f"{first_line}\nuntil [ -e '{may_onboard}' ]; do sleep 0.05; done\n{rest}")
    runs = [asyncio.create_task(run(host, plan)) for _ in range(2)]
    done, others = await asyncio.wait(runs, timeout=ONBOARD_DEADLINE_S, return_when=asyncio.FIRST_COMPLETED)
    may_onboard.touch()
    refused, result = [one.result() for one in done], [await one for one in others]
    assert [one.error and one.error.code for one in refused] == [ErrorCode.BUSY]
    assert [one.ok for one in result] == [True]


async def test_two_runs_that_were_planned_at_once_do_not_get_the_same_port(demo_home: DemoHome) -> None:
    host = demo_home.host()
    one = await planned(host, choices(profile="one"))
    two = await planned(host, choices(profile="two", port=one.base_port))
    results = await asyncio.gather(run(host, one), run(host, two))
    assert sorted(result.ok for result in results) == [False, True], [result.error for result in results]
    [refused] = [result.error for result in results if result.error]
    assert refused.code is ErrorCode.HOST_CHANGED
    assert len(journals(host)) == 1


async def test_an_existing_profile_is_changed_as_the_plan_said(demo_home: DemoHome) -> None:
    host = demo_home.host()
    for distribution, token_stays in (("clawdbot", False), ("openclaw", True)):
        profile = demo_home.add_profile(distribution, "work")
        before = json.loads(profile.config_path.read_text())["gateway"]["auth"]["token"]
        port = demo_home.ports.take()
        wanted = choices(distribution=distribution, profile="work", confirm_existing=True, port=port)
        result = await run(host, await planned(host, wanted))
        assert result.ok, result.error
        config = json.loads(profile.config_path.read_text())
        assert (config["gateway"]["auth"]["token"] == before) is token_stays
        assert config["gateway"]["port"] == port


async def test_an_existing_profile_that_the_command_leaves_untouched_is_no_success(demo_home: DemoHome) -> None:
    demo_home.add_profile("openclaw", "work")
    fake_command(demo_home, "openclaw", "exit 0")
    host = demo_home.host()
    result = await run(host, await planned(host, choices(profile="work", confirm_existing=True, port=AUTO)))
    assert result.error is not None
    assert result.error.code is ErrorCode.NOT_WRITTEN


async def test_a_start_that_fails_says_so_and_the_profile_is_there(demo_home: DemoHome) -> None:
    genuine = demo_home.command("openclaw").rename(demo_home.base / "genuine")
    script = f'case "$*" in *" gateway "*) exit 78 ;; *) exec {shlex.quote(str(genuine))} "$@" ;; esac'
    fake_command(demo_home, "openclaw", script)
    host = demo_home.host()
    result = await run(host, await planned(host, choices(start=True)))
    assert result.error is not None
    assert result.error.code is ErrorCode.START_FAILED
    assert "exit code 78" in result.error.message
    assert result.state is State.STOPPED
    assert result.journal is not None


async def test_what_is_left_to_the_terminal_acts_on_the_same_profile(demo_home: DemoHome) -> None:
    host = demo_home.host()
    plan = await planned(host, choices())
    product = next(item for item in demo_home.distributions if item.name == "openclaw")
    caller = replace(host, environment={**host.environment, **hostile_variables(demo_home), "TERM": "xterm-256color"})
    called = terminal_command(caller, product, plan, "configure")
    assert called.argv == (plan.command, "--profile", "rescue", "configure")
    assert called.environment["TERM"] == "xterm-256color"
    assert not [name for name in called.environment if name.startswith(("OPENCLAW_", "CLAWDBOT_"))]


def test_the_last_json_object_of_mixed_output() -> None:
    assert last_object('Updated {x}\n{"a": 1}\nnoise { \n{"ok": true, "gateway": {"port": 1}}\nbye') == {
        "ok": True,
        "gateway": {"port": 1},
    }
    assert last_object("{" * 5000) is None
    assert last_object("nothing") is None
