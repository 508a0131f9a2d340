"""Addresses with which a version starts or does not, and what stays certain of a config that is invalid."""

import json
from pathlib import Path

import pytest

from gateway_core.config.model import ConfigReading
from gateway_core.config.reader import ConfigReader
from tests.products import OPENCLAW, product


def read(tmp_path: Path, text: str, distribution: str = "openclaw") -> ConfigReading:
    path = tmp_path / "openclaw.json"
    path.write_text(text)
    known = OPENCLAW if distribution == "openclaw" else product(distribution)
    return ConfigReader().read(path, state_dir=tmp_path, environment={}, distribution=known)


def config(version: str, gateway: dict[str, object]) -> str:
    return json.dumps({"meta": {"lastTouchedVersion": version}, "gateway": {"mode": "local", "port": 24000, **gateway}})


@pytest.mark.parametrize(
    ("product_name", "version", "bind", "mode", "valid", "said"),
    [
        ("openclaw", "2026.2.6-3", "0.0.0.0", "lan", False, "Set it to lan"),
        ("openclaw", "2026.5.28", "localhost", "loopback", False, "Set it to loopback"),
        ("openclaw", "2026.9.6", "0.0.0.0", "lan", True, "Is read as lan."),
        ("openclaw", "2026.9.6", "[::1]", "loopback", True, "Is read as loopback."),
        ("openclaw", "2026.4.15", "0.0.0.0", "lan", True, "could not be told"),
        ("clawdbot", "2026.1.24", "127.0.0.1", "loopback", True, "could not be told"),
        ("openclaw", "2026.9.6", "192.0.2.1", None, False, "Must be one of"),
    ],
)
def test_a_host_as_bind_is_read_refused_or_unknown_by_version(
    tmp_path: Path, product_name: str, version: str, bind: str, mode: str | None, valid: bool, said: str
) -> None:
    reading = read(tmp_path, config(version, {"bind": bind}), product_name)
    (issue,) = reading.issues
    assert (reading.settings.bind, reading.valid, reading.settings.port) == (mode, valid, 24000)
    assert issue.path == "gateway.bind"
    assert said in issue.message


TOKEN, PASSWORD = {"mode": "token", "token": "CANARY"}, {"mode": "password", "password": "CANARY"}


@pytest.mark.parametrize(
    ("version", "bind", "mode", "auth", "valid", "at"),
    [
        ("2026.2.6", "lan", "serve", TOKEN, False, "gateway.bind"),
        ("2026.5.28", "tailnet", "serve", TOKEN, False, "gateway.bind"),
        ("2026.9.6", "lan", "funnel", PASSWORD, False, "gateway.bind"),
        ("2026.9.6", "0.0.0.0", "serve", TOKEN, False, "gateway.bind"),
        ("2026.2.6", "loopback", "funnel", TOKEN, False, "gateway.auth.mode"),
        ("2026.9.6", "loopback", "funnel", {"token": "CANARY"}, False, "gateway.auth.mode"),
        ("2026.4.15", "lan", "serve", TOKEN, True, "gateway.bind"),
        ("2026.4.15", "loopback", "funnel", TOKEN, True, "gateway.auth.mode"),
        ("2026.2.6", "loopback", "serve", TOKEN, True, None),
        ("2026.9.6", "auto", "funnel", {"password": "CANARY"}, True, None),
        ("2026.9.6", "lan", "off", TOKEN, True, None),
    ],
)
def test_tailscale_beside_what_it_does_not_go_with(
    tmp_path: Path, version: str, bind: str, mode: str, auth: dict[str, str], valid: bool, at: str | None
) -> None:
    reading = read(tmp_path, config(version, {"bind": bind, "tailscale": {"mode": mode}, "auth": auth}))
    assert reading.valid is valid
    about = {issue.path for issue in reading.issues if "Must" in issue.message}
    assert about == ({at} if at else set())
    assert "CANARY" not in str(reading)


@pytest.mark.parametrize(
    "text",
    [
        config("2026.2.6", {}).replace("24000", '24000, "auth": {"token": "${NOBODY_SET_THIS}"}'),
        config("2026.9.6", {"tls": {"enabled": "yes"}}),
        config("2026.9.6", {}) + "}",
        config("2026.9.6", {}) + "\n" + config("2026.1.30", {}),
        config("2026.9.6", {}).replace('"meta"', '"$include": "./not-there.json5", "meta"'),
        config("2026.9.6", {}).replace('"mode"', '"$include": ["a.json5", 7], "mode"'),
    ],
)
def test_an_invalid_config_still_tells_what_is_certain(tmp_path: Path, text: str) -> None:
    reading = read(tmp_path, text)
    assert not reading.valid
    assert reading.settings.port == 24000
    assert reading.settings.version in ("2026.2.6", "2026.9.6")


@pytest.mark.parametrize("text", ['{"gateway": {"port": 24000', "", "[24000]", '{"gateway": {"port": "24000"}}'])
def test_what_did_not_parse_tells_nothing(tmp_path: Path, text: str) -> None:
    reading = read(tmp_path, text)
    assert not reading.valid
    assert reading.settings.port is None
