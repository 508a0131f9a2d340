"""How a new gateway is protected: passwords and tokens that stay, are made or give way."""

from __future__ import annotations

import json

import pytest

from gateway_core.demo.home import DemoHome
from gateway_core.onboarding.choices import Field, ProblemCode
from gateway_core.onboarding.plan import TokenRoute
from gateway_core.onboarding.run import run
from tests.onboarding import auto_choices, fake_command, planned, problem, set_gateway

pytestmark = pytest.mark.usual_ports


async def test_a_password_or_an_address_that_is_there_already_can_stay(demo_home: DemoHome) -> None:
    host = demo_home.host()
    for distribution, stays in (("openclaw", True), ("clawdbot", False)):
        profile = demo_home.add_profile(distribution, "work")
        set_gateway(profile, auth={"mode": "password", "password": "CANARY"}, bind="custom", customBindHost="127.0.0.1")
        wanted = {"distribution": distribution, "profile": "work", "confirm_existing": True, "port": profile.port}
        plan = await planned(host, auto_choices(**wanted))
        assert plan.bind == "custom"
        assert plan.auth == ("password" if stays else "token")
        assert plan.changes[0].startswith("Its password stays" if stays else "Its auth changes from password to token")
        assert "CANARY" not in plan.model_dump_json()
        if not stays:
            await problem(host, auto_choices(auth="password", **wanted), Field.AUTH, ProblemCode.AUTH_PASSWORD)
        result = await run(host, plan)
        assert (result.ok, result.error) == (True, None)
        auth = json.loads(profile.config_path.read_text())["gateway"]["auth"]
        assert auth["mode"] == plan.auth
        assert (auth.get("password") == "CANARY") is stays


@pytest.mark.parametrize(
    ("version", "auth", "route", "kept", "change"),
    [
        ("2026.9.6", {"mode": "token", "token": "CANARY"}, TokenRoute.KEPT, "token", "Its token stays"),
        ("2026.9.6", {"mode": "token"}, TokenRoute.ENVIRONMENT, None, "It gets a token"),
        ("2026.9.6", {"mode": "none"}, TokenRoute.ENVIRONMENT, None, "Its auth changes from none to token"),
        ("2026.2.6-3", {"mode": "token", "token": "CANARY"}, TokenRoute.DISTRIBUTION, None, "Its token is replaced"),
        ("2026.2.6-3", {"mode": "token"}, TokenRoute.DISTRIBUTION, None, "It gets a token"),
    ],
)
async def test_a_plan_says_whether_a_token_is_there_that_stays(
    demo_home: DemoHome, version: str, auth: dict[str, str], route: TokenRoute, kept: str | None, change: str
) -> None:
    demo_home.command("openclaw", version).replace(demo_home.bin / "openclaw")
    profile = demo_home.add_profile("openclaw", "work", version=version)
    set_gateway(profile, auth=auth)
    own = version == "2026.9.6"
    wanted = auto_choices(profile="work", confirm_existing=True, port=profile.port, own_token=own)
    plan = await planned(demo_home.host(), wanted)
    assert (plan.token, plan.kept_auth) == (route, kept)
    assert plan.changes[0].startswith(change)


async def test_a_password_that_would_stay_can_give_way_to_a_token(demo_home: DemoHome) -> None:
    profile = demo_home.add_profile("openclaw", "work")
    set_gateway(profile, auth={"mode": "password", "password": "CANARY"})
    wanted = auto_choices(profile="work", confirm_existing=True, port=profile.port, auth="token", own_token=True)
    plan = await planned(demo_home.host(), wanted)
    assert (plan.auth, plan.token, plan.kept_auth) == ("token", TokenRoute.ENVIRONMENT, "password")


async def test_an_auth_that_goes_without_saying_is_as_planned(demo_home: DemoHome) -> None:
    genuine = demo_home.command("openclaw").rename(demo_home.base / "genuine")
    config = demo_home.home / ".openclaw-rescue" / "openclaw.json"
    fake_command(demo_home, "openclaw", f'{genuine} "$@" && sed -i \'/"mode": "token"/d\' {config}')
    result = await run(demo_home.host(), await planned(demo_home.host(), auto_choices(port=demo_home.ports.take())))
    assert '"mode": "token"' not in config.read_text()
    assert (result.ok, result.error) == (True, None)


async def test_an_auth_that_the_command_leaves_behind_is_not_as_planned(demo_home: DemoHome) -> None:
    genuine = demo_home.command("openclaw").rename(demo_home.base / "genuine")
    config = demo_home.home / ".openclaw-rescue" / "openclaw.json"
    edit = f'sed -i \'s/"mode": "token"/"mode": "none"/\' {config}'
    fake_command(demo_home, "openclaw", f'{genuine} "$@" && {edit}')
    result = await run(demo_home.host(), await planned(demo_home.host(), auto_choices()))
    assert result.error is not None
    assert "gateway.auth.mode is none, not token" in result.error.message


async def test_the_token_goes_where_nobody_sees_it(demo_home: DemoHome) -> None:
    late = await planned(demo_home.host(), auto_choices(own_token=True))
    assert late.token is TokenRoute.ENVIRONMENT
    assert late.commands[0].environment == ("OPENCLAW_GATEWAY_TOKEN",)
    unable = auto_choices(distribution="clawdbot", own_token=True)
    found = await problem(demo_home.host(), unable, Field.OWN_TOKEN, ProblemCode.TOKEN_NOT_TAKEN)
    assert "Clawdbot 2026.1.24-3 takes a token only on its command line" in found.message
    early = await planned(demo_home.host(), auto_choices(distribution="clawdbot"))
    assert early.token is TokenRoute.DISTRIBUTION
    assert "--gateway-token" not in early.commands[0].argv
