"""Runs that were killed are found by the dashboard: resumed there, or taken back after a look at what that means."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.pilot import Pilot

from claw_tui.actions.model import INSTANCES
from claw_tui.app import ClawTui
from claw_tui.events.text import description
from claw_tui.hosts.local import local_gateway_host, read_only_gateway_host
from claw_tui.hosts.onboarding import Onboarder, OnboardingRuns
from claw_tui.instances.screen import InstancesScreen
from claw_tui.instances.table import InstanceTable
from claw_tui.onboarding.run_screens import OnboardingRunScreen, UndoRunScreen, UnfinishedRunSheet
from claw_tui.operations.record_text import as_text
from claw_tui.shell.confirm_sheet import ConfirmSheet
from claw_tui.shell.dashboard_app import DashboardResult
from claw_tui.shell.mode_screen import show_instance
from gateway_core.demo.home import DemoHome
from gateway_core.discovery.planned import RunOutcome
from gateway_core.monitor.monitor import take_snapshot
from gateway_core.onboarding.journal import (
    JournalFile,
    UnfinishedRun,
    UnfinishedRuns,
    journal_lock,
    unfinished_journals,
)
from gateway_core.onboarding.plan import OnboardingResult, Plan
from gateway_core.onboarding.undo import UndoPlan
from gateway_core.operations import Failure, Report
from gateway_core.snapshot import State
from tests.bursts import burst
from tests.dashboard import dashboard as dashboard_of
from tests.dashboard import piloted, screen_text
from tests.onboarding import choices, contents, fake_command, planned, run_until_killed
from tests.until import eventually

ID = "openclaw:rescue"


async def killed(home: DemoHome, *, start: bool = False) -> Plan:
    """A run that was killed with SIGKILL when its product's command had made no more than a state dir."""
    plan = await planned(home.host(), choices(start=start, port=home.ports.take()))
    genuine = home.command("openclaw").rename(home.base / "genuine")
    fake_command(home, "openclaw", 'mkdir "$HOME/.openclaw-rescue"; echo at work; sleep 600')
    assert run_until_killed(home, plan, "a line") == -9
    genuine.replace(home.bin / "openclaw")
    return plan


@asynccontextmanager
async def at_the_row(
    home: DemoHome, size: tuple[int, int] = (120, 36), *, read_only: bool = False
) -> AsyncIterator[tuple[ClawTui, Pilot[DashboardResult]]]:
    """The dashboard that follows that home, with the cursor on the gateway that was not finished, if it has a row."""
    shown = local_gateway_host(home.host)
    app = ClawTui(read_only_gateway_host(shown) if read_only else shown)
    async with piloted(app, size) as pilot:
        await eventually(pilot, lambda: isinstance(app.screen, InstancesScreen) and bool(unfinished(app)))
        assert app.session.snapshot.value is not None
        if app.session.snapshot.value.instance(ID):
            await eventually(pilot, lambda: ID in app.screen.query_one(InstanceTable).keys)
            await show_instance(app, INSTANCES, ID)
            await eventually(pilot, lambda: app.screen.query_one(InstanceTable).chosen == ID)
        await pilot.pause()
        yield app, pilot


def unfinished(app: ClawTui) -> tuple[UnfinishedRun, ...]:
    return app.session.onboarding.unfinished.value


def offered(app: ClawTui) -> set[str]:
    """Which of the two the footer and the palette have."""
    keys = {bound.binding.action for bound in app.screen.active_bindings.values() if bound.enabled}
    named = {command.title for command in app.get_system_commands(app.screen)}
    shown = keys & {"resume", "undo"}
    assert shown == {name for name in ("resume", "undo") if f"{name.capitalize()} its onboarding" in named}
    return shown


@pytest.mark.slow
@pytest.mark.parametrize("size", [(80, 24), (120, 36), (160, 48)])
async def test_a_killed_run_is_resumed_from_its_row(demo_home: DemoHome, size: tuple[int, int]) -> None:
    plan = await killed(demo_home, start=True)
    async with at_the_row(demo_home, size) as (app, pilot):
        assert app.session.snapshot.value is not None
        instance = app.session.snapshot.value.instance(ID)
        assert instance is not None
        assert instance.state is State.INCOMPLETE
        text = screen_text(app)
        for shown in ("N Resume", "Z Undo", "Unfinished onboarding", "came as far as: onboard", "! interrupted"):
            assert shown in text, text
        assert offered(app) == {"resume", "undo"}

        await pilot.press("N")
        assert isinstance(app.screen, OnboardingRunScreen)
        await eventually(pilot, lambda: "enter: close" in screen_text(app))
        assert f"base port {plan.base_port}" in screen_text(app), screen_text(app)
        await pilot.press("enter")
        await eventually(pilot, lambda: not unfinished(app) and isinstance(app.screen, InstancesScreen))
        await pilot.pause()
        assert offered(app) == set()
        assert "Unfinished onboarding" not in screen_text(app)
    assert unfinished_journals(demo_home.host()) == ()


@pytest.mark.slow
@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_an_undo_lists_what_it_takes_asks_and_says_where_it_is(
    demo_home: DemoHome, size: tuple[int, int]
) -> None:
    demo_home.add_profile("clawdbot", "neighbour")
    before = contents(demo_home.home)
    plan = await killed(demo_home)
    half = contents(demo_home.home)
    assert half != before
    async with at_the_row(demo_home, size) as (app, pilot):
        await pilot.press("Z")
        await eventually(pilot, lambda: "Goes to the trash folder" in screen_text(app))
        assert Path(plan.state_dir).name in screen_text(app)
        await pilot.press("enter")
        await pilot.pause()
        assert contents(demo_home.home) == half, "enter alone leaves it"

        await pilot.press("Z")
        await eventually(pilot, lambda: isinstance(app.screen, ConfirmSheet) and "to the trash" in screen_text(app))
        await pilot.press("y")
        await eventually(pilot, lambda: isinstance(app.screen, UndoRunScreen) and "is now in" in screen_text(app))
        [folder] = (demo_home.home / ".local/share/claw-tui/trash").iterdir()
        assert folder.name in screen_text(app).replace("│", "").replace("\n", "").replace(" ", "")
        assert (folder / "manifest.json").exists()
        await pilot.press("y")
        assert app.clipboard == str(folder)
        await pilot.press("enter")
        await eventually(pilot, lambda: not unfinished(app))
        (undone,) = app.session.operations.log.value.records
        assert f"now in {folder}: " in as_text(undone)
        events = app.session.events.newest
        await eventually(pilot, lambda: any(event.detail.get("trash") == str(folder) for event in events.value))
        (event,) = [event for event in events.value if event.detail.get("trash")]
        assert event.detail["moved"] == (plan.state_dir,)
        assert f"1 path moved to {folder}" in description(event)
    assert contents(demo_home.home) == before


async def test_a_run_that_left_no_row_is_offered_too(demo_home: DemoHome) -> None:
    demo_home.add_profile("clawdbot", "neighbour")
    before = contents(demo_home.home)
    plan = await planned(demo_home.host(), choices())
    assert run_until_killed(demo_home, plan, "journal ends") == -9
    async with at_the_row(demo_home) as (app, pilot):
        assert app.session.snapshot.value is not None
        assert app.session.snapshot.value.instance(ID) is None
        assert offered(app) == {"resume", "undo"}
        await pilot.press("Z")
        await eventually(pilot, lambda: "Nothing is there to take back" in screen_text(app))
        await pilot.press("y")
        await eventually(pilot, lambda: "The host is as it was" in screen_text(app))
    assert unfinished_journals(demo_home.host()) == ()
    assert contents(demo_home.home) == before


async def test_an_answer_that_comes_before_the_question_is_there_takes_nothing_back(demo_home: DemoHome) -> None:
    plan = await planned(demo_home.host(), choices())
    assert run_until_killed(demo_home, plan, "journal ends") == -9
    before = contents(demo_home.home)
    async with at_the_row(demo_home) as (app, pilot):
        await burst(pilot, "Zyy2")
        assert isinstance(app.screen, InstancesScreen), "what it lists takes a while: until then, keys wait"
        assert [note.message for note in app._notifications] == [
            "y came before the question could be read. Z asks again."
        ]
    assert contents(demo_home.home) == before


async def test_runs_that_left_no_row_are_named_before_anything_is_done(demo_home: DemoHome) -> None:
    demo_home.add_profile("clawdbot", "neighbour")
    for profile in ("first", "second"):
        plan = await planned(demo_home.host(), choices(profile=profile, port=demo_home.ports.take()))
        assert run_until_killed(demo_home, plan, "journal ends") == -9
    async with at_the_row(demo_home) as (app, pilot):
        await eventually(pilot, lambda: len(unfinished(app)) == 2)
        for key, verb in (("N", "Resume"), ("Z", "Undo")):
            await pilot.press(key)
            assert isinstance(app.screen, UnfinishedRunSheet)
            for shown in (f"{verb} which onboarding?", "openclaw:first", "openclaw:second"):
                assert shown in screen_text(app)
            await pilot.press("enter")
            assert isinstance(app.screen, InstancesScreen), "enter alone leaves it"
        await pilot.press(
            "Z",
            "down",
            *(["down"] if unfinished(app)[0].instance == "openclaw:second" else []),
            "enter",
        )
        await eventually(pilot, lambda: "Undo the onboarding of openclaw:first?" in screen_text(app))
        await pilot.press("y")
        await eventually(pilot, lambda: "The host is as it was" in screen_text(app))
        await pilot.press("enter")
        await eventually(pilot, lambda: [run.instance for run in unfinished(app)] == ["openclaw:second"])
        await pilot.press("N")
        assert isinstance(app.screen, UnfinishedRunSheet), "one that is not the cursor's is named, too"


async def test_one_that_is_under_way_elsewhere_is_left_to_its_claw_tui(demo_home: DemoHome) -> None:
    await killed(demo_home)
    host = demo_home.host()
    [journal] = unfinished_journals(host)
    async with journal_lock(host, journal.id), at_the_row(demo_home) as (app, pilot):
        assert offered(app) == set()
        assert "being onboarded by another claw-tui" in screen_text(app)
        assert "! onboarding" in screen_text(app)
        await pilot.press("N")
        assert isinstance(app.screen, InstancesScreen)


async def test_a_run_that_ends_elsewhere_is_offered_although_nothing_else_changes(demo_home: DemoHome) -> None:
    await killed(demo_home)
    host = demo_home.host()
    [journal] = unfinished_journals(host)
    runs = OnboardingRuns(lambda: host)
    async with dashboard_of(await take_snapshot(host), onboarder=Onboarder(lambda: host), onboarding_runs=runs) as (
        app,
        pilot,
    ):
        async with journal_lock(host, journal.id):
            app.session.onboarding.find_unfinished()
            await eventually(pilot, lambda: [run.under_way for run in unfinished(app)] == [True])
            assert offered(app) == set()
        await eventually(pilot, lambda: offered(app) == {"resume", "undo"})


class BlindRuns(OnboardingRuns):
    """Cannot look."""

    looks = 0

    async def unfinished(self) -> tuple[UnfinishedRun, ...]:
        self.looks += 1
        raise OSError(24, "Too many open files")


async def test_a_look_for_runs_that_fails_is_a_problem_told_once(demo_home: DemoHome) -> None:
    host = demo_home.host()
    blind = BlindRuns(lambda: host)
    async with dashboard_of(await take_snapshot(host), onboarding_runs=blind) as (app, pilot):
        await eventually(pilot, lambda: app.session.problems.all)
        app.session.onboarding.find_unfinished()
        await eventually(pilot, lambda: blind.looks > 1)
        await pilot.pause()
        [problem] = app.session.problems.all
        assert "Too many open files" in problem.message


class Falling(Onboarder):
    """Stops on an error of its own whatever it is asked to do with a run."""

    async def resume(self, journal: str, report: Report) -> OnboardingResult | Failure:
        raise RuntimeError("the world is upside down")

    async def preview_undo(self, journal: str) -> UndoPlan | Failure:
        raise RuntimeError("the world is upside down")


@asynccontextmanager
async def falling_dashboard(home: DemoHome) -> AsyncIterator[tuple[ClawTui, Pilot[DashboardResult]]]:
    """The dashboard beside a run that was killed, where resume and undo stop on an error of claw-tui."""
    await killed(home)
    host = home.host()
    onboarder, runs = Falling(lambda: host), OnboardingRuns(lambda: host)
    async with dashboard_of(await take_snapshot(host), onboarder=onboarder, onboarding_runs=runs) as (app, pilot):
        await eventually(pilot, lambda: offered(app) == {"resume", "undo"})
        yield app, pilot


async def test_an_error_of_claw_tui_in_a_run_is_told_and_the_dashboard_goes_on(demo_home: DemoHome) -> None:
    async with falling_dashboard(demo_home) as (app, pilot):
        await pilot.press("N")
        await eventually(pilot, lambda: "the world is upside down" in screen_text(app))
        assert "not finished" in screen_text(app)
        await pilot.press("enter")
        await eventually(pilot, lambda: isinstance(app.screen, InstancesScreen))


async def test_an_undo_that_fails_before_its_question_is_told_each_time(demo_home: DemoHome) -> None:
    async with falling_dashboard(demo_home) as (app, pilot):
        told = app.session.problems.own
        app.session.onboarding.undo(unfinished(app)[0])
        await eventually(pilot, lambda: len(told.value) == 1)
        app.session.onboarding.undo(unfinished(app)[0])
        await eventually(pilot, lambda: len(told.value) == 2)
        assert all("the world is upside down" in problem.message for problem in told.value)


async def test_those_who_look_at_a_run_do_not_disturb_each_other(demo_home: DemoHome) -> None:
    host = demo_home.host()
    plan = await planned(host, choices())
    assert run_until_killed(demo_home, plan, "journal ends") == -9

    def look() -> set[bool]:
        runs = UnfinishedRuns(host)
        return {run.under_way for _ in range(400) for run in runs.look()}

    seen = await asyncio.gather(*(asyncio.to_thread(look) for _ in range(3)))
    assert set().union(*seen) == {False}


async def test_a_run_that_is_gone_by_now_says_so_in_place_of_its_steps(demo_home: DemoHome) -> None:
    plan = await killed(demo_home)
    async with at_the_row(demo_home) as (app, pilot):
        JournalFile(demo_home.host(), unfinished_journals(demo_home.host())[0]).update(outcome=RunOutcome.DONE)
        app.session.onboarding.resume(unfinished(app)[0])
        await eventually(pilot, lambda: "There is no unfinished onboarding" in screen_text(app))
        assert isinstance(app.screen, OnboardingRunScreen)
        assert plan.instance in screen_text(app)
        await pilot.press("enter")
        assert isinstance(app.screen, InstancesScreen)


async def test_stopping_a_resumed_run_is_not_called_creating_it(demo_home: DemoHome) -> None:
    await killed(demo_home)
    fake_command(demo_home, "openclaw", "echo at work; sleep 600")
    async with at_the_row(demo_home) as (app, pilot):
        await pilot.press("N")
        await eventually(pilot, lambda: "at work" in screen_text(app))
        await pilot.press("escape")
        assert "Stop resuming openclaw:rescue?" in screen_text(app)


async def test_read_only_it_is_told_and_nothing_is_offered(demo_home: DemoHome) -> None:
    await killed(demo_home)
    async with at_the_row(demo_home, read_only=True) as (app, pilot):
        assert offered(app) == set()
        assert "Unfinished onboarding" in screen_text(app)
        await pilot.press("N", "Z")
        assert isinstance(app.screen, InstancesScreen)


async def test_journals_are_read_again_only_when_one_was_written(demo_home: DemoHome) -> None:
    host = demo_home.host()
    runs = UnfinishedRuns(host)
    assert runs.look() == ()
    await killed(demo_home)
    [run] = runs.look()
    assert (run.instance, run.step, run.failure, run.under_way) == (ID, "onboard", None, False)
    [path] = (demo_home.home / ".local/state/claw-tui/onboarding").glob("*.json")
    read = runs._journals
    assert runs.look() == (run,)
    assert runs._journals is read, "nothing was written"
    text = path.read_text()
    path.write_text(text.replace('"UNFINISHED"', '"DONE"').replace('"unfinished"', '"done"'))
    assert runs.look() == ()
    path.unlink()
    assert runs.look() == ()
