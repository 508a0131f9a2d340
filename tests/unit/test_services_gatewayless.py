"""Services that are called like a gateway's and start none are told; helpers of a product are ordinary services."""

import pytest

from gateway_core.host import Host, Placement
from gateway_core.monitor.monitor import take_snapshot
from gateway_core.services.launchd import Launchd
from gateway_core.services.reader import ServiceFiles
from tests.canaries import CANARY
from tests.fixed_gateways import add_profile, fixed, run_gateway
from tests.fixed_host import FixedHost
from tests.service_files import DISTRIBUTIONS, USER_UNITS, host, put, unit

__all__ = ["fixed", "host"]

NOTHING = "ExecStart=/bin/true"
NODE = "ExecStart=/usr/bin/openclaw node run"


def told(host: Host) -> dict[str, str]:
    """The problems with services by place; fails where one is taken for a gateway's."""
    seen = ServiceFiles().read(host, DISTRIBUTIONS)
    assert seen.definitions == ()
    assert seen.problems == ()
    return {item.problem.where: item.problem.message for item in seen.gatewayless}


@pytest.mark.parametrize(
    ("name", "lines", "whose"),
    [
        ("openclaw-gateway.service", [NOTHING], "openclaw:default"),
        ("openclaw-gateway.service", [NODE], "openclaw:default"),
        ("openclaw-gateway.service", [], "openclaw:default"),
        ("openclaw-gateway.service", ["Type=oneshot", NOTHING], "openclaw:default"),
        ("clawdbot-gateway-x.service", [NOTHING], "clawdbot:x"),
        ("openclaw.service", ["ExecStart=/usr/local/bin/start-it"], "openclaw:default"),
        ("openclaw-rescue.service", [NOTHING], "openclaw:rescue"),
        ("openclaw-rescue.service", [NODE], "openclaw:rescue"),
        ("openclaw@.service", ["Environment=OPENCLAW_HOME=/srv/%i", "ExecStart=/srv/%i/start"], "openclaw:default"),
        (
            "openclaw-bot1.service",
            ["Environment=OPENCLAW_HOME=/srv/bot1", "ExecStart=/srv/bot1/start"],
            "openclaw:bot1",
        ),
    ],
)
def test_a_gateways_service_that_starts_none_is_told(host: Host, name: str, lines: list[str], whose: str) -> None:
    for state_dir in (".openclaw", ".openclaw-rescue"):
        (host.home / state_dir).mkdir()
    path = put(host.home, f"{USER_UNITS}/{name}", unit(*lines))
    [(where, message)] = told(host).items()
    assert where == str(path)
    assert f"that of {whose}, but no gateway" in message
    assert message.endswith(f"systemctl --user disable --now {name}")


def test_what_it_runs_is_named_without_its_arguments(host: Host) -> None:
    put(host.root, "etc/systemd/system/openclaw-gateway.service", unit(f"ExecStart=/srv/start --token {CANARY}"))
    [message] = told(host).values()
    assert "it runs /srv/start. If that starts one, set OPENCLAW_STATE_DIR in it" in message
    assert CANARY not in message


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("openclaw-node.service", [NODE]),
        ("openclaw-node.service", [NODE, "Environment=OPENCLAW_SERVICE_KIND=node OPENCLAW_SERVICE_MARKER=openclaw"]),
        ("openclaw-work.service", [NODE, "Environment=OPENCLAW_SERVICE_KIND=node"]),
        ("openclaw-work.service", ["Type=oneshot", "ExecStart=/usr/bin/restic backup"]),
        ("openclaw-backup.service", ["ExecStart=/usr/bin/restic backup"]),
        ("openclaw-gateway-backup.service", ["Type=oneshot", "ExecStart=/usr/bin/restic backup"]),
        ("openclaw-browser.service", ["ExecStart=/usr/bin/chromium --headless"]),
        ("openclaw.service", ["ExecStart=/usr/bin/podman run --name openclaw"]),
        ("openclaw-gateway.service", ["Type=oneshot", "ExecStart=/usr/bin/docker compose up -d"]),
        ("openclaw-gateway.timer", ["OnCalendar=daily"]),
        ("my-openclaw-gateway.service", [NOTHING]),
    ],
)
def test_an_ordinary_service_of_the_family_is_not_told(host: Host, name: str, lines: list[str]) -> None:
    for state_dir in (".openclaw", ".openclaw-work"):
        (host.home / state_dir).mkdir()
    put(host.home, f"{USER_UNITS}/{name}", unit(*lines))
    assert told(host) == {}


@pytest.mark.parametrize("instance", ["", "@alice"])
async def test_a_service_in_which_a_gateway_runs_all_the_same_is_not_told(fixed: FixedHost, instance: str) -> None:
    config = add_profile(fixed, "default", 18789)
    name = f"openclaw-gateway{'@' if instance else ''}.service"
    path = put(fixed.home, f"{USER_UNITS}/{name}", unit("ExecStart=/srv/start"))
    assert [problem.where for problem in (await take_snapshot(fixed.host())).problems] == [str(path)]
    run_gateway(fixed, config, 900, 18789)
    group = f"/user.slice/user-1000.slice/user@1000.service/app.slice/openclaw-gateway{instance}.service"
    fixed.processes.placements[900] = Placement(cgroups=(group,))
    assert (await take_snapshot(fixed.host())).problems == ()


def test_a_masked_service_is_not_told(host: Host) -> None:
    (host.home / USER_UNITS).mkdir(parents=True)
    (host.home / USER_UNITS / "openclaw-gateway.service").symlink_to("/dev/null")
    assert told(host) == {}


@pytest.mark.parametrize(
    ("label", "is_told"),
    [
        ("ai.openclaw.gateway", True),
        ("com.steipete.clawdbot.gateway", True),
        ("ai.openclaw.rescue", True),
        ("ai.openclaw.mac", False),
        ("ai.openclaw.node", False),
    ],
)
def test_a_launchd_job_with_a_gateways_label_is_told(
    host: Host, monkeypatch: pytest.MonkeyPatch, label: str, is_told: bool
) -> None:
    monkeypatch.setattr("gateway_core.services.reader.all_managers", lambda uid: (Launchd(uid, daemon=False),))
    (host.home / ".openclaw-rescue").mkdir()
    text = f"""<plist version="1.0"><dict><key>Label</key><string>{label}</string>
        <key>ProgramArguments</key><array><string>/usr/bin/true</string></array></dict></plist>"""
    path = put(host.home, f"Library/LaunchAgents/{label}.plist", text)
    assert set(told(host)) == ({str(path)} if is_told else set())
