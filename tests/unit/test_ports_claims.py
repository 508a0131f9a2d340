"""The port table of every product and version, by literal numbers, and what a config changes in it."""

import pytest

from gateway_core.config.model import BrowserProfile, GatewaySettings
from gateway_core.ports.claims import claims_of, derived_out_of_range
from gateway_core.snapshot import Claim, PortValue, Role, Source
from tests.products import product

BASE = 18789


def claims(
    distribution: str, version: str | None, settings: GatewaySettings | None = None, base: int = BASE
) -> tuple[Claim, ...]:
    value = PortValue(value=base, source=Source.CONFIG)
    return claims_of(product(distribution), version, settings or GatewaySettings(), value)


def table(found: tuple[Claim, ...]) -> list[tuple[str, int, int, str]]:
    return [(claim.role.value, claim.start, claim.end, claim.binding.value) for claim in found]


def of(found: tuple[Claim, ...], role: Role) -> list[tuple[int, int, str, str | None]]:
    return [(claim.start, claim.end, claim.source.value, claim.pinned_by) for claim in found if claim.role is role]


GATEWAY = ("gateway", 18789, 18789, "always")
DOCUMENTED_CONTROL = ("browser-control", 18791, 18791, "reserved")
BOUND_CONTROL = ("browser-control", 18791, 18791, "always")
RELAY = ("extension-relay", 18792, 18792, "always")
CANVAS = ("canvas", 18793, 18793, "reserved")
CDP = ("cdp", 18800, 18899, "on-demand")
EARLY = [GATEWAY, DOCUMENTED_CONTROL, RELAY, CANVAS, CDP]
CLAWDBOT = [BOUND_CONTROL, RELAY, CANVAS, CDP]


@pytest.mark.parametrize(
    ("distribution", "version", "expected"),
    [
        ("clawdbot", "2026.1.16", [GATEWAY, ("bridge", 18790, 18790, "always"), *CLAWDBOT]),
        ("clawdbot", "2026.1.24-3", [GATEWAY, ("bridge", 18790, 18790, "reserved"), *CLAWDBOT]),
        ("moltbot", "2026.1.27", EARLY),
        ("omniclaw", None, EARLY),
        ("mazelclaw", None, [GATEWAY, DOCUMENTED_CONTROL, RELAY, CDP]),
        ("openclaw", "2026.2.6", EARLY),
        ("openclaw", "2026.2.12", EARLY),
        ("openclaw", "2026.2.17", [GATEWAY, DOCUMENTED_CONTROL, RELAY, CDP]),
        ("openclaw", "2026.3.13", [GATEWAY, BOUND_CONTROL, RELAY, CDP]),
        ("openclaw", "2026.2.22", [GATEWAY, DOCUMENTED_CONTROL, RELAY, CDP]),
        ("openclaw", "2026.2.23", [GATEWAY, BOUND_CONTROL, RELAY, CDP]),
        ("openclaw", "2026.3.14", [GATEWAY, BOUND_CONTROL, ("extension-relay", 18792, 18792, "reserved"), CDP]),
        ("openclaw", "2026.3.22", [GATEWAY, BOUND_CONTROL, CDP]),
        ("openclaw", "2026.5.27", [GATEWAY, BOUND_CONTROL, CDP]),
        ("openclaw", "2026.5.28", [GATEWAY, DOCUMENTED_CONTROL, CDP]),
        (
            "openclaw",
            "2026.9.6",
            [GATEWAY, DOCUMENTED_CONTROL, ("extension-relay", 18792, 18799, "on-demand"), CDP],
        ),
        (
            "openclaw",
            None,
            [GATEWAY, DOCUMENTED_CONTROL, ("extension-relay", 18792, 18799, "on-demand"), CDP],
        ),
    ],
)
def test_ports_by_product_and_version(
    distribution: str, version: str | None, expected: list[tuple[str, int, int, str]]
) -> None:
    assert table(claims(distribution, version)) == expected


def test_all_ports_follow_the_base() -> None:
    assert table(claims("clawdbot", "2026.1.24", base=19001)) == [
        ("gateway", 19001, 19001, "always"),
        ("bridge", 19002, 19002, "reserved"),
        ("browser-control", 19003, 19003, "always"),
        ("extension-relay", 19004, 19004, "always"),
        ("canvas", 19005, 19005, "reserved"),
        ("cdp", 19012, 19111, "on-demand"),
    ]


def test_the_gateway_keeps_the_source_of_the_base_and_the_others_are_derived() -> None:
    gateway, *others = claims("openclaw", "2026.9.6")
    assert gateway.source is Source.CONFIG
    assert {claim.source for claim in others} == {Source.DERIVED}


@pytest.mark.parametrize(
    ("settings", "address"),
    [
        (GatewaySettings(), "127.0.0.1"),
        (GatewaySettings(bind="loopback"), "127.0.0.1"),
        (GatewaySettings(bind="auto"), "127.0.0.1"),
        (GatewaySettings(bind="lan"), "0.0.0.0"),
        (GatewaySettings(bind="tailnet"), "tailnet"),
        (GatewaySettings(bind="custom", custom_bind_host="192.0.2.1"), "192.0.2.1"),
        (GatewaySettings(bind="custom", custom_bind_host="my.host"), "0.0.0.0"),
        (GatewaySettings(bind="custom"), "0.0.0.0"),
    ],
)
def test_the_gateway_is_bound_where_the_config_says_and_the_browser_on_loopback(
    settings: GatewaySettings, address: str
) -> None:
    found = claims("clawdbot", "2026.1.24", settings)
    assert found[0].address == address
    assert {claim.address for claim in found if claim.role in (Role.BROWSER_CONTROL, Role.CDP)} == {"127.0.0.1"}


def test_a_control_url_moves_what_is_counted_from_it() -> None:
    found = claims("clawdbot", "2026.1.24", GatewaySettings(browser_control_port=20000))
    assert of(found, Role.BROWSER_CONTROL) == [(20000, 20000, "config", "browser.controlUrl")]
    assert of(found, Role.EXTENSION_RELAY) == [(20001, 20001, "config", "browser.controlUrl")]
    assert of(found, Role.CDP) == [(20009, 20108, "config", "browser.controlUrl")]
    assert of(found, Role.CANVAS) == [(18793, 18793, "derived", None)]


def test_only_clawdbot_knows_the_control_url() -> None:
    settings = GatewaySettings(browser_control_port=20000)
    assert table(claims("openclaw", "2026.2.6", settings)) == EARLY


def test_the_canvas_port_moves_where_there_is_one() -> None:
    settings = GatewaySettings(canvas_port=20000)
    assert of(claims("openclaw", "2026.2.6", settings), Role.CANVAS) == [(20000, 20000, "config", "canvasHost.port")]
    assert of(claims("openclaw", "2026.9.6", settings), Role.CANVAS) == []


def test_the_cdp_range_moves_from_2026_3_13() -> None:
    settings = GatewaySettings(cdp_range_start=30000)
    moved = [(30000, 30099, "config", "browser.cdpPortRangeStart")]
    assert of(claims("openclaw", "2026.3.12", settings), Role.CDP) == [(18800, 18899, "derived", None)]
    assert of(claims("openclaw", "2026.3.13", settings), Role.CDP) == moved
    assert of(claims("openclaw", None, settings), Role.CDP) == moved
    assert of(claims("omniclaw", None, settings), Role.CDP) == [(18800, 18899, "derived", None)]


def test_the_sandbox_is_claimed_only_when_apps_are_enabled() -> None:
    off = GatewaySettings(mcp_sandbox_port=20000, bind="lan")
    on = GatewaySettings(mcp_apps=True, bind="lan")
    moved = GatewaySettings(mcp_apps=True, mcp_sandbox_port=20000)
    assert of(claims("openclaw", "2026.9.6", off), Role.MCP_SANDBOX) == []
    assert of(claims("openclaw", "2026.9.6", on), Role.MCP_SANDBOX) == [(18790, 18790, "derived", None)]
    assert claims("openclaw", "2026.9.6", on)[1].address == "0.0.0.0"
    assert of(claims("openclaw", "2026.9.6", moved), Role.MCP_SANDBOX) == [
        (20000, 20000, "config", "mcp.apps.sandboxPort")
    ]
    assert of(claims("openclaw", "2026.7.1", on), Role.MCP_SANDBOX) == []


def test_pinned_browser_ports_are_claims_of_their_own() -> None:
    settings = GatewaySettings(
        browser_cdp_port=9222,
        browser_profiles=(
            BrowserProfile("work", cdp_port=18801),
            BrowserProfile("home", cdp_url_port=9333, cdp_port=18802),
            BrowserProfile("far", cdp_port=18803, remote=True),
            BrowserProfile("tab", cdp_port=18795, driver="extension"),
            BrowserProfile("plain"),
        ),
    )
    found = claims("openclaw", "2026.9.6", settings)
    assert of(found, Role.CDP) == [
        (18800, 18899, "derived", None),
        (9222, 9222, "config", "browser.cdpUrl"),
        (18801, 18801, "config", "browser.profiles.work.cdpPort"),
        (9333, 9333, "config", "browser.profiles.home.cdpUrl"),
    ]
    assert of(found, Role.EXTENSION_RELAY)[1:] == [(18795, 18795, "config", "browser.profiles.tab.cdpPort")]
    pinned = [claim for claim in found if claim.pinned_by]
    assert {(claim.address, claim.binding.value) for claim in pinned} == {("127.0.0.1", "on-demand")}


@pytest.mark.parametrize("switched_on", [frozenset[str](), frozenset({"EAGER_BROWSER_CONTROL_SERVER"})])
def test_without_browsers_no_version_binds_a_port_for_them(switched_on: frozenset[str]) -> None:
    off = GatewaySettings(browser_off=True, switched_on=switched_on)
    assert table(claims("clawdbot", "2026.1.24", off)) == [GATEWAY, ("bridge", 18790, 18790, "reserved"), CANVAS]
    assert table(claims("openclaw", "2026.3.13", off)) == [GATEWAY]
    assert table(claims("openclaw", "2026.9.6", off)) == [GATEWAY]


def test_a_remote_chrome_claims_nothing_here() -> None:
    remote = GatewaySettings(browser_profiles=(BrowserProfile("far", cdp_port=18803, remote=True),))
    assert claims("openclaw", "2026.9.6", remote) == claims("openclaw", "2026.9.6")


def test_ports_beyond_the_last_fall_back_to_the_constants() -> None:
    found = claims("clawdbot", "2026.1.24", base=65533)
    assert [(claim.role.value, claim.start, claim.end, claim.source.value) for claim in found] == [
        ("gateway", 65533, 65533, "config"),
        ("bridge", 65534, 65534, "derived"),
        ("browser-control", 65535, 65535, "derived"),
        ("extension-relay", 18792, 18792, "default"),
        ("canvas", 18793, 18793, "default"),
        ("cdp", 18800, 18899, "default"),
    ]


def test_a_range_of_which_only_the_end_is_too_high_falls_back_as_a_whole() -> None:
    assert of(claims("openclaw", "2026.9.6", base=65425), Role.CDP) == [(65436, 65535, "derived", None)]
    assert of(claims("openclaw", "2026.9.6", base=65426), Role.CDP) == [(18800, 18899, "default", None)]
    assert of(claims("openclaw", "2026.9.6", base=65530), Role.EXTENSION_RELAY) == [(18792, 18799, "default", None)]


def test_out_of_range_rules_are_told() -> None:
    def roles(base: int) -> list[str]:
        return [rule.role.value for rule in derived_out_of_range(product("openclaw"), "2026.9.6", base)]

    assert roles(18789) == []
    assert roles(65425) == []
    assert roles(65500) == ["cdp"]
    assert roles(65535) == ["browser-control", "extension-relay", "cdp"]
    assert roles(70000) == ["gateway", "browser-control", "extension-relay", "cdp"]


def test_a_moved_port_beyond_the_last_stays_visible() -> None:
    found = claims("openclaw", "2026.9.6", GatewaySettings(cdp_range_start=65500))
    assert of(found, Role.CDP) == [(65500, 65599, "config", "browser.cdpPortRangeStart")]
