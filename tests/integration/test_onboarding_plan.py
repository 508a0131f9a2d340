"""Plans: what they say, that making one touches nothing, and what each preset and an existing profile make of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway_core.demo.home import DemoHome
from gateway_core.demo.onboarding import set_up
from gateway_core.monitor.monitor import take_snapshot
from gateway_core.onboarding.choices import Choices, Field, Preset, ProblemCode
from gateway_core.onboarding.planning import make_plan
from gateway_core.snapshot import Role
from tests.onboarding import auto_choices, choices, contents, planned, problem, set_gateway, write_command
from tests.unseen import UNSEEN

pytestmark = pytest.mark.usual_ports

ALL = ("clawdbot", "moltbot", "openclaw", "mazelclaw", "omniclaw")


@pytest.mark.parametrize("distribution", ALL)
async def test_a_plan_says_all_that_would_be_there(demo_home: DemoHome, distribution: str) -> None:
    plan = await planned(demo_home.host(), auto_choices(distribution=distribution, start=True, service=True))

    stem = ".clawdbot" if distribution == "moltbot" else f".{distribution}"
    assert plan.instance == f"{distribution}:rescue"
    assert Path(plan.state_dir) == demo_home.home / f"{stem}-rescue"
    assert Path(plan.config_path) == Path(plan.state_dir) / f"{distribution}.json"
    assert (plan.block.start, plan.block.end) == (plan.base_port, plan.base_port + 110)
    assert plan.claims[0].role is Role.GATEWAY
    onboard, install, start = plan.commands
    assert onboard.argv[1:4] == ("--profile", "rescue", "onboard")
    assert onboard.argv[onboard.argv.index("--gateway-port") + 1] == str(plan.base_port)
    assert onboard.argv[onboard.argv.index("--workspace") + 1] == plan.workspace
    assert ("--skip-browser" in onboard.argv) is (distribution == "omniclaw")
    assert ("--skip-search" in onboard.argv) is (distribution == "openclaw")
    assert install.shown.endswith("--profile rescue gateway install")
    assert start.shown == f"claw-tui start {plan.instance}"
    created = [Path(item.path).name for item in plan.creates]
    assert created[:2] == [f"{stem}-rescue", f"{distribution}.json"]
    assert created[-1] == f"{distribution}-gateway-rescue.service"
    assert not any(item.exists for item in plan.creates)
    assert any("bot tokens of its own" in reminder for reminder in plan.reminders)


async def test_making_a_plan_touches_nothing(demo_home: DemoHome) -> None:
    demo_home.add_profile("openclaw", "main")
    demo_home.add_profile("clawdbot")
    before = contents(demo_home.base, without=())
    for distribution in ALL:
        await make_plan(
            demo_home.host(), await take_snapshot(demo_home.host()), auto_choices(distribution=distribution)
        )
    assert contents(demo_home.base, without=()) == before


async def test_the_presets(demo_home: DemoHome) -> None:
    host = demo_home.host()
    main = await planned(host, auto_choices(preset=Preset.MAIN))
    assert (main.profile, main.instance) == ("default", "openclaw:default")
    assert "--profile" not in main.commands[0].argv
    dev = await planned(host, auto_choices(preset=Preset.DEV))
    assert dev.profile == "dev"
    named = await planned(host, auto_choices(preset=Preset.MAIN, profile="main"))
    assert named.instance == "openclaw:main"


async def test_a_rescue_bot_is_far_from_the_main_one_and_shares_nothing_with_it(demo_home: DemoHome) -> None:
    main = demo_home.add_profile("openclaw", port=18789)
    plan = await planned(demo_home.host(), auto_choices(port="auto"))
    assert abs(plan.base_port - main.port) >= 1000
    assert Path(plan.workspace) != main.installation.default_workspace
    early = await planned(demo_home.host(), auto_choices(distribution="clawdbot", port="auto"))
    assert Path(early.workspace) == demo_home.home / "clawd-rescue"


async def test_a_copy_has_the_same_product_bind_auth_and_service_and_nothing_of_the_credentials(
    demo_home: DemoHome,
) -> None:
    write_command(demo_home, "systemctl", "#!/bin/sh\nexit 1\n")
    profile = demo_home.add_profile("openclaw", "work", bind="lan")
    copy = {"distribution": None, "preset": Preset.COPY_OF, "copy_of": "openclaw:work"}
    plan = await planned(demo_home.host(), auto_choices(**copy))
    assert (plan.instance, plan.profile) == ("openclaw:work-copy", "work-copy")
    assert (plan.bind, plan.auth, plan.service) == ("lan", "token", False)
    assert not any("auth mode" in warning for warning in plan.warnings)
    demo_home.write_unit(profile)
    assert (await planned(demo_home.host(), auto_choices(**copy))).service
    without = await planned(demo_home.host(), auto_choices(service=False, bind="loopback", **copy))
    assert (without.service, without.bind) == (False, "loopback")
    assert any("Credentials are not copied" in warning for warning in plan.warnings)
    missing = auto_choices(preset=Preset.COPY_OF, copy_of="openclaw:nobody")
    found = await problem(demo_home.host(), missing, Field.COPY_OF, ProblemCode.COPY_OF_UNKNOWN)
    assert "openclaw:work" in (found.hint or "")


async def test_no_port_is_proposed_where_a_part_of_the_host_is_hidden_and_a_typed_one_is_no_promise(
    demo_home: DemoHome,
) -> None:
    units = demo_home.home / ".config" / "systemd" / "user"
    units.parent.mkdir(parents=True)
    units.symlink_to(UNSEEN)
    found = await problem(demo_home.host(), auto_choices(port="auto"), Field.PORT, ProblemCode.PORTS_UNSEEN)
    assert str(units) in found.message
    plan = await planned(demo_home.host(), choices())
    (warning,) = [text for text in plan.warnings if str(units) in text]
    assert warning.startswith("Whether its ports are free could not be told for sure")


async def test_a_copy_gets_a_token_where_the_original_has_what_onboarding_does_not_set_up(demo_home: DemoHome) -> None:
    profile = demo_home.add_profile("openclaw", "work")
    set_gateway(profile, auth={"mode": "password", "password": "CANARY"})
    plan = await planned(demo_home.host(), auto_choices(preset=Preset.COPY_OF, copy_of="openclaw:work"))
    assert plan.auth == "token"
    assert any("The auth mode of openclaw:work is password" in warning for warning in plan.warnings)
    assert "CANARY" not in plan.model_dump_json()


async def test_a_gateway_of_another_product_is_no_copy(demo_home: DemoHome) -> None:
    demo_home.add_profile("openclaw", "work")
    wanted = auto_choices(distribution="clawdbot", preset=Preset.COPY_OF, copy_of="openclaw:work")
    found = await problem(demo_home.host(), wanted, Field.COPY_OF, ProblemCode.COPY_OF_OTHER)
    assert "openclaw:work is a gateway of openclaw; one of clawdbot" in found.message


async def test_an_existing_profile_is_changed_only_with_the_users_word_and_the_plan_says_what_changes(
    demo_home: DemoHome,
) -> None:
    early = demo_home.add_profile("clawdbot", "work")
    late = demo_home.add_profile("openclaw", "work")
    host = demo_home.host()
    for profile, token in ((early, "Its token is replaced"), (late, "Its token stays")):
        name = profile.installation.distribution.name
        wanted = {"distribution": name, "profile": "work", "port": profile.port}
        unconfirmed = await problem(host, auto_choices(**wanted), Field.PROFILE, ProblemCode.NAME_EXISTS)
        assert token in unconfirmed.message
        plan = await planned(host, auto_choices(confirm_existing=True, **wanted))
        assert plan.existing
        assert plan.changes[0].startswith(token)
    elsewhere = demo_home.ports.take()
    moved = await planned(host, auto_choices(profile="work", confirm_existing=True, port=elsewhere))
    assert any("base port changes" in change for change in moved.changes)
    kept = await planned(host, auto_choices(profile="work", confirm_existing=True))
    assert (kept.base_port, kept.bind) == (late.port, "loopback")
    opened = await planned(host, auto_choices(profile="work", confirm_existing=True, bind="lan"))
    assert "Its bind changes from loopback to lan." in opened.changes


async def test_a_profile_that_was_only_set_up_can_be_finished(demo_home: DemoHome) -> None:
    profile = demo_home.add_profile("openclaw", "early")
    profile.config_path.unlink()
    set_up(profile.installation)
    wanted = auto_choices(profile="early", confirm_existing=True)
    assert (await planned(demo_home.host(), wanted)).existing


def test_choices_are_plain_data() -> None:
    assert Choices("openclaw") == Choices(distribution="openclaw")
