"""Variables of the process, of `.env` and of the config: the port and the switches they set, and references to them."""

import pytest

from gateway_core.config.model import GatewaySettings
from tests.config_files import Read, issues, read, state_dir

__all__ = ["read", "state_dir"]


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        ({"vars": {"OPENCLAW_GATEWAY_PORT": " 19500 "}}, 19500),
        ({"OPENCLAW_GATEWAY_PORT": "19501", "vars": {"OPENCLAW_GATEWAY_PORT": "19500"}}, 19501),
        ({"vars": {"OPENCLAW_GATEWAY_PORT": "127.0.0.1:19502"}}, 19502),
        ({"vars": {"OPENCLAW_GATEWAY_PORT": "[::1]:19503"}}, 19503),
        ({"vars": {"OPENCLAW_GATEWAY_PORT": "seventeen"}}, None),
        ({"vars": {"OPENCLAW_GATEWAY_PORT": "70000"}}, None),
        ({"vars": {"OPENCLAW_GATEWAY_PORT": 19500}}, None),
        ({"vars": {"CLAWDBOT_GATEWAY_PORT": "19500"}}, None),
        ({"vars": ["OPENCLAW_GATEWAY_PORT"]}, None),
        ("OPENCLAW_GATEWAY_PORT", None),
    ],
)
def test_the_port_that_the_config_sets_as_a_variable(
    read: Read, block: dict[str, object] | str, expected: int | None
) -> None:
    reading = read({"env": block})
    assert reading.valid
    assert reading.settings.environment_port == expected


def test_the_port_of_dotenv(read: Read) -> None:
    settings = read({"gateway": {"port": 1}}, dotenv="OPENCLAW_GATEWAY_PORT=19600\n").settings
    assert (settings.dotenv_port, settings.environment_port, settings.port) == (19600, None, 1)


EARLY = {"meta": {"lastTouchedVersion": "2026.3.21"}}
LATE = {"meta": {"lastTouchedVersion": "2026.3.22"}}


@pytest.mark.parametrize(
    ("version", "dotenv", "variables", "expected"),
    [
        (EARLY, "CLAWDBOT_GATEWAY_PORT=2", {}, (2, None)),
        (LATE, "CLAWDBOT_GATEWAY_PORT=2", {}, (None, None)),
        ({}, "CLAWDBOT_GATEWAY_PORT=2", {}, (None, None)),
        (EARLY, "", {"CLAWDBOT_GATEWAY_PORT": "3"}, (None, 3)),
        (LATE, "", {"CLAWDBOT_GATEWAY_PORT": "3"}, (None, None)),
        (EARLY, "CLAWDBOT_GATEWAY_PORT=2\nOPENCLAW_GATEWAY_PORT=1", {}, (1, None)),
        (EARLY, "CLAWDBOT_GATEWAY_PORT=2\nOPENCLAW_GATEWAY_PORT=", {}, (2, None)),
        (EARLY, "CLAWDBOT_GATEWAY_PORT=2\nOPENCLAW_GATEWAY_PORT=nonsense", {}, (None, None)),
        (EARLY, "CLAWDBOT_GATEWAY_PORT=2", {"OPENCLAW_GATEWAY_PORT": "3"}, (None, 3)),
        (EARLY | {"gateway": 5}, "CLAWDBOT_GATEWAY_PORT=2", {"OPENCLAW_GATEWAY_PORT": "3"}, (None, 3)),
    ],
)
def test_early_versions_also_read_the_variables_of_their_predecessor(
    read: Read,
    version: dict[str, object],
    dotenv: str,
    variables: dict[str, str],
    expected: tuple[int | None, int | None],
) -> None:
    settings = read(version | {"env": {"vars": variables}}, dotenv=dotenv).settings
    assert (settings.dotenv_port, settings.environment_port) == expected


def test_a_variable_set_further_out_hides_the_ones_further_in(read: Read) -> None:
    config = {"env": {"vars": {"OPENCLAW_GATEWAY_PORT": "19500"}}}
    settings = read(config, dotenv="OPENCLAW_GATEWAY_PORT=nonsense").settings
    assert (settings.dotenv_port, settings.environment_port) == (None, None)
    settings = read(config, dotenv="OPENCLAW_GATEWAY_PORT=1", environment={"OPENCLAW_GATEWAY_PORT": "x"}).settings
    assert (settings.dotenv_port, settings.environment_port) == (None, None)
    settings = read(config, dotenv="", environment={"OPENCLAW_GATEWAY_PORT": " "}).settings
    assert settings.environment_port == 19500


def test_dotenv_counts_beside_a_broken_or_missing_config(read: Read) -> None:
    assert read(dotenv="OPENCLAW_GATEWAY_PORT=19600").settings == GatewaySettings(dotenv_port=19600)
    assert read("{").settings == GatewaySettings(dotenv_port=19600)


@pytest.mark.parametrize(
    ("config", "dotenv", "on"),
    [
        ({}, "OPENCLAW_EAGER_BROWSER_CONTROL_SERVER=1", True),
        ("{", "OPENCLAW_EAGER_BROWSER_CONTROL_SERVER=yes", True),
        ({"env": {"vars": {"OPENCLAW_EAGER_BROWSER_CONTROL_SERVER": "on"}}}, "", True),
        (
            {"env": {"OPENCLAW_EAGER_BROWSER_CONTROL_SERVER": "on"}},
            "OPENCLAW_EAGER_BROWSER_CONTROL_SERVER=0",
            False,
        ),
        ({"gateway": 5, "env": {"OPENCLAW_EAGER_BROWSER_CONTROL_SERVER": "on"}}, "", True),
        ({}, "", False),
    ],
)
def test_a_switch_that_dotenv_or_the_config_turns_on(
    read: Read, config: dict[str, object] | str, dotenv: str, on: bool
) -> None:
    caller = {"OPENCLAW_EAGER_BROWSER_CONTROL_SERVER": "0" if on else "1"}
    settings = read(config, dotenv=dotenv, environment=caller).settings
    assert settings.switched_on == ({"EAGER_BROWSER_CONTROL_SERVER"} if on else set())


def test_variables_come_from_process_then_dotenv_then_config(read: Read) -> None:
    config = {
        "env": {"vars": {"A": "config", "B": "config", "C": "config"}},
        "agents": {"defaults": {"workspace": "/${A}/${B}/${C}/$${C}/${lower}/$D"}},
    }
    reading = read(config, environment={"A": "process"}, dotenv="A=dotenv\nB=dotenv")
    assert reading.valid
    assert reading.settings.default_workspace == "/process/dotenv/config/${C}/${lower}/$D"


@pytest.mark.parametrize("environment", [{}, {"TOKEN": ""}])
def test_an_unset_variable_is_an_issue_with_its_path(read: Read, environment: dict[str, str]) -> None:
    config = {"gateway": {"port": 19001, "auth": {"token": "${TOKEN}"}}, "list": [0, {"x": "a${OTHER}b"}]}
    reading = read(config, environment=environment)
    assert not reading.valid
    assert reading.settings == GatewaySettings(port=19001, auth_secret=True)
    assert issues(reading) == {
        "gateway.auth.token": "The environment variable TOKEN is not set.",
        "list[1].x": "The environment variable OTHER is not set.",
    }


@pytest.mark.parametrize(("version", "valid"), [("2026.2.6-3", False), ("2026.9.6", True)])
def test_newer_gateways_only_warn_of_an_unset_variable(read: Read, version: str, valid: bool) -> None:
    config = {"meta": {"lastTouchedVersion": version}, "gateway": {"port": 19001, "auth": {"token": "${TOKEN}"}}}
    reading = read(config)
    assert reading.valid is valid
    assert list(issues(reading)) == ["gateway.auth.token"]
    assert reading.settings.port == 19001


def test_a_port_cannot_come_from_a_variable(read: Read) -> None:
    assert list(issues(read({"gateway": {"port": "${PORT}"}}, environment={"PORT": "19001"}))) == ["gateway.port"]


def test_variables_cannot_blow_up_a_small_config(read: Read) -> None:
    config = {"env": {"vars": {"A": "x" * 4_000_000}}, "logging": {"file": "${A}" * 1000}}
    reading = read(config)
    assert list(issues(reading)) == ["logging.file"]
