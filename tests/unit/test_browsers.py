"""Browsers that somebody else runs, and browsers that outlived their gateway."""

import json
from pathlib import Path

import pytest

from claw_tui.ports.conflicts import parties
from gateway_core.config.reader import ConfigReader
from gateway_core.ports.claimants import Claimant, HostPorts
from gateway_core.ports.claims import claims_of
from gateway_core.ports.conflicts import diagnose
from gateway_core.snapshot import Claim, Grade, PortValue, Role, Source
from tests.claimants import listener
from tests.products import OPENCLAW

Config = dict[str, object]


def claimant(directory: Path, browser: Config, instance: str = "openclaw:a", base: int = 18789) -> Claimant:
    path = directory / "openclaw.json"
    path.write_text(json.dumps({"gateway": {"mode": "local"}, "browser": browser}))
    reading = ConfigReader().read(path, state_dir=directory, environment={}, distribution=OPENCLAW)
    assert reading.valid, reading.issues
    port = PortValue(value=base, source=Source.CONFIG)
    return Claimant(instance, base, claims_of(OPENCLAW, "2026.9.6", reading.settings, port))


def browsers(of: Claimant) -> list[Claim]:
    return [claim for claim in of.claims if claim.role is Role.CDP]


@pytest.mark.parametrize(
    "browser",
    [
        {"attachOnly": True, "cdpUrl": "http://127.0.0.1:9222"},
        {"attachOnly": True, "profiles": {"work": {"cdpPort": 9222}}},
        {"profiles": {"work": {"cdpUrl": "http://localhost:9222", "attachOnly": True}}},
        {"profiles": {"user": {"driver": "existing-session", "cdpPort": 9222}}},
        {"profiles": {"user": {"driver": "existing-session", "cdpUrl": "ws://127.0.0.1:9222"}}},
        {"profiles": {"far": {"cdpUrl": "http://192.0.2.9:9222"}}},
        {"cdpUrl": "wss://browsers.example:9222/?token=x"},
    ],
)
def test_a_browser_that_somebody_else_runs_is_no_squatter(tmp_path: Path, browser: Config) -> None:
    other = listener(9222, 77, "docker-proxy", addresses=("0.0.0.0",))
    assert diagnose(HostPorts((claimant(tmp_path, browser),), (other,))) == ()


def test_a_gateway_that_only_attaches_takes_no_range(tmp_path: Path) -> None:
    (port,) = browsers(claimant(tmp_path, {"attachOnly": True}))
    assert (port.start, port.end, port.attached) == (18800, 18800, True)


def test_a_gateway_without_browsers_claims_no_port_for_them(tmp_path: Path) -> None:
    browser: Config = {"cdpUrl": "http://127.0.0.1:9222", "profiles": {"own": {"cdpPort": 18805}}}
    assert browsers(claimant(tmp_path, browser | {"enabled": True})) != []
    assert {claim.role for claim in claimant(tmp_path, browser | {"enabled": False}).claims} == {Role.GATEWAY}


def test_one_profile_that_may_start_a_browser_keeps_the_range(tmp_path: Path) -> None:
    profiles = {"own": {"attachOnly": False, "cdpPort": 18805}}
    found = browsers(claimant(tmp_path, {"attachOnly": True, "profiles": profiles}))
    assert [(claim.start, claim.end, claim.attached) for claim in found] == [
        (18800, 18899, False),
        (18805, 18805, False),
    ]


def test_two_gateways_that_attach_to_one_browser_are_shown(tmp_path: Path) -> None:
    browser: Config = {"profiles": {"user": {"driver": "existing-session", "cdpPort": 9222}}}
    one, other = claimant(tmp_path, browser), claimant(tmp_path, browser, "openclaw:b", 19789)
    assert [found.conflict.grade for found in diagnose(HostPorts((one, other)))] == [Grade.POSSIBLE]


def test_a_browser_that_outlived_its_gateway_is_named_as_that(tmp_path: Path) -> None:
    left = listener(18800, 77, "chrome", instance="openclaw:a")
    mine = claimant(tmp_path, {})
    assert diagnose(HostPorts((mine,), (left,))) == ()
    (found,) = diagnose(HostPorts((mine,), (left.model_copy(update={"outlived": True}),)))
    assert found.conflict.grade is Grade.SQUATTER
    assert found.conflict.why.startswith(
        "chrome (pid 77, which outlived the gateway of openclaw:a) listens on port 18800"
    )
    assert (found.conflict.remedy or "").startswith("stop chrome (pid 77)")
    assert parties(found.conflict) == "openclaw:a × chrome (pid 77)", "it is no part of that gateway any more"
