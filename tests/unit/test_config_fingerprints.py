"""Whether two configs hold the same bot can be told; which one it is cannot."""

import json
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import pytest

from gateway_core.config.model import GatewaySettings
from gateway_core.config.reader import ConfigReader
from tests.products import OPENCLAW


class ReadSettings(Protocol):
    """`settings("a", {...}, dotenv="X=1")`: what is read from the config of a state dir of that name."""

    def __call__(
        self, name: str, config: object, *, dotenv: str = "", environment: Mapping[str, str] | None = None
    ) -> GatewaySettings: ...


@pytest.fixture
def settings(tmp_path: Path) -> ReadSettings:
    def read(
        name: str, config: object, *, dotenv: str = "", environment: Mapping[str, str] | None = None
    ) -> GatewaySettings:
        state_dir = tmp_path / name
        state_dir.mkdir()
        (state_dir / "openclaw.json").write_text(json.dumps(config))
        (state_dir / ".env").write_text(dotenv)
        reading = ConfigReader().read(
            state_dir / "openclaw.json", state_dir=state_dir, environment=environment or {}, distribution=OPENCLAW
        )
        assert reading.valid
        return reading.settings

    return read


@pytest.fixture
def token() -> str:
    return secrets.token_urlsafe(24)


def logins(settings: GatewaySettings) -> dict[str, bytes]:
    return {login.path: login.digest for login in settings.channel_logins}


def telegram(**more: object) -> dict[str, object]:
    return {"channels": {"telegram": more}}


def test_the_same_token_has_the_same_fingerprint_wherever_it_stands(settings: ReadSettings, token: str) -> None:
    plain = logins(settings("plain", telegram(botToken=token)))
    account = logins(settings("account", telegram(accounts={"work": {"botToken": token}})))
    variable = logins(settings("variable", telegram(botToken="${MY_TOKEN}"), environment={"MY_TOKEN": token}))
    dotenv = logins(settings("dotenv", telegram(), dotenv=f"TELEGRAM_BOT_TOKEN={token}"))
    own = logins(settings("own", telegram() | {"env": {"vars": {"TELEGRAM_BOT_TOKEN": token}}}))
    assert plain.keys() == {"channels.telegram.botToken"}
    assert account.keys() == {"channels.telegram.accounts.work.botToken"}
    assert set(plain.values()) == set(account.values()) == set(variable.values())
    assert set(plain.values()) == set(dotenv.values()) == set(own.values())


def test_another_token_has_another_fingerprint(settings: ReadSettings, token: str) -> None:
    one = logins(settings("one", telegram(botToken=token)))
    other = logins(settings("other", telegram(botToken=token + "x")))
    assert set(one.values()).isdisjoint(other.values())


def test_the_token_is_nowhere_in_what_is_read(settings: ReadSettings, token: str) -> None:
    found = settings("one", telegram(botToken=token) | {"browser": {"cdpUrl": f"wss://far.example/?token={token}"}})
    assert len(found.channel_logins) == len(found.remote_browsers) == 1
    assert found.browser_cdp_port is None
    assert token not in repr(found)
    digests = [item.digest for item in (*found.channel_logins, *found.remote_browsers)]
    assert not any(repr(digest) in repr(found) or digest.hex() in repr(found) for digest in digests)


@pytest.mark.parametrize(
    "config",
    [
        telegram(enabled=False, botToken="123456789:abcdefgh"),
        telegram(accounts={"old": {"enabled": False, "botToken": "123456789:abcdefgh"}}),
        telegram(botToken="xxx"),
        telegram(botToken={"source": "env", "id": "TELEGRAM"}),
        telegram(webhookSecret="123456789:abcdefgh"),
        {"channels": {"telegram": "123456789:abcdefgh"}},
        {"channels": ["123456789:abcdefgh"]},
        {"telegram": {"botToken": "123456789:abcdefgh"}},
    ],
)
def test_what_logs_in_as_nobody_has_no_fingerprint(settings: ReadSettings, config: dict[str, object]) -> None:
    assert settings("one", config).channel_logins == ()


def test_a_variable_of_the_caller_is_no_login_of_an_instance(settings: ReadSettings, token: str) -> None:
    assert settings("one", telegram(), environment={"TELEGRAM_BOT_TOKEN": token}).channel_logins == ()


def test_channels_are_those_that_are_not_switched_off(settings: ReadSettings) -> None:
    config = {"channels": {"defaults": {}, "whatsapp": {}, "discord": {"enabled": False}, "slack": {"enabled": True}}}
    assert settings("one", config).channels == ("whatsapp", "slack")


@pytest.mark.parametrize(
    ("auth", "dotenv", "expected"),
    [
        ({"token": "t"}, "", True),
        ({"password": {"source": "exec", "id": "x"}}, "", True),
        ({"mode": "none"}, "", False),
        ({"token": ""}, "", False),
        ({}, "OPENCLAW_GATEWAY_TOKEN=t", True),
        ({}, "OPENCLAW_GATEWAY_PASSWORD=t", True),
        ({}, "CLAWDBOT_GATEWAY_TOKEN=t", False),
    ],
)
def test_whether_clients_have_to_show_a_secret(
    settings: ReadSettings, auth: dict[str, object], dotenv: str, expected: bool
) -> None:
    assert settings("one", {"gateway": {"auth": auth}}, dotenv=dotenv).auth_secret is expected


def test_an_early_gateway_takes_its_secret_from_a_variable_of_its_predecessor(settings: ReadSettings) -> None:
    config = {"meta": {"lastTouchedVersion": "2026.2.6"}}
    assert settings("one", config, dotenv="CLAWDBOT_GATEWAY_TOKEN=t").auth_secret
