"""Runs that the wizard has begun: they fail, are stopped and found again, or go to a terminal of their own."""

import asyncio
import re

import pytest
from textual.pilot import Pilot

from claw_tui.events.controller import EventsController
from claw_tui.hosts.onboarding import Onboarder
from claw_tui.instances.table import InstanceTable
from claw_tui.onboarding.run_screens import OnboardingRunScreen
from claw_tui.onboarding.wizard_questions import WizardStep
from claw_tui.session import SnapshotTaken
from claw_tui.shell.confirm_sheet import ConfirmSheet
from claw_tui.shell.dashboard_app import DashboardResult
from gateway_core.demo.home import DemoHome
from gateway_core.events.model import Event, Kind
from gateway_core.monitor.monitor import take_snapshot
from gateway_core.onboarding.journal import unfinished_journals
from gateway_core.onboarding.plan import OnboardingResult, Plan
from gateway_core.operations import ErrorCode, Report
from tests.dashboard import screen_text
from tests.onboarding import fake_command
from tests.until import eventually
from tests.wizard_pilot import go_to, retype, wizard


@pytest.mark.usual_ports
async def test_a_run_that_fails_says_how_to_go_on(demo_home: DemoHome) -> None:
    fake_command(demo_home, "openclaw", 'mkdir "$HOME/.openclaw"; echo "no room"; exit 3')
    async with wizard(demo_home, (80, 24)) as (screen, pilot):
        await go_to(screen, pilot, WizardStep.REVIEW)
        await pilot.press("enter")
        await eventually(pilot, lambda: "not finished" in screen_text(pilot.app))
        text = screen_text(pilot.app)
        assert "no room" in text
        assert "key N on openclaw:default" in text
        assert "key Z on openclaw:default" in text
        await pilot.press("enter")
        assert not isinstance(pilot.app.screen, OnboardingRunScreen)


@pytest.mark.usual_ports
async def test_esc_during_a_run_asks_and_the_run_is_found_again(
    demo_home: DemoHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[Event] = []
    monkeypatch.setattr(EventsController, "record", lambda _, events: written.extend(events))
    fake_command(demo_home, "openclaw", 'mkdir "$HOME/.openclaw-second"; echo under way; sleep 600')
    demo_home.add_profile("clawdbot", "first")
    async with wizard(demo_home, (160, 48)) as (screen, pilot):
        await go_to(screen, pilot, WizardStep.PROFILE)
        await retype(pilot, screen, "second")
        await go_to(screen, pilot, WizardStep.REVIEW)
        await pilot.press("enter")
        await eventually(pilot, lambda: "under way" in screen_text(pilot.app))
        await pilot.press("escape")
        assert isinstance(pilot.app.screen, ConfirmSheet)
        assert "key N on openclaw:second" in screen_text(pilot.app)
        await pilot.press("n", "escape", "y")
        await eventually(pilot, lambda: not isinstance(pilot.app.screen, OnboardingRunScreen | ConfirmSheet))
        [journal] = unfinished_journals(demo_home.host())
        assert journal.plan.instance == "openclaw:second"
        await eventually(pilot, lambda: _failure(demo_home) is not None)
        assert _failure(demo_home) is ErrorCode.STOPPED
        pilot.app.post_message(SnapshotTaken(await take_snapshot(demo_home.host())))
        await eventually(pilot, lambda: chosen(pilot) == "openclaw:second")
        await eventually(pilot, lambda: " cancelled: N resumes, Z undoes" in screen_text(pilot.app))
        assert "onboarding was cancelled: N resumes, Z undoes" in screen_text(pilot.app)
        [event] = [one for one in written if one.kind == Kind.OPERATION]
        assert (event.instance, event.kind, event.detail["operation"]) == ("openclaw:second", Kind.OPERATION, "new")
        assert (event.detail["ok"], event.cause) == (None, None)


class Checking(Onboarder):
    """Never comes to the end of the check that a run begins with."""

    async def run(self, plan: Plan, report: Report) -> OnboardingResult:
        await asyncio.Event().wait()
        raise AssertionError


@pytest.mark.usual_ports
async def test_a_run_that_was_only_checked_leaves_nothing_to_resume_or_undo(demo_home: DemoHome) -> None:
    host = demo_home.host()
    async with wizard(demo_home, onboarder=Checking(lambda: host)) as (screen, pilot):
        await go_to(screen, pilot, WizardStep.REVIEW)
        await pilot.press("enter")
        await eventually(pilot, lambda: isinstance(pilot.app.screen, OnboardingRunScreen))
        await pilot.press("escape")
        await eventually(pilot, lambda: isinstance(pilot.app.screen, ConfirmSheet))
        assert "Nothing has been created" in screen_text(pilot.app)
        assert "key Z" not in screen_text(pilot.app)
        await pilot.press("y")
        await eventually(pilot, lambda: bool(pilot.app._notifications))
        assert [note.message for note in pilot.app._notifications] == ["Nothing has been created."]
        await pilot.press("Z")
        await eventually(pilot, lambda: any("left unfinished" in note.message for note in pilot.app._notifications))


def chosen(pilot: Pilot[DashboardResult]) -> str | None:
    """The id of the row under the cursor, once the table is there."""
    tables = pilot.app.screen.query(InstanceTable)
    return tables.first().chosen if tables else None


def _failure(home: DemoHome) -> ErrorCode | None:
    [journal] = unfinished_journals(home.host())
    return journal.failure.code if journal.failure else None


@pytest.mark.usual_ports
async def test_the_question_whether_to_stop_goes_away_with_the_run(demo_home: DemoHome) -> None:
    go_on = demo_home.base / "go-on"
    fake_command(demo_home, "openclaw", f'echo under way; until [ -e "{go_on}" ]; do sleep 0.05; done; exit 3')
    async with wizard(demo_home) as (screen, pilot):
        await go_to(screen, pilot, WizardStep.REVIEW)
        await pilot.press("enter")
        await eventually(pilot, lambda: "under way" in screen_text(pilot.app))
        await pilot.press("escape")
        assert "Stop creating openclaw:default?" in screen_text(pilot.app)
        go_on.touch()
        await eventually(pilot, lambda: "not finished" in screen_text(pilot.app))
        await eventually(pilot, lambda: isinstance(pilot.app.screen, OnboardingRunScreen))


async def test_where_the_terminal_cannot_be_given_away_the_command_is_there_to_copy(demo_home: DemoHome) -> None:
    port = demo_home.ports.take()
    async with wizard(demo_home) as (screen, pilot):
        await go_to(screen, pilot, WizardStep.PROFILE)
        await retype(pilot, screen, "second")
        await go_to(screen, pilot, WizardStep.PORT)
        await retype(pilot, screen, str(port))
        await go_to(screen, pilot, WizardStep.RUNNING)
        await pilot.press("end")
        await go_to(screen, pilot, WizardStep.REVIEW)
        await pilot.press("enter")
        await eventually(pilot, lambda: "openclaw:second is there" in screen_text(pilot.app))
        assert re.search(r"press l +provider and channels", screen_text(pilot.app))
        await pilot.press("l")
        await eventually(pilot, lambda: pilot.app.clipboard.endswith("--profile second configure"))
        assert "What to do next" in screen_text(pilot.app)


async def test_a_gateway_that_runs_has_its_control_ui_a_key_away(
    demo_home: DemoHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    port = demo_home.ports.take()
    async with wizard(demo_home, (80, 24)) as (screen, pilot):
        await go_to(screen, pilot, WizardStep.PROFILE)
        await retype(pilot, screen, "second")
        await go_to(screen, pilot, WizardStep.PORT)
        await retype(pilot, screen, str(port))
        await go_to(screen, pilot, WizardStep.REVIEW)
        await pilot.press("enter")
        await eventually(pilot, lambda: f"http://127.0.0.1:{port}/" in screen_text(pilot.app))
        assert "o: Control UI" in screen_text(pilot.app)
        await pilot.press("o")
        await eventually(pilot, lambda: opened == [f"http://127.0.0.1:{port}/"])
