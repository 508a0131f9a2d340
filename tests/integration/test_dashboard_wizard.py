"""The wizard: one question per step, the port map live beside it, and nothing touched before the user has agreed."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.app import App
from textual.events import Key
from textual.pilot import Pilot
from textual.widgets import Input, OptionList, Static

from claw_tui.app import ClawTui
from claw_tui.events.controller import EventsController
from claw_tui.hosts.onboarding import FoundDistribution, Onboarder
from claw_tui.onboarding.run_screens import OnboardingRunScreen
from claw_tui.onboarding.wizard_questions import BY_CLAW_TUI, WizardStep
from claw_tui.onboarding.wizard_screen import WizardScreen
from claw_tui.onboarding.wizard_state import WizardState
from claw_tui.session import SnapshotTaken
from claw_tui.shell.confirm_sheet import ConfirmSheet
from claw_tui.shell.dashboard_app import DashboardResult
from gateway_core.demo.home import DemoHome
from gateway_core.events.model import Event, Kind
from gateway_core.host import Host
from gateway_core.monitor.monitor import take_snapshot
from gateway_core.onboarding.choices import ChoiceProblem, Choices, Preset
from gateway_core.onboarding.journal import journals, unfinished_journals
from gateway_core.onboarding.plan import Plan, TokenRoute
from gateway_core.operations import ErrorCode
from gateway_core.snapshot import Snapshot
from tests.dashboard import dashboard, screen_text
from tests.onboarding import contents, fake_command
from tests.until import DEADLINE_S, eventually

SIZES = [(80, 24), (120, 36)]


@asynccontextmanager
async def wizard(
    home: DemoHome, size: tuple[int, int] = (120, 36), onboarder: Onboarder | None = None
) -> AsyncIterator[tuple[WizardScreen, Pilot[DashboardResult]]]:
    """The wizard on that home, at its first question, with OpenClaw chosen."""
    host = home.host()
    onboarder = onboarder or Onboarder(lambda: host)
    async with dashboard(await take_snapshot(host), size, onboarder=onboarder) as (app, pilot):
        await pilot.press("n")
        screen = app.screen
        assert isinstance(screen, WizardScreen)
        await eventually(pilot, lambda: screen._state is not None and screen._state.plan is not None)
        await pilot.press("end")
        await eventually(pilot, lambda: "OpenClaw" in screen_text(app))
        yield screen, pilot


def shown_screen(pilot: Pilot[DashboardResult]) -> object:
    return pilot.app.screen


def says(pilot: Pilot[DashboardResult], words: str) -> Callable[[], bool]:
    return lambda: words in said(pilot.app)


def said(app: App[DashboardResult]) -> str:
    """What the screen says, without its frames and line breaks."""
    return " ".join(screen_text(app).replace("│", " ").split())


def comment(screen: WizardScreen) -> str:
    """What is said about the answer, without line breaks."""
    return " ".join(str(screen.query_one("#problem", Static).render()).split())


async def go_to(screen: WizardScreen, pilot: Pilot[DashboardResult], step: WizardStep) -> None:
    """Press enter until that question; the risk is accepted on the way."""
    for _ in WizardStep:
        if step_of(screen) is step:
            return
        if step_of(screen) is WizardStep.RISK:
            await pilot.press("down")
        await pilot.press("enter")
        await pilot.pause()
    assert step_of(screen) is step, comment(screen)


def state(screen: WizardScreen) -> WizardState:
    assert screen._state is not None
    return screen._state


def plan_of(screen: WizardScreen) -> Plan:
    plan = state(screen).plan
    assert plan is not None
    return plan


def highlighted(screen: WizardScreen) -> str | None:
    option = screen.query_one(OptionList).highlighted_option
    assert option is not None
    return option.id


def step_of(screen: WizardScreen) -> WizardStep:
    return state(screen).step


async def retype(pilot: Pilot[DashboardResult], screen: WizardScreen, text: str) -> None:
    await pilot.press("end", "ctrl+u", *text)
    await eventually(pilot, lambda: screen.query_one(Input).value == text)


@pytest.mark.parametrize("size", SIZES)
async def test_a_colliding_port_turns_red_and_the_free_one_is_a_key_away(
    demo_home: DemoHome, size: tuple[int, int]
) -> None:
    taken = demo_home.add_profile("openclaw", "first")
    async with wizard(demo_home, size) as (screen, pilot):
        await go_to(screen, pilot, WizardStep.PORT)
        await retype(pilot, screen, str(taken.port))
        await eventually(pilot, lambda: f"use the same base port {taken.port}" in comment(screen))
        assert "▓" in str(screen.query_one("#map-lanes > Static").render())
        await pilot.press("enter")
        assert step_of(screen) is WizardStep.PORT

        await pilot.press("down")
        await eventually(pilot, lambda: state(screen).plan is not None)
        assert plan_of(screen).base_port == int(screen.query_one(Input).value) != taken.port
        await pilot.pause()
        assert "▸ openclaw:default" in screen_text(pilot.app)
        await pilot.press("enter")
        assert step_of(screen) is WizardStep.BIND


@pytest.mark.parametrize("size", SIZES)
async def test_back_and_forth_loses_nothing(demo_home: DemoHome, size: tuple[int, int]) -> None:
    async with wizard(demo_home, size) as (screen, pilot):
        await go_to(screen, pilot, WizardStep.PRESET)
        await pilot.press("down")
        await go_to(screen, pilot, WizardStep.PROFILE)
        assert screen.query_one(Input).value == "rescue"
        await retype(pilot, screen, "second")
        await go_to(screen, pilot, WizardStep.PORT)
        await retype(pilot, screen, "auto ")
        await go_to(screen, pilot, WizardStep.RISK)
        for _ in WizardStep:
            await pilot.press("shift+tab")
        assert step_of(screen) is WizardStep.DISTRIBUTION
        await go_to(screen, pilot, WizardStep.REVIEW)
        assert state(screen).plan
        assert (plan_of(screen).instance, state(screen).choices.port) == ("openclaw:second", "auto ")


async def test_the_risk_has_to_be_accepted_and_esc_leaves_nothing(demo_home: DemoHome) -> None:
    before = contents(demo_home.home, without=())
    async with wizard(demo_home, (80, 24)) as (screen, pilot):
        await go_to(screen, pilot, WizardStep.RISK)
        assert "prompt injection" in said(pilot.app)
        await pilot.press("enter")
        assert step_of(screen) is WizardStep.RISK
        assert "It stops here unless you accept" in said(pilot.app)
        seen = state(screen).outcome
        pilot.app.post_message(SnapshotTaken(await take_snapshot(demo_home.host())))
        await eventually(pilot, lambda: state(screen).outcome is not seen)
        await pilot.pause()
        assert "It stops here unless you accept" in said(pilot.app), "the next look at the host takes no answer away"
        assert not state(screen).choices.accepted_risk
        await pilot.press("down", "enter")
        assert step_of(screen) is WizardStep.REVIEW
        await pilot.press("y")
        assert "--accept-risk" in pilot.app.clipboard
        await pilot.press("escape")
        await pilot.pause()
        assert not isinstance(pilot.app.screen, (WizardScreen, OnboardingRunScreen))
    assert contents(demo_home.home, without=()) == before


async def test_bad_answers_have_their_message_beside_them(demo_home: DemoHome) -> None:
    async with wizard(demo_home, (80, 24)) as (screen, pilot):
        await go_to(screen, pilot, WizardStep.PROFILE)
        for text, words in (("../x", "A name is made of"), ("x" * 65, "65 characters"), ("é", "A name is made of")):
            await retype(pilot, screen, text)
            await eventually(pilot, says(pilot, words))
            await pilot.press("enter")
            assert step_of(screen) is WizardStep.PROFILE
        await retype(pilot, screen, "fine")
        await go_to(screen, pilot, WizardStep.PORT)
        for text, words in (("80", "needs privileges"), ("65500", "ports end at 65535"), ("http", "not a port number")):
            await retype(pilot, screen, text)
            await eventually(pilot, says(pilot, words))


async def test_what_is_not_installed_says_how_to_get_it(demo_home: DemoHome) -> None:
    demo_home.command("clawdbot").unlink()
    async with wizard(demo_home) as (screen, _):
        missing = [option for option in screen.query_one(OptionList).options if option.disabled]
        assert [option.id for option in missing] == ["clawdbot"]
        assert str(missing[0].prompt) == "Clawdbot: not installed; npm install -g clawdbot"


async def test_an_existing_profile_is_a_question_of_its_own(demo_home: DemoHome) -> None:
    demo_home.add_profile("openclaw", "default", bind="lan")
    async with wizard(demo_home) as (screen, pilot):
        await go_to(screen, pilot, WizardStep.PRESET)
        assert state(screen).choices.preset is Preset.RESCUE
        await pilot.press("home")
        await go_to(screen, pilot, WizardStep.EXISTING)
        await pilot.press("enter")
        assert step_of(screen) is WizardStep.PROFILE
        await go_to(screen, pilot, WizardStep.EXISTING)
        await pilot.press("down", "enter")
        assert step_of(screen) is WizardStep.PORT
        await eventually(pilot, lambda: state(screen).plan is not None)
        assert plan_of(screen).existing
        assert "Changes what is there" in screen_text(pilot.app)
        await go_to(screen, pilot, WizardStep.BIND)
        assert "as it is: lan" in screen_text(pilot.app)
        await go_to(screen, pilot, WizardStep.WORKSPACE)
        assert plan_of(screen).bind == "lan"
        assert "Its bind changes" not in said(pilot.app)


async def test_the_own_token_is_chosen_kept_and_judged_anew_for_another_product(demo_home: DemoHome) -> None:
    async with wizard(demo_home, (80, 24)) as (screen, pilot):
        await go_to(screen, pilot, WizardStep.TOKEN)
        assert "OpenClaw makes it, as usual" in said(pilot.app)
        await pilot.press("down")
        await eventually(pilot, lambda: route(screen) is TokenRoute.ENVIRONMENT)
        assert "passes it as OPENCLAW_GATEWAY_TOKEN" in said(pilot.app)
        await go_to(screen, pilot, WizardStep.WORKSPACE)
        await go_back_to(screen, pilot, WizardStep.DISTRIBUTION)
        await go_to(screen, pilot, WizardStep.TOKEN)
        assert route(screen) is TokenRoute.ENVIRONMENT
        assert highlighted(screen) == BY_CLAW_TUI

        await go_back_to(screen, pilot, WizardStep.DISTRIBUTION)
        await pilot.press("home")
        await go_to(screen, pilot, WizardStep.TOKEN)
        assert state(screen).choices.distribution == "clawdbot"
        await eventually(pilot, lambda: "takes a token only on its command line" in comment(screen))
        assert "not by claw-tui: Clawdbot 2026.1.24-3 takes a token only on its command line" in said(pilot.app)
        await pilot.press("down")
        assert highlighted(screen) != BY_CLAW_TUI
        await pilot.press("enter")
        assert (step_of(screen), route(screen)) == (WizardStep.WORKSPACE, TokenRoute.DISTRIBUTION)


async def go_back_to(screen: WizardScreen, pilot: Pilot[DashboardResult], step: WizardStep) -> None:
    while step_of(screen) is not step:
        await pilot.press("shift+tab")


def route(screen: WizardScreen) -> TokenRoute | None:
    plan = state(screen).plan
    return plan.token if plan is not None else None


async def test_a_password_that_is_there_stays_unless_a_token_is_chosen(demo_home: DemoHome) -> None:
    profile = demo_home.add_profile("openclaw", "default")
    config = json.loads(profile.config_path.read_text())
    config["gateway"]["auth"] = {"mode": "password", "password": "CANARY"}
    profile.config_path.write_text(json.dumps(config))
    async with wizard(demo_home, (80, 24)) as (screen, pilot):
        await go_to(screen, pilot, WizardStep.PRESET)
        await pilot.press("home")
        await go_to(screen, pilot, WizardStep.EXISTING)
        await pilot.press("down")
        await go_to(screen, pilot, WizardStep.TOKEN)
        assert "as it is: the password in its config stays" in said(pilot.app)
        assert plan_of(screen).auth == "password"
        await pilot.press("end")
        await eventually(pilot, lambda: route(screen) is TokenRoute.ENVIRONMENT)
        assert "Its auth changes from password to token" in said(pilot.app)
        await pilot.press("enter", "shift+tab", "home")
        await eventually(pilot, lambda: route(screen) is TokenRoute.KEPT)


@pytest.mark.usual_ports
async def test_a_run_that_fails_says_how_to_go_on(demo_home: DemoHome) -> None:
    fake_command(demo_home, "openclaw", 'mkdir "$HOME/.openclaw"; echo "no room"; exit 3')
    async with wizard(demo_home, (80, 24)) as (screen, pilot):
        await go_to(screen, pilot, WizardStep.REVIEW)
        await pilot.press("enter")
        await eventually(pilot, lambda: "not finished" in screen_text(pilot.app))
        text = screen_text(pilot.app)
        assert "no room" in text
        assert "claw-tui new --resume openclaw:default" in text
        assert "claw-tui new --undo openclaw:default" in text
        await pilot.press("enter")
        assert not isinstance(pilot.app.screen, OnboardingRunScreen)


@pytest.mark.usual_ports
async def test_esc_during_a_run_asks_and_the_run_is_found_again(
    demo_home: DemoHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[Event] = []
    monkeypatch.setattr(EventsController, "record", lambda _, events: written.extend(events))
    fake_command(demo_home, "openclaw", 'mkdir "$HOME/.openclaw"; echo under way; sleep 600')
    async with wizard(demo_home) as (screen, pilot):
        await go_to(screen, pilot, WizardStep.REVIEW)
        await pilot.press("enter")
        await eventually(pilot, lambda: "under way" in screen_text(pilot.app))
        await pilot.press("escape")
        assert isinstance(pilot.app.screen, ConfirmSheet)
        assert "--resume openclaw:default" in screen_text(pilot.app)
        await pilot.press("n", "escape", "y")
        await eventually(pilot, lambda: not isinstance(pilot.app.screen, OnboardingRunScreen | ConfirmSheet))
        [journal] = unfinished_journals(demo_home.host())
        assert journal.plan.instance == "openclaw:default"
        await eventually(pilot, lambda: _failure(demo_home) is not None)
        assert _failure(demo_home) is ErrorCode.STOPPED
        [event] = written
        assert (event.instance, event.kind, event.detail["operation"]) == ("openclaw:default", Kind.OPERATION, "new")
        assert (event.detail["ok"], event.cause) == (None, None)


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
        await pilot.press("l")
        await eventually(pilot, lambda: pilot.app.clipboard.endswith("--profile second configure"))
        assert "What to do next" in screen_text(pilot.app)


class Stumbling(Onboarder):
    """Cannot look for products the first time."""

    stumbles = True

    async def find_distributions(self) -> tuple[FoundDistribution, ...]:
        if self.stumbles:
            self.stumbles = False
            raise OSError(24, "Too many open files")
        return await super().find_distributions()


async def test_a_look_for_products_that_fails_says_why_and_can_be_repeated(demo_home: DemoHome) -> None:
    host = demo_home.host()
    async with dashboard(await take_snapshot(host), (80, 24), onboarder=Stumbling(lambda: host)) as (app, pilot):
        await pilot.press("n")
        await eventually(pilot, lambda: "Too many open files" in said(app))
        assert "Press r to look again" in said(app)
        await pilot.press("enter", "x")
        assert "Whose gateway" not in screen_text(app)
        await pilot.press("r")
        await eventually(pilot, lambda: "Whose gateway" in screen_text(app))


class Held(Onboarder):
    """Lets a plan out only when told to, once it is held."""

    holds = False

    def __init__(self, host: Callable[[], Host]) -> None:
        super().__init__(host)
        self.asked = asyncio.Event()
        self.released = asyncio.Event()

    async def plan(
        self, choices: Choices, snapshot: Snapshot, chosen: FoundDistribution
    ) -> Plan | tuple[ChoiceProblem, ...]:
        if self.holds:
            self.asked.set()
            await self.released.wait()
        return await super().plan(choices, snapshot, chosen)


async def test_a_plan_that_comes_after_the_user_has_left_is_not_run(demo_home: DemoHome) -> None:
    host = demo_home.host()
    held = Held(lambda: host)
    async with wizard(demo_home, onboarder=held) as (screen, pilot):
        await go_to(screen, pilot, WizardStep.REVIEW)
        await pilot.pause()
        held.holds = True
        screen.post_message(Key("enter", "\r"))
        async with asyncio.timeout(DEADLINE_S):
            await held.asked.wait()
        pilot.app.pop_screen()
        below = pilot.app.screen
        held.released.set()
        await pilot.pause()
        assert pilot.app.screen is below
        assert journals(host) == ()


async def reviewed(screen: WizardScreen, pilot: Pilot[DashboardResult]) -> Path:
    """After its plan was read; the workspace of it."""
    await go_to(screen, pilot, WizardStep.REVIEW)
    await eventually(pilot, lambda: state(screen).shown is not None)
    plan = state(screen).plan
    assert plan is not None
    return Path(plan.workspace)


async def test_a_plan_that_differs_from_the_one_that_was_read_is_shown_first(demo_home: DemoHome) -> None:
    async with wizard(demo_home, (120, 90)) as (screen, pilot):
        workspace = demo_home.home / "elsewhere"
        await go_to(screen, pilot, WizardStep.WORKSPACE)
        await retype(pilot, screen, str(workspace))
        assert await reviewed(screen, pilot) == workspace
        assert "is not empty" not in said(pilot.app)
        workspace.mkdir()
        (workspace / "diary").touch()
        await pilot.press("enter")
        assert shown_screen(pilot) is screen
        await eventually(pilot, lambda: "Read it again" in comment(screen) and "is not empty" in said(pilot.app))
        assert journals(demo_home.host()) == ()
        await pilot.press("enter")
        assert isinstance(shown_screen(pilot), OnboardingRunScreen)


async def test_a_plan_that_the_host_changes_while_it_is_read_is_told_of(demo_home: DemoHome) -> None:
    async with wizard(demo_home) as (screen, pilot):
        await reviewed(screen, pilot)
        before = state(screen).plan
        assert before is not None
        demo_home.add_profile("clawdbot", "neighbour", port=before.base_port)
        pilot.app.post_message(SnapshotTaken(await take_snapshot(demo_home.host())))
        await eventually(pilot, lambda: "Read it again" in comment(screen))
        assert plan_of(screen).base_port != before.base_port


class FailingOnboarder(Onboarder):
    """Cannot plan while it fails."""

    fails = False

    async def plan(
        self, choices: Choices, snapshot: Snapshot, chosen: FoundDistribution
    ) -> Plan | tuple[ChoiceProblem, ...]:
        if self.fails:
            raise OSError(24, "Too many open files")
        return await super().plan(choices, snapshot, chosen)


async def test_an_error_in_planning_is_told_and_runs_nothing(demo_home: DemoHome) -> None:
    host = demo_home.host()
    onboarder = FailingOnboarder(lambda: host)
    async with wizard(demo_home, onboarder=onboarder) as (screen, pilot):
        onboarder.fails = True
        await pilot.press("enter")
        await eventually(pilot, lambda: "Too many open files" in comment(screen))
        assert "Press r to try again" in comment(screen)
        assert (step_of(screen), state(screen).plan) == (WizardStep.DISTRIBUTION, None)
        onboarder.fails = False
        await pilot.press("r")
        await eventually(pilot, lambda: not comment(screen) and state(screen).plan is not None)

        await go_to(screen, pilot, WizardStep.PORT)
        onboarder.fails = True
        await pilot.press("enter")
        await eventually(pilot, lambda: "Press enter to try again" in comment(screen))
        onboarder.fails = False
        await reviewed(screen, pilot)
        onboarder.fails = True
        await pilot.press("enter")
        await eventually(pilot, lambda: "Too many open files" in comment(screen))
        await pilot.press("enter", "y")
        assert pilot.app.screen is screen
        assert not pilot.app.clipboard
        assert journals(host) == ()


async def test_escape_before_an_enter_wins_however_fast_they_come(demo_home: DemoHome) -> None:
    async with wizard(demo_home) as (screen, pilot):
        await go_to(screen, pilot, WizardStep.REVIEW)
        await pilot.pause()
        below = pilot.app.screen_stack[-2]
        for key in (Key("escape", "\x1b"), Key("enter", "\r")):
            screen.post_message(key)
        await eventually(pilot, lambda: screen not in pilot.app.screen_stack)
        await pilot.pause()
        assert pilot.app.screen is below
        assert journals(demo_home.host()) == ()


async def test_without_an_onboarder_there_is_no_wizard(demo_home: DemoHome) -> None:
    async with dashboard(await take_snapshot(demo_home.host())) as (app, pilot):
        assert isinstance(app, ClawTui)
        await pilot.press("n")
        assert not isinstance(app.screen, WizardScreen)
