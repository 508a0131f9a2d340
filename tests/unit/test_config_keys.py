"""Which keys of a config have changed can be told; what they are set to cannot, nor a key that is itself a secret."""

import json
from pathlib import Path
from typing import Protocol

import pytest

from gateway_core.config.keys import DEEPEST, MOST, WIDEST, is_name
from gateway_core.config.reader import ConfigReader
from tests.products import OPENCLAW


class Keys(Protocol):
    """`keys({...})`: the keys of that config, each with the hash of its value."""

    def __call__(self, config: object, *, dotenv: str = "") -> dict[str, bytes]: ...


@pytest.fixture
def keys(tmp_path: Path) -> Keys:

    def read(config: object, *, dotenv: str = "") -> dict[str, bytes]:
        path = tmp_path / "openclaw.json"
        path.write_text(config if isinstance(config, str) else json.dumps(config))
        (tmp_path / ".env").write_text(dotenv)
        reading = ConfigReader().read(path, state_dir=tmp_path, environment={}, distribution=OPENCLAW)
        assert reading.keys is not None
        return dict(reading.keys.digests)

    return read


def changed(old: dict[str, bytes], new: dict[str, bytes]) -> set[str]:
    return {path for path in old.keys() | new.keys() if old.get(path) != new.get(path)}


GATEWAY: dict[str, object] = {
    "mode": "local",
    "auth": {"token": "one"},
    "port": 18789,
    "tls": {"enabled": False},
}
CHANNELS: dict[str, object] = {
    "whatsapp": {},
    "telegram": {"allowFrom": ["+4912345678"], "groups": {"-100123": {"on": True}}},
}
CONFIG: dict[str, object] = {
    "gateway": GATEWAY,
    "agents": {"list": [{"id": "main", "workspace": "/a"}, {"id": "work", "workspace": "/b"}]},
    "channels": CHANNELS,
    "env": {"vars": {"ANTHROPIC_API_KEY": "${SECRET}"}},
}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"gateway": GATEWAY | {"auth": {"token": "two"}}}, {"gateway.auth.token"}),
        ({"gateway": GATEWAY | {"tls": {"enabled": True}}}, {"gateway.tls.enabled"}),
        ({"gateway": GATEWAY | {"port": "18789"}}, {"gateway.port"}),
        ({"logging": {"file": "/x"}}, {"logging.file"}),
        (
            {"agents": {"list": [{"id": "main", "workspace": "/c"}, {"id": "work", "workspace": "/b"}]}},
            {"agents.list[0].workspace"},
        ),
        ({"channels": CHANNELS | {"discord": {}}}, {"channels.discord"}),
        (
            {"channels": {"whatsapp": {}, "telegram": {"allowFrom": [], "groups": {"-100124": {}}}}},
            {"channels.telegram.allowFrom", "channels.telegram.groups"},
        ),
        ({"meta": {"lastTouchedVersion": "2026.9.7"}, "wizard": {"lastRunAt": "now", "lastRunMode": "x"}}, set()),
    ],
)
def test_each_change_has_its_key(keys: Keys, change: dict[str, object], expected: set[str]) -> None:
    assert changed(keys(CONFIG, dotenv="SECRET=1"), keys(CONFIG | change, dotenv="SECRET=1")) == expected


def test_another_form_is_no_change(keys: Keys) -> None:
    plain = '{"gateway": {"port": 18789, "auth": {"token": "x"}}, "ui": {"scale": [1, 2.5]}}'
    other = "{ui: {scale: [1.0, 2.50,]}, // mine\n gateway: {auth: {'token': 'x'}, port: 18789.0}}"
    assert keys(plain) == keys(other)


def test_a_variable_that_is_referred_to_is_part_of_the_value(keys: Keys) -> None:
    assert changed(keys(CONFIG, dotenv="SECRET=1"), keys(CONFIG, dotenv="SECRET=2")) == {"env.vars.ANTHROPIC_API_KEY"}


def test_keys_that_are_no_names_stay_inside(keys: Keys) -> None:
    secrets = ["+4912345678", "123456789", "sk-abcdefgh", "bcdfghjklmnpqrstvwxzbcdf", "a@b.example", "x y"]
    found = keys({"hooks": {name: {"token": "t"} for name in secrets} | {"path": "/hooks"}})
    assert found.keys() == {"hooks", "hooks.path"}


@pytest.mark.parametrize(
    "name",
    ["workspace", "lastTouchedVersion", "dangerouslyDisableDeviceAuth", "OPENCLAW_GATEWAY_TOKEN", "TELEGRAM_BOT_TOKEN",
     "google-generative-ai", "gpt-4o", "$schema", "cdpPortRangeStart", "my_agent2"],
)  # fmt: skip
def test_names(name: str) -> None:
    assert is_name(name)


@pytest.mark.parametrize(
    "name",
    ["", "+491234567", "491234567", "a.b", "a[0]", "120363@g.us", "xoxb-12345678abc", "ghp_abcdefghijkl",
     "AKIAABCDEFGHIJKLMNOP", "eyJhbGciOiJIUzI1NiJ9", "0a1b2c3d4e5f", "a1b2c3d4e5f6", "xKfPqZrTmWbNcVsGhJkL",
     "bcdfghjklmnpqrstvwxz", "n" * 50, "ключ", "a\nb"],
)  # fmt: skip
def test_no_names(name: str) -> None:
    assert not is_name(name)


def test_what_is_too_much_is_one_value(keys: Keys) -> None:
    wide = {f"k{number}": 1 for number in range(WIDEST + 1)}
    deep: object = 1
    for _ in range(DEEPEST + 5):
        deep = {"a": deep}
    assert keys({"wide": wide, "long": [{"a": 1}] * (WIDEST + 1), "x": 1}).keys() == {"wide", "long", "x"}
    assert keys(deep).keys() == {".".join("a" * DEEPEST)}
    many = {f"n{number}": {f"k{inner}": 1 for inner in range(WIDEST)} for number in range(MOST // WIDEST)}
    assert len(keys(many)) == MOST
    assert keys(many | {"one": "more"}).keys() == {""}
    assert changed(keys(many | {"one": "more"}), keys(many | {"one": "less"})) == {""}


def test_no_other_process_gets_the_same_hashes(keys: Keys, monkeypatch: pytest.MonkeyPatch) -> None:
    import hashlib

    from gateway_core.config import fingerprints

    mine = keys(CONFIG, dotenv="SECRET=1")
    monkeypatch.setattr(fingerprints, "_KEYED", hashlib.blake2b(key=b"another process", digest_size=16))
    assert set(mine.values()).isdisjoint(keys(CONFIG, dotenv="SECRET=1").values())
