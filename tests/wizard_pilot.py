"""Answers the wizard in the dashboard, and reads what it shows."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Input, OptionList, Static

from claw_tui.hosts.onboarding import Onboarder, OnboardingRuns
from claw_tui.onboarding.wizard_questions import WizardStep
from claw_tui.onboarding.wizard_screen import WizardScreen
from claw_tui.onboarding.wizard_state import WizardState
from claw_tui.shell.dashboard_app import DashboardResult
from gateway_core.demo.home import DemoHome
from gateway_core.monitor.monitor import take_snapshot
from gateway_core.onboarding.plan import Plan, TokenRoute
from tests.dashboard import dashboard, screen_text
from tests.until import eventually


@asynccontextmanager
async def wizard(
    home: DemoHome, size: tuple[int, int] = (120, 36), onboarder: Onboarder | None = None
) -> AsyncIterator[tuple[WizardScreen, Pilot[DashboardResult]]]:
    """The wizard on that home, at its first question, with OpenClaw chosen."""
    host = home.host()
    onboarder = onboarder or Onboarder(lambda: host)
    runs, snapshot = OnboardingRuns(lambda: host), await take_snapshot(host)
    async with dashboard(snapshot, size, onboarder=onboarder, onboarding_runs=runs) as (app, pilot):
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


async def go_back_to(screen: WizardScreen, pilot: Pilot[DashboardResult], step: WizardStep) -> None:
    while step_of(screen) is not step:
        await pilot.press("shift+tab")


def route(screen: WizardScreen) -> TokenRoute | None:
    plan = state(screen).plan
    return plan.token if plan is not None else None


async def reviewed(screen: WizardScreen, pilot: Pilot[DashboardResult]) -> Path:
    """After its plan was read; the workspace of it."""
    await go_to(screen, pilot, WizardStep.REVIEW)
    await eventually(pilot, lambda: state(screen).shown is not None)
    plan = state(screen).plan
    assert plan is not None
    return Path(plan.workspace)
