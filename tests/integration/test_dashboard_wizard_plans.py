"""The plan that the wizard shows: only one that was read is run, and none that fails, comes late or has changed."""

import asyncio
from collections.abc import Callable

from textual.events import Key

from claw_tui.hosts.onboarding import FoundDistribution, Onboarder
from claw_tui.onboarding.run_screens import OnboardingRunScreen
from claw_tui.onboarding.wizard_questions import WizardStep
from claw_tui.onboarding.wizard_widgets import PlanPanel
from claw_tui.session import SnapshotTaken
from gateway_core.demo.home import DemoHome
from gateway_core.host import Host
from gateway_core.monitor.monitor import take_snapshot
from gateway_core.onboarding.choices import ChoiceProblem, Choices
from gateway_core.onboarding.journal import journals
from gateway_core.onboarding.plan import Plan
from gateway_core.snapshot import Snapshot
from tests.until import DEADLINE_S, eventually
from tests.wizard_pilot import comment, go_to, plan_of, retype, reviewed, said, shown_screen, state, step_of, wizard


class Held(Onboarder):
    """Lets a plan out only when told to, once it is held."""

    holds = False

    def __init__(self, host: Callable[[], Host]) -> None:
        super().__init__(host)
        self.asked = asyncio.Event()
        self.released = asyncio.Event()

    async def plan(
        self, choices: Choices, snapshot: Snapshot, chosen: FoundDistribution | None = None
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
        self, choices: Choices, snapshot: Snapshot, chosen: FoundDistribution | None = None
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
        await eventually(pilot, lambda: not state(screen).asks_to_leave)
        assert pilot.app.screen is screen, "enter, pressed by habit, leaves all as it was"
        for key in (Key("escape", "\x1b"), Key("y", "y"), Key("enter", "\r")):
            screen.post_message(key)
        await eventually(pilot, lambda: screen not in pilot.app.screen_stack)
        await pilot.pause()
        assert pilot.app.screen is below
        assert journals(demo_home.host()) == ()


async def test_all_of_a_plan_can_be_read_at_whatever_question(demo_home: DemoHome) -> None:
    async with wizard(demo_home, (80, 24)) as (screen, pilot):
        panel = screen.query_one(PlanPanel)
        for step in (WizardStep.PRESET, WizardStep.PROFILE, WizardStep.REVIEW):
            await go_to(screen, pilot, step)
            await eventually(pilot, lambda: plan_of(screen) is not None and panel.max_scroll_y > 0)
            answer = screen._box.answer
            await pilot.press("pagedown")
            await eventually(pilot, lambda: panel.scroll_y > 0)
            await pilot.press("pageup")
            await eventually(pilot, lambda: panel.scroll_y == 0)
            assert screen._box.answer == answer
