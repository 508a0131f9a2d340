"""The environment that a config is read in, and the `${VAR}` references to it."""

import re
from collections.abc import Iterable, Iterator, Mapping

from gateway_core.config.model import ConfigPath, issue_at
from gateway_core.config.parsing import JsonValue, port_from_variable
from gateway_core.snapshot import ConfigIssue

_REFERENCE = re.compile(r"\$(?P<escape>\$?)\{(?P<name>[A-Z_][A-Z0-9_]*)\}")
_SECRET_NAME = re.compile(r"(?:^|_)(?:TOKEN|PASS|PASSW(?:OR)?D|PASSPHRASE|SECRET|(?:API)?KEY|CREDENTIALS?)(?:_|\d|$)")
LONGEST_VALUE = 5000
MOST_FILLED_IN = 20_000
"""Characters that variables may bring into one text that is resolved in full; no token or URL comes near."""
_BLOCKS = ("vars", "shellEnv")


class Environment:
    """The variables of a gateway: its process environment, then its `.env`, then the config's `env`."""

    def __init__(self, process: Mapping[str, str], dotenv: Mapping[str, str]) -> None:
        self.consulted: set[str] = set()
        """The names that were asked for: the outcome of a reading depends on these and no others."""
        self._process = process
        self._dotenv = dotenv
        self._config: Mapping[str, str] = {}
        self._values: dict[str, str | None] = {}

    def add_config(self, variables: Mapping[str, str]) -> None:
        """Let the config's own variables stand in for those that are unset or blank."""
        self._config = variables
        self._values.clear()

    def get(self, name: str) -> str | None:
        """The value of a variable; `None` if it is unset or empty."""
        if name not in self._values:
            # Once, because a config can name a variable a million times, and a blank one can be long.
            outer = self._outer(name)
            self._values[name] = (outer if outer and outer.strip() else self._config.get(name, outer)) or None
        return self._values[name]

    def dotenv_port(self, names: Iterable[str]) -> int | None:
        """The port in the first of these variables that is set, if `.env` sets it and not the process environment."""
        name = self._first_set(names)
        return None if name is None or name in self._process else port_from_variable(self._dotenv.get(name))

    def config_port(self, names: Iterable[str]) -> int | None:
        """The port in the first of these variables that is set, if the config's own `env` and nothing outside does."""
        name = self._first_set(names)
        outer = self._outer(name) if name is not None else None
        return None if name is None or (outer and outer.strip()) else port_from_variable(self._config.get(name))

    def own(self, name: str) -> str | None:
        """The value that `.env` or the config sets, whatever the process environment has."""
        return self._dotenv.get(name) or self._config.get(name) or None

    def _first_set(self, names: Iterable[str]) -> str | None:
        """The first name that is set, wherever and even if its value makes no sense."""
        return next((name for name in names if (self.get(name) or "").strip()), None)

    def _outer(self, name: str) -> str | None:
        self.consulted.add(name)
        # Even an empty variable of the process keeps `.env` from setting it.
        return self._process[name] if name in self._process else self._dotenv.get(name)


def config_variables(tree: Mapping[str, JsonValue]) -> dict[str, str]:
    """The variables that a config sets: `env.vars.NAME` and, stronger, `env.NAME`.

    One that is blank or itself refers to a variable is not applied (openclaw 2026.9.6).
    """
    block = tree.get("env")
    if not isinstance(block, dict):
        return {}
    inner = block.get("vars")
    own = {name: value for name, value in block.items() if name not in _BLOCKS}
    pairs = {**(inner if isinstance(inner, dict) else {}), **own}
    return {name: value for name, value in pairs.items() if isinstance(value, str) and _applies(value)}


def substitute(text: str, environment: Environment) -> str:
    """`text` with its `${VAR}` replaced; `$${VAR}` becomes a literal `${VAR}`.

    An unset variable stays as written, and so does one that is named like a secret: what is read here will be shown.
    """

    def replacement(match: re.Match[str]) -> str:
        if match["escape"]:
            return match[0][1:]
        if _SECRET_NAME.search(match["name"]):
            return match[0]
        # Cut, so that a small text cannot become a huge one; whoever gets this much does not want it anyway.
        return (environment.get(match["name"]) or match[0])[:LONGEST_VALUE]

    return _REFERENCE.sub(replacement, text) if "$" in text else text


def resolved(text: str, environment: Environment) -> str | None:
    """`text` with every `${VAR}` replaced, secrets too; `None` if one is unset or if `text` outgrows all bounds.

    For comparing, never to keep.
    """
    if grows_too_long(text, environment) or _first_unset(text, environment) is not None:
        return None
    return _REFERENCE.sub(
        lambda match: match[0][1:] if match["escape"] else (environment.get(match["name"]) or "")[:LONGEST_VALUE], text
    )


def grows_too_long(text: str, environment: Environment) -> bool:
    """Whether the variables in `text` would make a huge text of it: few characters can name many."""
    filled_in = 0
    for match in _REFERENCE.finditer(text):
        value = None if match["escape"] else environment.get(match["name"])
        filled_in += min(len(value or ""), LONGEST_VALUE)
        if filled_in > MOST_FILLED_IN:
            return True
    return False


def referenced(text: str) -> Iterator[str]:
    """The names of the variables that `text` refers to, in its order."""
    return (match["name"] for match in _REFERENCE.finditer(text) if not match["escape"])


def unset_references(tree: JsonValue, environment: Environment) -> list[ConfigIssue]:
    """An issue for each string of the config that refers to a variable that is unset or empty."""
    return [
        issue_at(path, f"The environment variable {name} is not set.")
        for path, text in _strings_with_dollar(tree)
        if (name := _first_unset(text, environment)) is not None
    ]


def _first_unset(text: str, environment: Environment) -> str | None:
    return next((name for name in referenced(text) if environment.get(name) is None), None)


def _strings_with_dollar(tree: JsonValue) -> Iterator[tuple[ConfigPath, str]]:
    waiting: list[tuple[ConfigPath, JsonValue]] = [((), tree)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, str):
            if "$" in value:
                yield path, value
        elif isinstance(value, dict):
            waiting.extend(((*path, key), item) for key, item in reversed(value.items()))
        elif isinstance(value, list):
            waiting.extend(((*path, index), value[index]) for index in range(len(value) - 1, -1, -1))


def _applies(value: str) -> bool:
    return bool(value.strip()) and all(match["escape"] for match in _REFERENCE.finditer(value))
