"""The syntax of the files that `EnvironmentFile=` of a systemd unit names (systemd.exec)."""

from __future__ import annotations

import re
from collections.abc import Iterator

_SKIPPED = re.compile(r"[ \t\r\n]*+(?:[#;][^\r\n]*+[ \t\r\n]*+)*")
_KEY = re.compile(r"[^=\r\n]*+")
_BLANKS = re.compile(r"[ \t]*+")
_QUOTED = re.compile(r"""'(?P<single>[^']*+)'?|"(?P<double>(?:[^"\\]++|\\.)*)\\?"?""", re.DOTALL)
_BARE = re.compile(r"(?:[^\r\n\\]++|\\.)*\\?", re.DOTALL)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_ESCAPED_IN_QUOTES = '"\\`$'
_NEWLINES = "\r\n"


def parse_environment_file(text: str) -> Iterator[tuple[str, str]]:
    """The assignments of the file as systemd reads them, in its order. Nothing in a value is expanded."""
    position = _end(_SKIPPED, text, 0)
    while position < len(text):
        key_end = _end(_KEY, text, position)
        key = text[position:key_end].rstrip()
        if text[key_end : key_end + 1] == "=":
            value, position = _value(text, key_end + 1)
            if _NAME.fullmatch(key):
                yield key, value
        else:
            position = key_end
        position = _end(_SKIPPED, text, position)


def _value(text: str, position: int) -> tuple[str, int]:
    """The value that begins there, and where it ends: quoted pieces, then the rest of the line."""
    pieces: list[str] = []
    position = _end(_BLANKS, text, position)
    while (quoted := _QUOTED.match(text, position)) is not None:
        single = quoted["single"]
        pieces.append(single if single is not None else _ESCAPE.sub(_unescape_quoted, quoted["double"]))
        position = _end(_BLANKS, text, quoted.end())
    end = _end(_BARE, text, position)
    return "".join((*pieces, _bare(text[position:end]))), end


def _bare(text: str) -> str:
    """A value without quotes: a backslash joins lines, or keeps the next character; blanks at the end are dropped."""
    kept = text.rstrip(" \t")
    if len(kept) < len(text) and (len(kept) - len(kept.rstrip("\\"))) % 2:
        kept = text[: len(kept) + 1]  # the first of those blanks is escaped
    return _ESCAPE.sub(lambda match: "" if match[1] in _NEWLINES else match[1], kept)


def _unescape_quoted(match: re.Match[str]) -> str:
    if match[1] in _ESCAPED_IN_QUOTES:
        return match[1]
    return "" if match[1] in _NEWLINES else match[0]


def _end(pattern: re.Pattern[str], text: str, position: int) -> int:
    match = pattern.match(text, position)
    return match.end() if match is not None else position
