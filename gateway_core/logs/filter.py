"""Which lines are wanted."""

from __future__ import annotations

import re

from gateway_core.logs.model import Level, LogLine

_WORD = re.compile(r"\w+", re.ASCII)
_LITERAL = re.compile(r"[\w @,:;/<>=!%&'~`-]*", re.ASCII)
"""Patterns that mean just themselves."""
_ADDED = "[redacted]"


class LogFilter:
    """Lines of at least that level in which the regular expression is found, whatever the case of letters."""

    def __init__(self, level: Level | None = None, pattern: str = "") -> None:
        """Raises `re.error` for a pattern that is no regular expression."""
        self.level = level
        self.pattern = pattern
        self._search = re.compile(pattern, re.IGNORECASE).search if pattern else None
        self._word = _telling_word(pattern)
        self._level_names = _quoted_names(level)

    @property
    def wants_all(self) -> bool:
        return self.level is None and self._search is None

    def wants(self, line: LogLine) -> bool:
        if self.level is not None and (line.level is None or line.level < self.level):
            return False
        return self._search is None or bool(self._search(line.message) or self._search(line.subsystem or ""))

    def may_want(self, data: bytes) -> bool:
        """Whether a raw line is worth parsing: quick, and never wrong with a no."""
        if data.startswith(b"{") and not self._may_have_level(data):
            return False
        return self._may_match(data)

    def may_want_any(self, block: bytes) -> bool:
        """Whether any of these raw lines is worth parsing, at a fraction of the cost."""
        structured = block.startswith(b"{") and block.count(b"\n{") == block.count(b"\n")
        return self._may_match(block) and (self._may_have_level(block) or not structured)

    def _may_have_level(self, data: bytes) -> bool:
        return not self._level_names or any(name in data for name in self._level_names)

    def _may_match(self, data: bytes) -> bool:
        return not self._word or self._word in data.lower() or not _plain_ascii(data)


def _telling_word(pattern: str) -> bytes:
    """A word that a line cannot do without if the pattern is to be found in it; empty if there is none."""
    if not _LITERAL.fullmatch(pattern):
        return b""
    word = max(_WORD.findall(pattern.lower()), key=len, default="")
    return b"" if word in _ADDED else word.encode()


def _quoted_names(level: Level | None) -> tuple[bytes, ...]:
    names = [known.name for known in Level if level is not None and known >= level]
    return tuple(f'"{spelled}"'.encode() for name in names for spelled in (name, name.lower()))


def _plain_ascii(data: bytes) -> bool:
    r"""Whether the bytes read the same after parsing and redaction: no `\u…` and nothing that a terminal acts upon."""
    return data.isascii() and b"\\u" not in data and b"\x1b" not in data
