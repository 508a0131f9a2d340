"""The ports that a config opens beside the gateway's own: webhooks, voice, helpers of channels, what looks like one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from gateway_core.config.model import ConfigPath, OpenedPort, dotted
from gateway_core.config.parsing import JsonValue, valid_port
from gateway_core.distributions.model import ConfigPortRule

_MOST = 100
_MOST_LOOKED_AT = 20_000  # values; a hostile file shall not keep anybody waiting
_SECTIONS = ("plugins", "hooks", "channels")
_PORT_KEY = re.compile(r"port|[A-Za-z0-9]+Port")
_EACH = "*"
Object = dict[str, JsonValue]


def opened_ports(
    root: Object, rules: Iterable[ConfigPortRule], elsewhere: Sequence[str], substitute: Callable[[str], str]
) -> tuple[OpenedPort, ...]:
    """Return the ports that the rules find, of all versions, and those of keys that merely look like one.

    What is switched off with `enabled: false`, at whatever level, opens nothing. `elsewhere` are the paths of ports of
    other machines.
    """
    reader = _Reader(root, substitute)
    concerned = (rule for rule in rules if rule.at.partition(".")[0] in root)
    known = [found for rule in concerned for found in reader.by_rule(rule)]
    told = {found.path for found in known} | set(reader.passed_over)
    other = (
        found
        for found in reader.unknown()
        if found.path not in told and not any(_fits(found.path, pattern) for pattern in elsewhere)
    )
    return tuple(islice((*known, *islice(other, _MOST)), _MOST))


def _fits(path: str, pattern: str) -> bool:
    """Whether that is the path; each `*` of the pattern stands for one step."""
    return re.fullmatch(re.escape(pattern).replace(r"\*", r"[^.]+"), path) is not None


@dataclass
class _Reader:
    root: Object
    substitute: Callable[[str], str]

    def __post_init__(self) -> None:
        self.passed_over: list[str] = []  # paths of ports that a rule knows to be unused

    def by_rule(self, rule: ConfigPortRule) -> Iterator[OpenedPort]:
        for path, place in self._places(rule.at):
            accounts = place.get("accounts") if rule.accounts else None
            if isinstance(accounts, dict) and accounts:
                for name, account in islice(accounts.items(), _MOST):
                    if isinstance(account, dict) and account.get("enabled") is not False:
                        yield from self._opened(rule, path, place, (*path, "accounts", name), account)
            else:
                yield from self._opened(rule, path, place, path, place)

    def unknown(self) -> Iterator[OpenedPort]:
        """Yield each number of a key named like a port that nothing switches off."""
        waiting: list[tuple[ConfigPath, JsonValue]] = [((name,), self.root.get(name)) for name in reversed(_SECTIONS)]
        looked_at = 0
        while waiting and looked_at < _MOST_LOOKED_AT:
            path, value = waiting.pop()
            looked_at += 1
            if isinstance(value, list):
                waiting.extend(((*path, index), item) for index, item in enumerate(value[:_MOST]))
            if not isinstance(value, dict) or self._is_off(path, value):
                continue
            for key, item in value.items():
                port = self._port(item) if _PORT_KEY.fullmatch(key) else None
                if port is not None:
                    yield OpenedPort(dotted((*path, key)), port)
                waiting.append(((*path, key), item))

    def _places(self, at: str) -> Iterator[tuple[ConfigPath, Object]]:
        """Yield the objects at that path that nothing on the way switches off."""
        found: list[tuple[ConfigPath, JsonValue]] = [((), self.root)]
        for step in at.split("."):
            following: list[tuple[ConfigPath, JsonValue]] = []
            for path, value in found:
                if isinstance(value, dict) and not self._is_off(path, value):
                    names = list(islice(value, _MOST)) if step == _EACH else [step]
                    following += [((*path, name), value.get(name)) for name in names]
            found = following
        for path, value in found:
            if isinstance(value, dict) and not self._is_off(path, value):
                yield path, value

    def _is_off(self, path: ConfigPath, value: Object) -> bool:
        if path and value.get("enabled") is False:
            return True
        plugins = self.root.get("plugins")
        if len(path) != 3 or path[:2] != ("plugins", "entries") or not isinstance(plugins, dict):
            return False
        allowed, denied = plugins.get("allow"), plugins.get("deny")
        return (isinstance(denied, list) and path[2] in denied) or (
            isinstance(allowed, list) and bool(allowed) and path[2] not in allowed
        )

    def _opened(
        self, rule: ConfigPortRule, base: ConfigPath, shared: Object, own: ConfigPath, account: Object
    ) -> Iterator[OpenedPort]:
        """Yield the port of one account, which has the settings of its channel where it has none of its own."""

        def setting(path: str) -> JsonValue:
            value = _at(account, path)
            return _at(shared, path) if value is None else value

        place = own if _at(account, rule.port) is not None else base
        path = dotted((*place, *rule.port.split(".")))
        if self._has_off(rule.port, account) or any(self._holds(setting, condition) for condition in rule.unless):
            self.passed_over.append(path)
            return
        configured = self._port(setting(rule.port))
        bound = all(self._holds(setting, condition) for condition in rule.needs)
        port = configured if configured is not None or not bound else rule.default
        host = setting(rule.host) if rule.host else None
        if port is not None:
            text = self.substitute(host) if isinstance(host, str) else rule.default_host
            yield OpenedPort(path, port, rule, address=text, configured=configured is not None, bound=bound)

    def _has_off(self, path: str, place: Object) -> bool:
        """Whether an object between that one and its port is switched off."""
        steps = path.split(".")[:-1]
        inner = (_at(place, ".".join(steps[: depth + 1])) for depth in range(len(steps)))
        return any(isinstance(value, dict) and value.get("enabled") is False for value in inner)

    def _holds(self, setting: Callable[[str], JsonValue], condition: str) -> bool:
        """`webhookUrl`: it is set; `connectionMode=webhook`, `enabled=true`: it has that value."""
        path, _, wanted = condition.partition("=")
        value = setting(path)
        if not wanted:
            return value not in (None, "", False)
        return value is (wanted == "true") if isinstance(value, bool) else value == wanted

    def _port(self, value: JsonValue) -> int | None:
        if isinstance(value, str):
            text = self.substitute(value[:_MOST]).strip()
            return valid_port(int(text)) if re.fullmatch(r"[0-9]{1,5}", text) else None
        return valid_port(value) if isinstance(value, (int, float)) else None


def _at(value: JsonValue, path: str) -> JsonValue:
    for step in path.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return value
