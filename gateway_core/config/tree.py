"""Typed questions to a config tree; an answer of the wrong type is an issue that never quotes the value."""

from collections.abc import Callable, Iterator
from itertools import islice

from gateway_core.config.errors import ConfigPath, issue_at
from gateway_core.config.values import LAST_PORT, Endpoint, JsonValue, endpoint, valid_port
from gateway_core.snapshot import ConfigIssue

LONGEST_TEXT = 4096
MOST_ENTRIES = 500
"""More browser profiles or agents than anybody has; a hostile file shall not fill the memory."""


class SettingsTree:
    """Reads single settings. `errors` make the config invalid for its gateway; `remarks` do not."""

    def __init__(self, root: dict[str, JsonValue], substitute: Callable[[str], str]) -> None:
        self.errors: list[ConfigIssue] = []
        self.remarks: list[ConfigIssue] = []
        self._root = root
        self._substitute = substitute

    def text(self, *path: str | int) -> str | None:
        """A string, with its variables replaced."""
        value, present = self._find(path)
        if not isinstance(value, str):
            if present:
                self._wrong(path, "Must be a string.")
            return None
        text = self._substitute(value[: LONGEST_TEXT + 1])
        if len(text) <= LONGEST_TEXT and text.isprintable():
            return text
        self._ignored(path, "Was ignored: it is very long or holds control characters.")
        return None

    def choice(self, allowed: tuple[str, ...], *path: str | int) -> str | None:
        """A string that must be one of a few."""
        text = self.text(*path)
        if text is None or text in allowed:
            return text
        self._wrong(path, f"Must be one of {', '.join(allowed)}.")
        return None

    def flag(self, *path: str | int) -> bool:
        """`true` or `false`; absent is false."""
        value, present = self._find(path)
        if present and not isinstance(value, bool):
            self._wrong(path, "Must be true or false.")
        return value is True

    def port(self, *path: str | int) -> int | None:
        """A port number."""
        value, present = self._find(path)
        number = valid_port(value) if isinstance(value, (int, float)) else None
        if present and number is None:
            self._wrong(path, f"Must be a whole number from 1 to {LAST_PORT}.")
        return number

    def endpoint(self, *path: str | int) -> Endpoint | None:
        """Where a URL leads."""
        url = self.text(*path)
        found = endpoint(url) if url else None
        if url and found is None:
            self._ignored(path, "Was ignored: it is not an http or ws URL.")
        return found

    def names(self, *path: str | int) -> Iterator[str]:
        """The keys of an object; nothing if there is none."""
        value, present = self._find(path)
        if present and not isinstance(value, dict):
            self._wrong(path, "Must be an object.")
        if isinstance(value, dict):
            self._warn_of_many(path, len(value))
            yield from islice((name for name in value if name.isprintable()), MOST_ENTRIES)

    def positions(self, *path: str | int) -> Iterator[int]:
        """The positions of a list; nothing if there is none."""
        value, present = self._find(path)
        if present and not isinstance(value, list):
            self._wrong(path, "Must be a list.")
        if isinstance(value, list):
            self._warn_of_many(path, len(value))
            yield from range(min(len(value), MOST_ENTRIES))

    def _find(self, path: ConfigPath) -> tuple[JsonValue, bool]:
        """The value at that path, and whether there is one; an obstacle on the way is an error."""
        value: JsonValue = self._root
        for depth, step in enumerate(path):
            if isinstance(value, dict) and isinstance(step, str):
                if step not in value:
                    return None, False
                value = value[step]
            elif isinstance(value, list) and isinstance(step, int):
                value = value[step]
            else:
                self._wrong(path[:depth], "Must be an object.")
                return None, False
        return value, True

    def _wrong(self, path: ConfigPath, message: str) -> None:
        issue = issue_at(path, message)
        if issue not in self.errors:
            self.errors.append(issue)

    def _ignored(self, path: ConfigPath, message: str) -> None:
        self.remarks.append(issue_at(path, message))

    def _warn_of_many(self, path: ConfigPath, count: int) -> None:
        if count > MOST_ENTRIES:
            self._ignored(path, f"Only the first {MOST_ENTRIES} of {count} entries were read.")
