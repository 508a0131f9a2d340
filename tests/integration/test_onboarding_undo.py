"""Killed at every step and undone: the host is as it was, and nothing of anybody else's was touched."""

from __future__ import annotations

import asyncio
import os
import shlex
import shutil
import subprocess
import threading
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from gateway_core.demo.home import DemoHome
from gateway_core.demo.installation import DemoProfile, locate
from gateway_core.demo.onboarding import unit_text
from gateway_core.distributions.model import Distribution
from gateway_core.lifecycle.locking import operation_lock
from gateway_core.lifecycle.operate import operate
from gateway_core.monitor.monitor import take_snapshot
from gateway_core.onboarding.choices import Preset
from gateway_core.onboarding.journal import is_running, journals, unfinished_journals
from gateway_core.onboarding.run import run
from gateway_core.onboarding.trash import Manifest, Trash
from gateway_core.onboarding.undo import UndoPlan, UndoResult, preview_undo, undo
from gateway_core.operations import ErrorCode, Failure, Operation, Progress, StepBegan
from gateway_core.snapshot import State
from gateway_core.system.clock import SystemClock
from tests.onboarding import choices, contents, fake_command, planned, put_files, run_until_killed, undone
from tests.real_processes import is_free, pids_in, until

MOMENTS = (
    "check begins",
    "journal begins",
    "journal ends",
    "onboard begins",
    "a line",
    "onboard ends",
    "verify begins",
    "verify ends",
    "start begins",
    "StepBegan of the lifecycle",
    "OperationEnded of the lifecycle",
    "start ends",
    "prove begins",
    "prove ends",
)


@pytest.mark.slow
@pytest.mark.parametrize(("distribution", "moments"), [("openclaw", MOMENTS), ("mazelclaw", ("a line", "start ends"))])
async def test_killed_at_every_step_it_can_be_undone_and_the_host_is_as_before(
    demo_home: DemoHome, distribution: str, moments: tuple[str, ...]
) -> None:
    neighbour = await demo_home.start("clawdbot", "neighbour")
    host = demo_home.host()
    before = contents(demo_home.home)
    for moment in moments:
        plan = await planned(host, choices(distribution=distribution, start=True))
        run_until_killed(demo_home, plan, moment)
        for journal in unfinished_journals(host):
            assert not is_running(host, journal)
            result = await undone(host, journal.id)
            assert (result.ok, result.error) == (True, None), moment
        assert contents(demo_home.home) == before, moment
        assert is_free(plan.base_port), moment
        assert unfinished_journals(host) == ()
    assert neighbour.exit_code is None
    until(lambda: pids_in(demo_home, f"{distribution}-gateway") == [])


def _product(home: DemoHome) -> Distribution:
    return next(item for item in home.distributions if item.name == "openclaw")


async def test_undo_lists_what_it_will_do_and_can_be_had_back_from_the_trash(demo_home: DemoHome) -> None:
    host = demo_home.host()
    plan = await planned(host, choices(distribution="clawdbot", start=True))
    result = await run(host, plan)
    preview = await preview_undo(host, result.journal or "")
    assert isinstance(preview, UndoPlan), result.error
    assert preview.stops
    assert [item.path for item in preview.moves] == [plan.state_dir, plan.workspace]
    assert all(item.files > 0 for item in preview.moves)
    was = contents(Path(plan.workspace))

    done = await undone(host, result.journal)
    assert done.moved == tuple(item.path for item in preview.moves)
    assert [step.name for step in done.steps] == ["look", "stop", "move"]
    assert done.trash is not None
    manifest = Manifest.model_validate_json(Path(done.trash, "manifest.json").read_text())
    assert [item.was for item in manifest.items] == [plan.state_dir, plan.workspace]
    assert contents(Path(manifest.items[1].now)) == was
    assert _mode(done.trash) == 0o700
    assert isinstance(await undo(host, result.journal or ""), Failure)


def _mode(folder: str) -> int:
    return Path(folder).stat().st_mode & 0o777


async def test_undo_takes_nothing_that_was_there_before(demo_home: DemoHome) -> None:
    host = demo_home.host()
    workspace = demo_home.home / "agents"
    workspace.mkdir()
    (workspace / "SOUL.md").write_text("mine")
    (workspace / "notes").mkdir()
    before = contents(demo_home.home)
    result = await run(host, await planned(host, choices(workspace=str(workspace))))
    assert (workspace / "AGENTS.md").exists()
    done = await undone(host, result.journal)
    assert str(workspace / "AGENTS.md") in done.moved
    assert contents(demo_home.home) == before


async def test_undo_of_a_changed_profile_leaves_the_profile(demo_home: DemoHome) -> None:
    profile = demo_home.add_profile("openclaw", "work")
    before = set(contents(demo_home.home))
    host = demo_home.host()
    wanted = choices(profile="work", confirm_existing=True, port=demo_home.ports.take())
    result = await run(host, await planned(host, wanted))
    done = await undone(host, result.journal)
    left = {item.path for item in done.leaves}
    assert left == {str(profile.config_path), f"{profile.config_path}.bak"}
    assert set(contents(demo_home.home)) - before == {f"{profile.state_dir.name}/openclaw.json.bak"}


async def test_undo_of_a_changed_profile_leaves_what_came_with_its_use(demo_home: DemoHome) -> None:
    profile = demo_home.add_profile("openclaw", "work")
    sessions, workspace = profile.state_dir / "agents" / "main" / "sessions", profile.state_dir / "workspace"
    put_files(sessions / "old.jsonl", workspace / "AGENTS.md")
    host = demo_home.host()
    genuine = demo_home.command("openclaw").rename(demo_home.base / "genuine")
    makes = (
        f'mkdir -p "{workspace}/.git/objects" "{workspace}/skills"; touch "{workspace}/.git/HEAD" "{workspace}/NEW.md"'
    )
    fake_command(demo_home, "openclaw", f'{makes}; exec {shlex.quote(str(genuine))} "$@"')
    wanted = choices(profile="work", confirm_existing=True, port=demo_home.ports.take())
    result = await run(host, await planned(host, wanted))
    assert result.ok, result.error
    [journal] = journals(host)
    assert str(workspace / "NEW.md") in (journal.added or ())

    used = [
        sessions / "one.jsonl",
        sessions / "two.jsonl",
        workspace / ".git" / "objects" / "a",
        workspace / "notes.md",
    ]
    put_files(*used)
    preview = await preview_undo(host, journal.id)
    assert isinstance(preview, UndoPlan)
    done = await undone(host, journal.id)
    assert done.leaves == preview.leaves
    assert [path for path in used if not path.exists()] == []
    left = {item.path: item.why for item in done.leaves}
    assert left[str(sessions)] == "2 things in it came after this onboarding"
    assert left[str(workspace / "notes.md")] == "it came after this onboarding"
    assert left[str(workspace / ".git")] == "this onboarding made it, but something in it came later"
    assert (workspace / ".git" / "HEAD").exists(), "a repository is not torn apart"
    assert {str(workspace / "NEW.md"), str(workspace / "skills")} <= set(done.moved)


async def test_a_name_that_is_no_text_can_be_written_down(demo_home: DemoHome) -> None:
    profile = demo_home.add_profile("openclaw", "work")
    odd = Path(os.fsdecode(os.fsencode(profile.state_dir) + b"/od\xff"))
    put_files(odd)
    host = demo_home.host()
    wanted = choices(profile="work", confirm_existing=True, port=demo_home.ports.take())
    result = await run(host, await planned(host, wanted))
    assert result.ok, result.error
    assert (await undone(host, result.journal)).ok
    assert odd in list(profile.state_dir.iterdir())


async def test_undo_leaves_what_another_instance_lives_in(demo_home: DemoHome) -> None:
    """Early versions keep every profile's workspace in the default one's state dir."""
    host = demo_home.host()
    elsewhere = choices(distribution="mazelclaw", preset=Preset.MAIN, port=demo_home.ports.take())
    main = await run(host, await planned(host, elsewhere))
    rescue = await run(host, await planned(host, choices(distribution="mazelclaw")))
    others = contents(Path(rescue.plan.workspace)), contents(Path(rescue.plan.state_dir))
    done = await undone(host, main.journal)
    assert main.plan.state_dir in [item.path for item in done.leaves]
    assert (contents(Path(rescue.plan.workspace)), contents(Path(rescue.plan.state_dir))) == others

    gone = await undone(host, rescue.journal)
    assert gone.moved == (rescue.plan.state_dir, rescue.plan.workspace)


async def test_undo_does_not_stop_what_the_run_did_not_start(demo_home: DemoHome) -> None:
    host = demo_home.host()
    result = await run(host, await planned(host, choices()))
    await operate(host, result.instance, Operation.START)
    before = contents(Path(result.plan.workspace))
    refused = await undone(host, result.journal)
    assert refused.error is not None
    assert refused.error.code is ErrorCode.STILL_RUNNING
    assert (await take_snapshot(host)).instance(result.instance).state is State.RUNNING  # type: ignore[union-attr]
    assert contents(Path(result.plan.workspace)) == before
    await operate(host, result.instance, Operation.STOP)
    assert (await undone(host, result.journal)).ok


async def test_undo_moves_nothing_of_a_gateway_that_is_started_at_the_last_moment(demo_home: DemoHome) -> None:
    host = demo_home.host()
    result = await run(host, await planned(host, choices()))
    before = contents(Path(result.plan.workspace))

    def start_it(event: Progress) -> None:
        if isinstance(event, StepBegan) and event.name == "move":
            command = (
                str(demo_home.bin / "openclaw"),
                "--profile",
                "rescue",
                "gateway",
                "--port",
                str(result.plan.base_port),
            )
            subprocess.Popen(command, env=dict(demo_home.environment), start_new_session=True)
            until(lambda: not is_free(result.plan.base_port))

    refused = await undo(host, result.journal or "", start_it)
    assert isinstance(refused, UndoResult)
    assert refused.error is not None
    assert refused.error.code is ErrorCode.STILL_RUNNING
    assert "started again meanwhile" in refused.error.message
    assert (refused.moved, contents(Path(result.plan.workspace))) == ((), before)


async def test_undo_does_not_move_what_another_operation_is_at_work_on(demo_home: DemoHome) -> None:
    host = demo_home.host()
    result = await run(host, await planned(host, choices()))
    with operation_lock(host, result.plan.config_path, result.instance, Operation.START):
        refused = await undone(host, result.journal)
    assert refused.error is not None
    assert (refused.error.code, refused.moved) == (ErrorCode.BUSY, ())
    assert "is starting openclaw:rescue" in refused.error.message
    assert (await undone(host, result.journal)).ok


async def test_a_repeated_undo_still_knows_where_things_are(
    demo_home: DemoHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = demo_home.host()
    result = await run(host, await planned(host, choices(distribution="clawdbot")))
    genuine = Trash.take

    def troubled(trash: Trash, path: Path) -> Path:
        now = genuine(trash, path)
        if str(path) == result.plan.workspace:
            raise shutil.Error([(str(path / "SOUL.md"), str(now), "No space left on device")])
        return now

    monkeypatch.setattr(Trash, "take", troubled)
    failed = await undone(host, result.journal)
    assert failed.error is not None
    assert "SOUL.md: No space left on device." in failed.error.message
    again = await undone(host, result.journal)
    assert (again.ok, again.moved, again.trash) == (True, (), failed.trash)
    assert again.trash is not None


async def test_an_undo_that_is_cancelled_leaves_when_its_move_is_over(
    demo_home: DemoHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = demo_home.host()
    result = await run(host, await planned(host, choices()))
    assert result.ok, result.error
    begun, may_end, genuine = threading.Event(), threading.Event(), Trash.take

    def slow(trash: Trash, path: Path) -> Path:
        begun.set()
        may_end.wait(20)
        return genuine(trash, path)

    monkeypatch.setattr(Trash, "take", slow)
    task = asyncio.create_task(undo(host, result.journal or ""))
    await asyncio.to_thread(begun.wait, 20)
    task.cancel()
    await asyncio.wait([task], timeout=0.1)
    [journal] = journals(host)
    assert is_running(host, journal), "nobody else is let at it while things are being moved"
    may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    again = await undone(host, journal.id)
    assert (again.ok, again.moved) == (True, ())


async def test_a_service_is_installed_looked_at_and_taken_back(demo_home: DemoHome) -> None:
    genuine = demo_home.command("openclaw").rename(demo_home.base / "genuine")
    host = demo_home.host()
    demo_home.command("openclaw")
    installation = locate(_product(demo_home), "2026.9.6", "rescue", dict(demo_home.environment))
    before = contents(demo_home.home)
    plan = await planned(host, choices(service=True))
    unit = Path(plan.creates[-1].path)
    template = demo_home.base / "template"
    template.write_text(unit_text(DemoProfile(installation, plan.base_port, genuine), demo_home.environment))
    script = f"""\
case "$*" in
    "--profile rescue gateway install") mkdir -p {unit.parent}; cp {template} {unit} ;;
    "--profile rescue gateway uninstall") rm {unit} ;;
    *) exec {genuine} "$@" ;;
  esac"""
    fake_command(demo_home, "openclaw", script)

    result = await run(host, plan)
    assert (result.ok, result.error) == (True, None)
    assert result.created == (plan.state_dir, str(unit))
    done = await undone(host, result.journal)
    assert [step.name for step in done.steps] == ["look", "stop", "uninstall-service", "move"]
    assert (done.moved, done.error) == ((plan.state_dir,), None)
    assert contents(demo_home.home) == before


async def test_a_command_that_outlived_its_claw_tui_is_ended_first(demo_home: DemoHome) -> None:
    fake_command(demo_home, "openclaw", 'mkdir "$HOME/.openclaw-rescue"; echo at work; sleep 600')
    host = demo_home.host()
    before = contents(demo_home.home)
    plan = await planned(host, choices())
    assert run_until_killed(demo_home, plan, "a line") == -9
    until(lambda: pids_in(demo_home, "sleep") != [])  # the shell speaks before it begins it
    [journal] = unfinished_journals(host)
    assert journal.vendor is not None
    assert (await undone(host, journal.id)).ok
    until(lambda: pids_in(demo_home, "sleep") == [])
    assert contents(demo_home.home) == before


class BrokenClock(SystemClock):
    """Tells no time."""

    def now(self) -> datetime:
        raise OSError(5, "Input/output error")


async def test_an_error_in_looking_what_there_is_to_undo_is_told(demo_home: DemoHome) -> None:
    result = await run(demo_home.host(), await planned(demo_home.host(), choices()))
    failure = await preview_undo(replace(demo_home.host(), clock=BrokenClock()), result.journal or "")
    assert isinstance(failure, Failure)
    assert "Input/output error" in failure.message
