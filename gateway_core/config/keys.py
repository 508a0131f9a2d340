"""The keys of a config, each with a keyed hash of its value: enough to tell which have changed, and no more.

The names of most keys are the product's own. Some objects are keyed by people, numbers or tokens: a name that does not
look like one that a program or a person has chosen stays inside, and what it holds counts for the object that it is in.
"""

import re

from gateway_core.config.fingerprints import digest
from gateway_core.config.parsing import JsonValue
from gateway_core.config.variables import Environment, referenced
from gateway_core.redaction.text import redact
from gateway_core.snapshot import ConfigKeys

DEEPEST = 8  # levels; what lies deeper counts for the object that it is in
WIDEST = 100  # entries; a longer list or object counts as one value
MOST = 3_000  # keys; a config with more is one value as a whole

_BOOKKEEPING = ("meta.lastTouched", "wizard.lastRun")
"""A gateway's notes about its own writing. The version in them is looked at elsewhere."""
_NAME = re.compile(r"[A-Za-z_$][A-Za-z0-9_-]{0,39}")
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_LONGEST_WORD = 16
_LONGEST_UNWORDY = 12
_SHORTEST_WORDS = 3  # on average: in random letters, capitals come more often than words begin
_MOST_DIGITS = 4
_known: set[str] = set()
"""Names that were looked at before, because the same ones are in every config. What is no name is not kept."""
_MOST_KNOWN = 10_000


def config_keys(root: dict[str, JsonValue], environment: Environment) -> ConfigKeys:
    """The keys of a config, within bounds. The hash of a text covers the variables that it refers to."""
    keys = _Keys(environment)
    try:
        keys.add("", root, 0)
    except _TooManyError:
        keys.digests = {}
        keys.keep("", root)
    return ConfigKeys(keys.digests)


class _TooManyError(Exception):
    """There are more keys than `MOST`."""


class _Keys:
    def __init__(self, environment: Environment) -> None:
        self.digests: dict[str, bytes] = {}
        self._environment = environment
        self._variables: dict[str, bytes | None] = {}

    def add(self, path: str, value: JsonValue, depth: int) -> None:
        """Add what is at a path: its own keys if they can be named, else one value."""
        if not isinstance(value, (dict, list)) or not value or len(value) > WIDEST or depth == DEEPEST:
            self.keep(path, value)
        elif isinstance(value, dict):
            self._add_object(path, value, depth)
        elif any(isinstance(item, dict) for item in value):
            for index, item in enumerate(value):
                self.add(f"{path}[{index}]", item, depth + 1)
        else:
            self.keep(path, value)

    def _add_object(self, path: str, value: dict[str, JsonValue], depth: int) -> None:
        nameless: dict[str, JsonValue] = {}
        for name, item in value.items():
            if is_name(name):
                self.add(f"{path}.{name}" if path else name, item, depth + 1)
            else:
                nameless[name] = item
        if nameless:
            self.keep(path, nameless)

    def keep(self, path: str, value: JsonValue) -> None:
        if path.startswith(_BOOKKEEPING):
            return
        if len(self.digests) == MOST:
            raise _TooManyError
        text = repr(_canonical(value))
        if "${" in text:
            text += repr([(name, self._variable(name)) for name in sorted(set(referenced(text)))])
        self.digests[path] = digest(text)

    def _variable(self, name: str) -> bytes | None:
        """The hash of a variable's value, made once for all keys that refer to it: the value can be long."""
        if name not in self._variables:
            value = self._environment.get(name)
            self._variables[name] = None if value is None else digest(value)
        return self._variables[name]


def is_name(key: str) -> bool:
    """Whether a key of a config can be shown: it looks like a name, and neither like a secret nor like an account."""
    if key in _known:
        return True
    if not _looks_like_name(key):
        return False
    if len(_known) < _MOST_KNOWN:
        _known.add(key)
    return True


def _looks_like_name(key: str) -> bool:
    if not _NAME.fullmatch(key) or sum(map(str.isdigit, key)) > _MOST_DIGITS or redact(key) != key:
        return False
    words = _WORD.findall(key)
    is_wordy = len(key) <= _LONGEST_UNWORDY or sum(map(len, words)) >= _SHORTEST_WORDS * len(words)
    return is_wordy and all(len(word) <= _LONGEST_WORD for word in words)


def _canonical(value: JsonValue) -> object:
    """A form that is the same for whatever JSON does not tell apart: the order of keys, and 1 from 1.0."""
    if isinstance(value, dict):
        return tuple(sorted((name, _canonical(item)) for name, item in value.items()))
    if isinstance(value, list):
        return [_canonical(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
