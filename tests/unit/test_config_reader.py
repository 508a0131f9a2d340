"""What is read from a config: every setting, and settings of the wrong kind."""

import dataclasses
from pathlib import Path

import pytest

from gateway_core.config.model import BrowserProfile, ConfigReading, GatewaySettings
from gateway_core.config.reader import ConfigReader
from tests.canaries import CANARY
from tests.config_files import Read, issues, read, state_dir
from tests.products import OPENCLAW

__all__ = ["read", "state_dir"]

SAMPLES = Path(__file__).parents[1] / "data" / "configs"


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
        gateway: {mode: 'local', port: 19001, bind: "custom", customBindHost: "127.0.0.7", tls: {enabled: true},
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
    assert [(opened.path, opened.port) for opened in reading.settings.opened_ports] == [("canvasHost.port", 18000)]
    assert dataclasses.replace(reading.settings, remote_browsers=(), opened_ports=()) == GatewaySettings(
        mode="local",
        port=19001,
        environment_port=19002,
        bind="custom",
        custom_bind_host="127.0.0.7",
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
        ({"gateway": {"bind": CANARY}}, "gateway.bind"),
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
    assert (reading.exists, reading.valid) == (True, False)
    assert dataclasses.replace(reading.settings, browser_profiles=()) == GatewaySettings()
    assert list(issues(reading)) == [path]
    assert CANARY not in str(reading)


def test_a_url_that_is_none_and_text_that_would_steer_a_terminal_are_remarked_only(read: Read) -> None:
    reading = read({"browser": {"cdpUrl": "localhost:9222"}, "meta": {"lastTouchedVersion": "\x1b]0;owned\x07"}})
    assert reading.valid
    assert list(issues(reading)) == ["browser.cdpUrl", "meta.lastTouchedVersion"]
    assert reading.settings == GatewaySettings()
