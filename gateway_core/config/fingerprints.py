"""Fingerprints of what gateways must not share and nobody may see: bot tokens, and browsers on other hosts.

They leave this room only as keyed hashes. The key is random and dies with the process, so a fingerprint says whether
two configs of this moment hold the same secret, and is worth nothing to anybody who stores or sees it.
"""

import hashlib
import secrets
from collections.abc import Iterable, Iterator
from itertools import islice

from gateway_core.config.model import ConfigPath, Fingerprint, dotted, issue_at
from gateway_core.config.parsing import JsonValue, endpoint
from gateway_core.config.variables import Environment, grows_too_long, resolved
from gateway_core.snapshot import ConfigIssue

_LOGIN_KEYS = (
    "botToken", "token", "appToken", "userToken", "accessToken", "channelAccessToken", "authToken",
    "appSecret", "clientSecret", "appPassword",
)  # fmt: skip
"""Settings of a channel or of one of its accounts that stand for one bot (channels of openclaw 2026.9.6)."""
_LOGIN_VARIABLES = {
    "telegram": ("TELEGRAM_BOT_TOKEN",),
    "discord": ("DISCORD_BOT_TOKEN",),
    "slack": ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"),
}
"""The variables that stand in for a token which the config does not have."""
_KEYED = hashlib.blake2b(key=secrets.token_bytes(32), digest_size=16)
_SHORTEST = 8  # characters; a placeholder such as `xxx` is no token
_MOST = 200


def digest(text: str) -> bytes:
    """The keyed hash of a text, the same for as long as this process lives."""
    keyed = _KEYED.copy()  # a third of the time that setting the key anew takes
    keyed.update(text.encode("utf-8", "surrogatepass"))
    return keyed.digest()


def channel_names(root: dict[str, JsonValue]) -> tuple[str, ...]:
    """The channels that are configured and not switched off."""
    return tuple(name for name, _ in _enabled(root.get("channels")) if name != "defaults")[:_MOST]


def channel_logins(root: dict[str, JsonValue], environment: Environment) -> tuple[Fingerprint, ...]:
    """The fingerprints of all bots that the config's channels log in as."""
    return tuple(islice(_channel_logins(root, environment), _MOST))


def overlong_logins(root: dict[str, JsonValue], environment: Environment) -> list[ConfigIssue]:
    """An issue for each bot token that is left out because its variables would make far too much of it."""
    return [
        issue_at(path, "Was ignored: with its variables filled in it is very long.")
        for channel, settings in _enabled(root.get("channels"))
        for path, text in _login_texts(("channels", channel), settings)
        if grows_too_long(text, environment)
    ]


def remote_browsers(root: dict[str, JsonValue], environment: Environment) -> tuple[Fingerprint, ...]:
    """The fingerprints of the `cdpUrl`s that lead to other hosts: they may hold a token, and tell browsers apart."""
    return tuple(islice(_remote_browsers(root.get("browser"), environment), _MOST))


def has_auth_secret(root: dict[str, JsonValue], environment: Environment, variables: Iterable[str]) -> bool:
    """Whether clients have to show a token or a password; a reference to a secret store counts as one.

    `variables` are those that can hold one in place of the config.
    """
    gateway = root.get("gateway")
    auth = gateway.get("auth") if isinstance(gateway, dict) else None
    settings = auth if isinstance(auth, dict) else {}
    return any(map(settings.get, ("token", "password"))) or any(map(environment.own, variables))


def _channel_logins(root: dict[str, JsonValue], environment: Environment) -> Iterator[Fingerprint]:
    for channel, settings in _enabled(root.get("channels")):
        texts = _login_texts(("channels", channel), settings)
        logins = (login for path, text in texts for login in _fingerprint(path, resolved(text, environment)))
        own = list(islice(logins, _MOST))
        yield from own
        if not own:
            for name in _LOGIN_VARIABLES.get(channel, ()):
                yield from _fingerprint((name,), environment.own(name))


def _enabled(tree: JsonValue) -> Iterator[tuple[str, dict[str, JsonValue]]]:
    if isinstance(tree, dict):
        for name, settings in tree.items():
            if isinstance(settings, dict) and settings.get("enabled") is not False:
                yield name, settings


def _login_texts(path: ConfigPath, settings: dict[str, JsonValue]) -> Iterator[tuple[ConfigPath, str]]:
    """The logins of a channel and of each of its accounts, as they are written."""
    accounts = (((*path, "accounts", name), inner) for name, inner in _enabled(settings.get("accounts")))
    for place, own in ((path, settings), *accounts):
        for key, value in own.items():
            if key in _LOGIN_KEYS and isinstance(value, str):
                yield (*place, key), value


def _remote_browsers(browser: JsonValue, environment: Environment) -> Iterator[Fingerprint]:
    if not isinstance(browser, dict):
        return
    profiles = ((("browser", "profiles", name), profile) for name, profile in _enabled(browser.get("profiles")))
    for path, settings in ((("browser",), browser), *profiles):
        url = settings.get("cdpUrl")
        text = resolved(url, environment) if isinstance(url, str) else None
        found = endpoint(text) if text else None
        if text and found is not None and found.remote:
            yield from _fingerprint((*path, "cdpUrl"), text)


def _fingerprint(path: ConfigPath, value: str | None) -> Iterator[Fingerprint]:
    text = (value or "").strip()
    if len(text) >= _SHORTEST:
        yield Fingerprint(dotted(path), digest(text))
