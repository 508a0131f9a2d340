"""The wizard: one question per step, the port map live beside it, and nothing touched before the user has agreed."""

import asyncio
import json

import pytest
from textual.widgets import Input, OptionList

from claw_tui.app import ClawTui
from claw_tui.hosts.onboarding import FoundDistribution, Onboarder
from claw_tui.onboarding.run_screens import OnboardingRunScreen
from claw_tui.onboarding.wizard_questions import BY_CLAW_TUI, WizardStep
from claw_tui.onboarding.wizard_screen import WizardScreen
from claw_tui.session import SnapshotTaken
from gateway_core.demo.home import DemoHome
from gateway_core.monitor.monitor import take_snapshot
from gateway_core.onboarding.choices import Preset
from gateway_core.onboarding.commands import CommandSearch, InstalledCommand, TellSearch
from gateway_core.onboarding.plan import TokenRoute
from tests.dashboard import dashboard, screen_text
from tests.onboarding import contents
from tests.until import eventually
from tests.wizard_pilot import (
    comment,
    go_back_to,
    go_to,
    highlighted,
    plan_of,
    retype,
    route,
    said,
    says,
    state,
    step_of,
    wizard,
)

SIZES = [(80, 24), (120, 36)]


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
        assert "lose these answers?" in said(pilot.app)
        await pilot.press("y")
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
        await go_to(screen, pilot, WizardStep.PROFILE)
        assert screen.query_one(Input).value == "main", "the one that is proposed is free"
        await retype(pilot, screen, "default")
        await eventually(pilot, lambda: "step 3 of 10" in said(pilot.app))
        await go_to(screen, pilot, WizardStep.EXISTING)
        assert "step 3 of 10" in said(pilot.app)
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


async def test_a_password_that_is_there_stays_unless_a_token_is_chosen(demo_home: DemoHome) -> None:
    profile = demo_home.add_profile("openclaw", "default")
    config = json.loads(profile.config_path.read_text())
    config["gateway"]["auth"] = {"mode": "password", "password": "CANARY"}
    profile.config_path.write_text(json.dumps(config))
    async with wizard(demo_home, (80, 24)) as (screen, pilot):
        await go_to(screen, pilot, WizardStep.PRESET)
        await pilot.press("home")
        await go_to(screen, pilot, WizardStep.PROFILE)
        await retype(pilot, screen, "default")
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


async def test_esc_asks_before_it_throws_answers_away_and_only_then(demo_home: DemoHome) -> None:
    async with wizard(demo_home, (80, 24)) as (screen, pilot):
        await go_to(screen, pilot, WizardStep.PROFILE)
        assert not state(screen).would_lose, "all of it would be proposed again"
        await retype(pilot, screen, "second")
        await pilot.press("escape", "enter")
        assert (step_of(screen), screen.query_one(Input).value) == (WizardStep.PROFILE, "second")
        await pilot.press("escape", "escape", "enter")
        await eventually(pilot, lambda: step_of(screen) is WizardStep.PORT)
        await pilot.press("escape", "down", "enter")
        await eventually(pilot, lambda: pilot.app.screen is not screen)

    async with wizard(demo_home, (80, 24)) as (screen, pilot):
        await go_to(screen, pilot, WizardStep.PORT)
        await pilot.press("escape")
        await eventually(pilot, lambda: pilot.app.screen is not screen)


async def test_names_and_ports_that_are_proposed_are_free(demo_home: DemoHome) -> None:
    demo_home.add_profile("openclaw", "default")
    demo_home.add_profile("openclaw", "dev")
    (demo_home.home / ".openclaw-dev2").write_text("in the way")
    async with wizard(demo_home, (80, 24)) as (screen, pilot):
        await go_to(screen, pilot, WizardStep.PRESET)
        await pilot.press("home", "down", "down")
        await go_to(screen, pilot, WizardStep.PROFILE)
        assert screen.query_one(Input).value == "dev3"
        await retype(pilot, screen, "dev")
        await eventually(pilot, lambda: "↓ takes dev3" in comment(screen))
        await pilot.press("down")
        await go_to(screen, pilot, WizardStep.PORT)
        proposed = int(screen.query_one(Input).value)
        assert proposed == plan_of(screen).base_port
        await go_to(screen, pilot, WizardStep.BIND)
        assert (plan_of(screen).instance, state(screen).choices.port) == ("openclaw:dev3", "auto")


class Slow(Onboarder):
    """Is still asking a product for its version."""

    async def find_distributions(self, tell: TellSearch) -> tuple[FoundDistribution, ...]:
        tell(CommandSearch("clawdbot", outcome=InstalledCommand("/usr/bin/clawdbot", "2026.1.24")))
        tell(CommandSearch("openclaw", asked="/usr/bin/openclaw"))
        await asyncio.Event().wait()
        return ()


async def test_the_look_for_products_says_what_it_waits_for(demo_home: DemoHome) -> None:
    host = demo_home.host()
    async with dashboard(await take_snapshot(host), (80, 24), onboarder=Slow(lambda: host)) as (app, pilot):
        await pilot.press("n")
        await eventually(pilot, lambda: "◌ openclaw: asking /usr/bin/openclaw --version" in said(app))
        assert "● clawdbot 2026.1.24" in said(app)
        assert "at most 60 s" in said(app)
        before = said(app)
        await eventually(pilot, lambda: said(app) != before)  # the seconds go on
        assert "asking /usr/bin/openclaw" in said(app)
        await pilot.press("escape")
        await eventually(pilot, lambda: not isinstance(app.screen, WizardScreen))


class Stumbling(Onboarder):
    """Cannot look for products the first time."""

    stumbles = True

    async def find_distributions(self, tell: TellSearch) -> tuple[FoundDistribution, ...]:
        if self.stumbles:
            self.stumbles = False
            raise OSError(24, "Too many open files")
        return await super().find_distributions(tell)


async def test_a_look_for_products_that_fails_says_why_and_can_be_repeated(demo_home: DemoHome) -> None:
    host = demo_home.host()
    async with dashboard(await take_snapshot(host), (80, 24), onboarder=Stumbling(lambda: host)) as (app, pilot):
        await pilot.press("n")
        await eventually(pilot, lambda: "Too many open files" in said(app))
        assert "Press r to look again" in said(app)
        await pilot.press("enter", "x")
        assert "Which product is it" not in screen_text(app)
        await pilot.press("r")
        await eventually(pilot, lambda: "Which product is it" in screen_text(app))


async def test_without_an_onboarder_there_is_no_wizard(demo_home: DemoHome) -> None:
    async with dashboard(await take_snapshot(demo_home.host())) as (app, pilot):
        assert isinstance(app, ClawTui)
        await pilot.press("n")
        assert not isinstance(app.screen, WizardScreen)
