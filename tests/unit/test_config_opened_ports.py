"""The ports that channels, hooks and plugins of a config open."""

import json
from pathlib import Path

import pytest

from gateway_core.config.model import ConfigReading
from gateway_core.config.reader import ConfigReader
from gateway_core.ports.claimants import Claimant, HostPorts, claimant_of
from gateway_core.ports.claims import claims_of
from gateway_core.ports.conflicts import diagnose
from gateway_core.snapshot import Binding, Claim, Conflict, Grade, PortValue, Role, Source
from tests.claimants import listener
from tests.products import product
from tests.remedies import applied
from tests.snapshots import instance

NEWEST = "2026.9.6"
Config = dict[str, object]


def read(directory: Path, config: Config, name: str = "openclaw", **variables: str) -> ConfigReading:
    path = directory / "config.json"
    path.write_text(json.dumps({"gateway": {"mode": "local"}} | config))
    return ConfigReader().read(path, state_dir=directory, environment=variables, distribution=product(name))


def opened(
    directory: Path, config: Config, version: str = NEWEST, name: str = "openclaw", **variables: str
) -> list[Claim]:
    """The claims that the config adds to those of a gateway that has set nothing."""
    reading = read(directory, config, name, **variables)
    assert reading.valid, reading.issues
    base = PortValue(value=18789, source=Source.DEFAULT)
    claims = claims_of(product(name), version, reading.settings, base)
    return [claim for claim in claims if claim.pinned_by is not None]


def told(claims: list[Claim]) -> list[tuple[str | None, int, str, str, str]]:
    return [(c.pinned_by, c.start, c.role.value, c.binding.value, c.address) for c in claims]


@pytest.mark.parametrize(
    ("config", "claim"),
    [
        (
            {"channels": {"telegram": {"webhookUrl": "https://a.example/t", "webhookPort": 9001}}},
            ("channels.telegram.webhookPort", 9001, "webhook", "always", "127.0.0.1"),
        ),
        (
            {"channels": {"telegram": {"webhookUrl": "https://a.example/t", "webhookHost": "0.0.0.0"}}},
            ("channels.telegram.webhookPort", 8787, "webhook", "always", "0.0.0.0"),
        ),
        (
            {"channels": {"telegram": {"webhookPort": 9001}}},
            ("channels.telegram.webhookPort", 9001, "webhook", "on-demand", "127.0.0.1"),
        ),
        (
            {"channels": {"feishu": {"connectionMode": "webhook"}}},
            ("channels.feishu.webhookPort", 3000, "webhook", "always", "127.0.0.1"),
        ),
        (
            {"channels": {"msteams": {"appId": "x", "webhook": {"port": 3979}}}},
            ("channels.msteams.webhook.port", 3979, "webhook", "always", "0.0.0.0"),
        ),
        (
            {"channels": {"signal": {"account": "+15550100"}}},
            ("channels.signal.httpPort", 8080, "channel-helper", "always", "127.0.0.1"),
        ),
        (
            {"hooks": {"enabled": True, "gmail": {"account": "a@b.example"}}},
            ("hooks.gmail.serve.port", 8788, "webhook", "always", "127.0.0.1"),
        ),
        (
            {"plugins": {"entries": {"voice-call": {"config": {"provider": "twilio", "serve": {"port": 3335}}}}}},
            ("plugins.entries.voice-call.config.serve.port", 3335, "voice", "always", "127.0.0.1"),
        ),
        (
            {"plugins": {"entries": {"mine": {"config": {"serve": {"port": 4000, "bind": "192.0.2.1"}}}}}},
            ("plugins.entries.mine.config.serve.port", 4000, "webhook", "on-demand", "192.0.2.1"),
        ),
        ({"canvasHost": {"port": 18795}}, ("canvasHost.port", 18795, "canvas", "reserved", "127.0.0.1")),
        (
            {"gateway": {"mode": "local", "tailscale": {"mode": "serve"}}},
            ("gateway.tailscale.mode", 443, "tailnet-route", "always", "tailnet"),
        ),
        (
            {"channels": {"mine": {"listen": {"port": 4001}}}},
            ("channels.mine.listen.port", 4001, "other", "possible", "127.0.0.1"),
        ),
    ],
)
def test_what_a_part_of_the_config_opens(tmp_path: Path, config: Config, claim: tuple[str, int, str, str, str]) -> None:
    assert told(opened(tmp_path, config)) == [claim]


@pytest.mark.parametrize(
    "config",
    [
        {"channels": {"telegram": {"enabled": False, "webhookUrl": "https://a.example", "webhookPort": 9001}}},
        {"channels": {"telegram": {"botToken": "123456:abcdefgh"}}},
        {"channels": {"feishu": {"appId": "x"}}},
        {"channels": {"signal": {"account": "+15550100", "httpUrl": "http://10.0.0.1:8080", "httpPort": 8080}}},
        {"channels": {"signal": {"account": "+15550100", "autoStart": False}}},
        {"hooks": {"enabled": False, "gmail": {"account": "a@b.example", "serve": {"port": 8788}}}},
        {"plugins": {"entries": {"voice-call": {"enabled": False, "config": {"serve": {"port": 3334}}}}}},
        {"plugins": {"entries": {"voice-call": {"config": {"enabled": False, "serve": {"port": 3334}}}}}},
        {"plugins": {"enabled": False, "entries": {"voice-call": {"config": {"serve": {"port": 3334}}}}}},
        {"plugins": {"deny": ["voice-call"], "entries": {"voice-call": {"config": {"serve": {"port": 3334}}}}}},
        {"plugins": {"allow": ["other"], "entries": {"voice-call": {"config": {"serve": {"port": 3334}}}}}},
        {"channels": {"irc": {"host": "irc.example", "port": 6697}}},
        {"channels": {"mine": {"port": 70000, "transport": 5, "supportPorts": 7}}},
        {"gateway": {"mode": "local", "tailscale": {"mode": "off"}}},
        {"gateway": {"mode": "local", "tailscale": {"mode": "serve", "serviceName": "svc:claw"}}},
    ],
)
def test_what_is_switched_off_or_elsewhere_opens_nothing(tmp_path: Path, config: Config) -> None:
    assert opened(tmp_path, config) == []


def test_accounts_have_the_settings_of_their_channel_where_they_have_none(tmp_path: Path) -> None:
    accounts = {"a": {"webhookPort": 9001}, "b": {"webhookPort": 9002, "enabled": False}, "c": {}}
    config: Config = {"channels": {"telegram": {"webhookUrl": "https://a.example", "accounts": accounts}}}
    assert [(claim.pinned_by, claim.start) for claim in opened(tmp_path, config)] == [
        ("channels.telegram.accounts.a.webhookPort", 9001),
        ("channels.telegram.webhookPort", 8787),
    ]


def test_variables_and_includes_count(tmp_path: Path) -> None:
    (tmp_path / "hooks.json").write_text('{"gmail": {"serve": {"port": "${HOOK_PORT}"}}}')
    config: Config = {"hooks": {"$include": "hooks.json"}}
    assert [claim.start for claim in opened(tmp_path, config, HOOK_PORT="8899")] == [8899]


def test_the_version_decides(tmp_path: Path) -> None:
    config: Config = {"channels": {"telegram": {"webhookUrl": "https://a.example"}}, "canvasHost": {"port": 18795}}
    assert [claim.address for claim in opened(tmp_path, config, "2026.2.6") if claim.role is Role.WEBHOOK] == [
        "0.0.0.0"
    ]
    assert [claim.role for claim in opened(tmp_path, config, "2026.2.6")].count(Role.CANVAS) == 1


def on_one_host(directory: Path, config: Config, *listeners: int) -> list[Conflict]:
    settings = read(directory, config).settings
    bases = {"openclaw:a": 18789, "openclaw:b": 19789}
    claimants = [
        Claimant(
            name, base, claims_of(product("openclaw"), NEWEST, settings, PortValue(value=base, source=Source.CONFIG))
        )
        for name, base in bases.items()
    ]
    held = tuple(listener(port, 77) for port in listeners)
    return [found.conflict for found in diagnose(HostPorts(claimants, held))]


def test_two_gateways_with_one_webhook_port_collide_and_one_is_repinned(tmp_path: Path) -> None:
    config: Config = {"channels": {"telegram": {"webhookUrl": "https://a.example"}}}
    (conflict,) = on_one_host(tmp_path, config)
    assert (conflict.grade, conflict.ports.start, conflict.prevents) == (Grade.CERTAIN, 8787, ())
    assert conflict.remedy == "set channels.telegram.webhookPort of openclaw:b to port 8788, which nobody else claims"


def test_two_gateways_with_one_port_that_may_be_bound(tmp_path: Path) -> None:
    config: Config = {"plugins": {"entries": {"voice-call": {"config": {"serve": {"port": 3334}}}}}}
    assert [conflict.grade for conflict in on_one_host(tmp_path, config)] == [Grade.POSSIBLE]


def test_an_outsider_on_a_webhook_port_is_active_and_prevents_no_start(tmp_path: Path) -> None:
    config: Config = {"channels": {"msteams": {"appId": "x"}}}
    found = on_one_host(tmp_path, config, 3978)
    assert {conflict.grade for conflict in found} == {Grade.ACTIVE, Grade.CERTAIN}
    assert {conflict.prevents for conflict in found} == {()}


def test_two_gateways_fight_over_the_tailnets_route_and_tailscale_itself_is_nobodys_rival(tmp_path: Path) -> None:
    config: Config = {"gateway": {"mode": "local", "tailscale": {"mode": "funnel"}}}
    settings = read(tmp_path, config).settings
    (conflict,) = on_one_host(tmp_path, config)
    assert (conflict.grade, conflict.ports.start, conflict.prevents) == (Grade.CERTAIN, 443, ())
    assert "openclaw:a and openclaw:b each have port 443 of this host's tailnet address lead to it" in conflict.why
    assert conflict.remedy == "set gateway.tailscale.mode to off for all of them but one"
    alone = claims_of(product("openclaw"), NEWEST, settings, PortValue(value=18789, source=Source.CONFIG))
    tailscaled = listener(443, 9, "tailscaled", addresses=("100.101.102.103",))
    assert diagnose(HostPorts((Claimant("openclaw:a", 18789, alone),), (tailscaled,))) == ()


def test_all_that_want_the_tailnets_route_are_in_one_conflict(tmp_path: Path) -> None:
    settings = read(tmp_path, {"gateway": {"mode": "local", "tailscale": {"mode": "serve"}}}).settings
    claimants = [
        Claimant(
            name, base, claims_of(product("openclaw"), NEWEST, settings, PortValue(value=base, source=Source.CONFIG))
        )
        for name, base in {"a": 18789, "b": 19789, "c": 20789, "like-a": 18789}.items()
    ]
    diagnoses = diagnose(HostPorts(claimants))
    found = {item.conflict.ports.start: item.conflict for item in diagnoses}
    assert sorted(found) == [443, 18789]
    assert [str(getattr(party, "instance", None)) for party in found[443].parties] == ["a", "b", "c", "like-a"]
    (remedy,) = next(item.remedies for item in diagnoses if item.conflict is found[443])
    left = diagnose(applied(remedy, HostPorts(claimants)))
    assert [item.conflict.id for item in left] == [found[18789].id]


def test_a_number_that_only_looks_like_a_port_is_never_judged(tmp_path: Path) -> None:
    config: Config = {"plugins": {"entries": {"mine": {"config": {"api": {"port": 18789}}}}}}
    (claim,) = opened(tmp_path, config)
    assert claim.binding is Binding.POSSIBLE
    assert claimant_of(instance(claims=(claim,))).claims == ()


def test_one_config_that_wants_one_port_twice(tmp_path: Path) -> None:
    config: Config = {"channels": {"telegram": {"webhookUrl": "https://a.example", "webhookPort": 18789}}}
    why = " ".join(conflict.why for conflict in on_one_host(tmp_path, config) if conflict.grade is Grade.POSSIBLE)
    assert "openclaw:a's base port 18789 and openclaw:a's webhook port 18789 (channels.telegram.webhookPort)" in why
