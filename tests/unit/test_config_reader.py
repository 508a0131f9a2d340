import dataclasses
import json
import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import pytest

from gateway_core.config import BrowserProfile, ConfigReader, ConfigReading, GatewaySettings
from gateway_core.distributions import Distribution, built_in_distributions

SAMPLES = Path(__file__).parents[1] / "data" / "configs"
OPENCLAW = next(item for item in built_in_distributions() if item.name == "openclaw")
CANARY = "CANARY0123456789abcdef0123456789"


@pytest.fixture
def state_dir(tmp_path: Path) -> Path:
    directory = tmp_path / ".openclaw"
    directory.mkdir()
    return directory


class Read(Protocol):
    """Writes `openclaw.json` (if a config is given) and reads it with a fresh reader."""

    def __call__(
        self,
        config: object = None,
        *,
        environment: Mapping[str, str] | None = None,
        distribution: Distribution = OPENCLAW,
        dotenv: str | None = None,
    ) -> ConfigReading: ...


@pytest.fixture
def read(state_dir: Path) -> Read:
    def read(
        config: object = None,
        *,
        environment: Mapping[str, str] | None = None,
        distribution: Distribution = OPENCLAW,
        dotenv: str | None = None,
    ) -> ConfigReading:
        path = state_dir / "openclaw.json"
        if config is not None:
            path.write_text(config if isinstance(config, str) else json.dumps(config))
        if dotenv is not None:
            (state_dir / ".env").write_text(dotenv)
        return ConfigReader().read(path, state_dir=state_dir, environment=environment or {}, distribution=distribution)

    return read


def issues(reading: ConfigReading) -> dict[str, str]:
    return {issue.path: issue.message for issue in reading.issues}


@pytest.mark.parametrize(
    ("name", "port", "version", "workspace", "agents", "agent_dirs"),
    [
        ("clawdbot-2026.1.24", 18889, "2026.1.24-3", "/home/user/clawd-cbmain", (), ()),
        ("openclaw-2026.2.6", 19289, "2026.2.6-3", "/home/user/.openclaw/workspace-mid", (), ()),
        (
            "openclaw-2026.9.6",
            18789,
            "2026.9.6",
            "/home/user/.openclaw-main/workspace",
            (("main", "/home/user/.openclaw-main/workspace"),),
            (("main", "/home/user/.openclaw-main/agents/main/agent"),),
        ),
    ],
)
def test_configs_that_real_gateways_wrote(
    name: str,
    port: int,
    version: str,
    workspace: str,
    agents: tuple[tuple[str, str], ...],
    agent_dirs: tuple[tuple[str, str], ...],
) -> None:
    path = SAMPLES / f"{name}.json"
    reading = ConfigReader().read(path, state_dir=None, environment={}, distribution=OPENCLAW)
    assert reading.keys is not None
    assert dataclasses.replace(reading, keys=None) == ConfigReading(
        exists=True,
        valid=True,
        settings=GatewaySettings(
            mode="local",
            port=port,
            bind="loopback",
            auth_mode="token",
            auth_secret=True,
            tailscale_mode="off",
            version=version,
            default_workspace=workspace,
            agent_workspaces=agents,
            agent_dirs=agent_dirs,
        ),
        files=(path,),
    )


def test_every_setting_comes_through(read: Read) -> None:
    reading = read("""{
        // JSON5: comments, single quotes, trailing commas
        gateway: {mode: 'local', port: 19001, bind: "custom", customBindHost: "192.0.2.7", tls: {enabled: true},
                  auth: {mode: "password", password: "CANARY"}, controlUi: {basePath: "claw/"},
                  tailscale: {mode: "serve"}},
        channels: {telegram: {dmPolicy: "open"}, discord: {enabled: false, token: "CANARY"}},
        wizard: {lastRunVersion: "2026.2.6"},
        agents: {defaults: {workspace: "/w"}, list: [{id: "a", workspace: "/w/a"}, {id: "b"}, {workspace: "/w/c"}],
                 entries: {c: {workspace: "/w/c", agentDir: "/d/c"}, d: {}}},
        browser: {controlUrl: "http://127.0.0.1:18999", cdpUrl: "http://localhost:9222", cdpPortRangeStart: 20000,
                  profiles: {
                      work: {cdpPort: 18811, driver: "extension"},
                      home: {cdpUrl: "ws://[::1]:9333/devtools"},
                      far: {cdpUrl: "wss://user:CANARY@browser.example/?token=CANARY"},
                  }},
        canvasHost: {port: 18000}, mcp: {apps: {enabled: true, sandboxPort: 18001}},
        logging: {file: "/var/log/claw.log"},
        env: {vars: {OPENCLAW_GATEWAY_PORT: "19002"}},
        somethingNew: {in: ["a", "later", "version"]},
    }""")
    assert reading.issues == ()
    assert [remote.path for remote in reading.settings.remote_browsers] == ["browser.profiles.far.cdpUrl"]
    assert dataclasses.replace(reading.settings, remote_browsers=()) == GatewaySettings(
        mode="local",
        port=19001,
        environment_port=19002,
        bind="custom",
        custom_bind_host="192.0.2.7",
        tls=True,
        auth_mode="password",
        auth_secret=True,
        tailscale_mode="serve",
        channels=("telegram",),
        agent_dirs=(("c", "/d/c"),),
        control_ui_path="/claw",
        version="2026.2.6",
        default_workspace="/w",
        agent_workspaces=(("c", "/w/c"), ("a", "/w/a")),
        browser_control_port=18999,
        browser_cdp_port=9222,
        cdp_range_start=20000,
        browser_profiles=(
            BrowserProfile("work", cdp_port=18811, driver="extension"),
            BrowserProfile("home", cdp_url_port=9333),
            BrowserProfile("far", remote=True),
        ),
        canvas_port=18000,
        mcp_apps=True,
        mcp_sandbox_port=18001,
        log_file="/var/log/claw.log",
    )
    assert "CANARY" not in repr(reading)


def test_a_config_without_mode_is_valid(read: Read) -> None:
    reading = read({})
    assert (reading.exists, reading.valid, reading.settings.mode) == (True, True, None)


@pytest.mark.parametrize(
    ("config", "path"),
    [
        ({"gateway": {"port": "18789"}}, "gateway.port"),
        ({"gateway": {"port": 0}}, "gateway.port"),
        ({"gateway": {"port": 65536}}, "gateway.port"),
        ({"gateway": {"port": 1.5}}, "gateway.port"),
        ({"gateway": {"port": True}}, "gateway.port"),
        ({"gateway": {"port": None}}, "gateway.port"),
        ({"gateway": {"port": 10**300}}, "gateway.port"),
        ("{gateway: {port: Infinity}}", "gateway.port"),
        ("{gateway: {port: NaN}}", "gateway.port"),
        ({"gateway": {"mode": CANARY}}, "gateway.mode"),
        ({"gateway": {"bind": "0.0.0.0"}}, "gateway.bind"),
        ({"gateway": CANARY}, "gateway"),
        ({"gateway": {"tls": {"enabled": CANARY}}}, "gateway.tls.enabled"),
        ({"agents": {"list": {}}}, "agents.list"),
        ({"agents": {"list": [{"id": 7}]}}, "agents.list[0].id"),
        ({"agents": {"list": [CANARY]}}, "agents.list[0]"),
        ({"browser": {"profiles": [CANARY]}}, "browser.profiles"),
        ({"browser": {"profiles": {"a.b": {"cdpPort": CANARY}}}}, "browser.profiles.a.b.cdpPort"),
        ({"logging": {"file": [CANARY]}}, "logging.file"),
    ],
)
def test_a_setting_of_the_wrong_kind_makes_the_config_invalid_and_is_not_quoted(
    read: Read, config: dict[str, object] | str, path: str
) -> None:
    reading = read(config)
    assert (reading.exists, reading.valid, reading.settings) == (True, False, GatewaySettings())
    assert list(issues(reading)) == [path]
    assert CANARY not in str(reading)


def test_a_url_that_is_none_and_text_that_would_steer_a_terminal_are_remarked_only(read: Read) -> None:
    reading = read({"browser": {"cdpUrl": "localhost:9222"}, "meta": {"lastTouchedVersion": "\x1b]0;owned\x07"}})
    assert reading.valid
    assert list(issues(reading)) == ["browser.cdpUrl", "meta.lastTouchedVersion"]
    assert reading.settings == GatewaySettings()


# --- where the port comes from -------------------------------------------------------------------------------------


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
        (EARLY | {"gateway": 5}, "CLAWDBOT_GATEWAY_PORT=2", {"OPENCLAW_GATEWAY_PORT": "3"}, (2, None)),
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
        ({"gateway": 5, "env": {"OPENCLAW_EAGER_BROWSER_CONTROL_SERVER": "on"}}, "", False),
        ({}, "", False),
    ],
)
def test_a_switch_that_dotenv_or_the_config_turns_on(
    read: Read, config: dict[str, object] | str, dotenv: str, on: bool
) -> None:
    caller = {"OPENCLAW_EAGER_BROWSER_CONTROL_SERVER": "0" if on else "1"}
    settings = read(config, dotenv=dotenv, environment=caller).settings
    assert settings.switched_on == ({"EAGER_BROWSER_CONTROL_SERVER"} if on else set())


# --- variables -----------------------------------------------------------------------------------------------------


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
    assert reading.settings == GatewaySettings()
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
    assert reading.settings.port == (19001 if valid else None)


def test_a_port_cannot_come_from_a_variable(read: Read) -> None:
    assert list(issues(read({"gateway": {"port": "${PORT}"}}, environment={"PORT": "19001"}))) == ["gateway.port"]


def test_variables_cannot_blow_up_a_small_config(read: Read) -> None:
    config = {"env": {"vars": {"A": "x" * 4_000_000}}, "logging": {"file": "${A}" * 1000}}
    reading = read(config)
    assert list(issues(reading)) == ["logging.file"]


# --- caching -------------------------------------------------------------------------------------------------------


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Every path that is really opened."""
    from gateway_core import files

    paths: list[Path] = []
    original = files.open_regular

    def counted(path: Path) -> int:
        descriptor = original(path)
        paths.append(path)
        return descriptor

    monkeypatch.setattr(files, "open_regular", counted)
    return paths


def settle(path: Path) -> None:
    """Wait until the file's time is surely in the past for the file system's clock."""
    from gateway_core.files import read_file

    done = threading.Event()
    while not read_file(path, 1 << 20).settled:
        done.wait(0.01)


def test_an_unchanged_config_is_not_read_again(state_dir: Path, opened: list[Path]) -> None:
    path, reader = state_dir / "openclaw.json", ConfigReader()
    path.write_text('{"$include": "base.json"}')
    (state_dir / "base.json").write_text('{"gateway": {"port": 19001}}')
    settle(state_dir / "base.json")

    def read(**environment: str) -> ConfigReading:
        opened.clear()
        return reader.read(path, state_dir=state_dir, environment=environment, distribution=OPENCLAW)

    first = read(SECRET="1")
    assert opened == [path, state_dir / "base.json"]
    assert set(first.files) == {path, state_dir / "base.json", state_dir / ".env"}
    assert read(SECRET="2") is first, "a variable that the config does not use costs nothing"
    assert opened == []
    assert read(OPENCLAW_GATEWAY_PORT="1") is not first
    (state_dir / "base.json").write_text('{"gateway": {"port": 19002}}')
    assert read().settings.port == 19002
    (state_dir / ".env").write_text("OPENCLAW_GATEWAY_PORT=19003")
    assert read().settings.dotenv_port == 19003


def test_two_writes_within_one_tick_of_the_clock_are_told_apart(
    state_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gateway_core import files

    def coarse(status: os.stat_result) -> tuple[int, ...]:
        tick = 10_000_000
        return (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns // tick, status.st_ctime_ns // tick)

    monkeypatch.setattr(files, "_identity", coarse)
    path, reader = state_dir / "openclaw.json", ConfigReader()
    for port in range(20000, 20300):
        path.write_text(json.dumps({"gateway": {"port": port}}))
        reading = reader.read(path, state_dir=state_dir, environment={}, distribution=OPENCLAW)
        assert reading.settings.port == port


def test_many_threads_read_while_the_config_is_replaced(state_dir: Path) -> None:
    path, reader = state_dir / "openclaw.json", ConfigReader()
    seen: list[tuple[bool, bool]] = []
    path.write_text('{"gateway": {"port": 20000}}')

    def look() -> None:
        for _ in range(200):
            reading = reader.read(path, state_dir=state_dir, environment={}, distribution=OPENCLAW)
            seen.append((reading.valid, reading.settings.port in range(20000, 20100)))

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for port in range(20000, 20100):
        temporary = state_dir / "openclaw.json.tmp"
        temporary.write_text(json.dumps({"gateway": {"port": port}}))
        temporary.replace(path)
    for thread in threads:
        thread.join()
    assert set(seen) == {(True, True)}
    final = reader.read(path, state_dir=state_dir, environment={}, distribution=OPENCLAW)
    assert final.settings.port == 20099


def test_no_secret_stays_in_the_reader(state_dir: Path) -> None:
    path, reader = state_dir / "openclaw.json", ConfigReader()
    config = {
        "gateway": {"auth": {"token": CANARY}, "controlUi": {"basePath": "${BASE}"}},
        "channels": {"telegram": {"botToken": CANARY, "other": "${SECRET}"}},
        "env": {"vars": {"OPENAI_API_KEY": CANARY}},
    }
    path.write_text(json.dumps(config))
    (state_dir / ".env").write_text(f"SECRET={CANARY}\n")
    settle(state_dir / ".env")
    environment = {"BASE": "/x", "SECRET": CANARY}
    reading = reader.read(path, state_dir=state_dir, environment=environment, distribution=OPENCLAW)
    assert reading.valid
    assert reader._kept
    assert CANARY not in repr(vars(reader)) + repr(dataclasses.asdict(reading))
    assert reading.keys is not None
    assert {"gateway.auth.token", "channels.telegram.botToken", "env.vars.OPENAI_API_KEY"} <= set(reading.keys.digests)
