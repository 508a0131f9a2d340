"""The syntax of systemd units, as far as services of gateways use it (systemd.syntax, systemd.exec)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from gateway_core.services.manager import ServiceContent, kept_environment

_WORD = re.compile(r"""(?:[^\s"'\\]++|\\(?:.|\Z)|"(?:[^"\\]++|\\.)*(?:"|\Z)|'(?:[^'\\]++|\\.)*(?:'|\Z))+""", re.DOTALL)
_PIECE = re.compile(
    r"""(?P<plain>[^"'\\]++)|"(?P<double>(?:[^"\\]++|\\.)*)"?|'(?P<single>(?:[^'\\]++|\\.)*)'?""", re.DOTALL
)
_ESCAPE = re.compile(r"\\(?:x(?P<hex>[0-9a-fA-F]{2})|(?P<octal>[0-7]{3})|(?P<letter>.))", re.DOTALL)
_LETTERS = {"n": "\n", "t": "\t", "r": "\r", "s": " ", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}
_SPECIFIER = re.compile(r"%(.)")
_VARIABLE = re.compile(r"\$(?:(?P<literal>\$)|\{(?P<braced>\w+)\}|(?P<bare>\w+))")
_EXECUTABLE_PREFIXES = "-:+!|"


def read_unit(texts: Iterable[str], specifiers: Mapping[str, str]) -> ServiceContent:
    """A unit and its drop-ins, in the order in which systemd reads them.

    `specifiers` gives what `%h` and the like stand for; an unknown one stays as written. `EnvironmentFile=` is not
    followed: such files exist to hold secrets.
    """
    lists: dict[str, list[str]] = {"Environment": [], "ExecStart": []}
    last: dict[str, str] = {}
    for key, value in (line for text in texts for line in _service_lines(text)):
        if key in lists and value:
            lists[key].append(value)
        elif key in lists:
            lists[key].clear()
        else:
            last[key] = value
    words = (word for line in lists["Environment"] for word in _words(line, specifiers))
    kept, secret = kept_environment(_assignments(words))
    commands = lists["ExecStart"]
    return ServiceContent(
        argv=_command(commands[0], specifiers, kept) if commands else (),
        environment=kept,
        holds_secret=secret,
        user=last.get("User") or None,
        occasional=last.get("Type") == "oneshot",
    )


def _service_lines(text: str) -> Iterator[tuple[str, str]]:
    section = ""
    for line in _logical_lines(text):
        if line.startswith("["):
            section = line
        elif section == "[Service]" and "=" in line:
            key, _, value = line.partition("=")
            yield key.rstrip(), value.lstrip()


def _logical_lines(text: str) -> Iterator[str]:
    """Lines without comments; a backslash at the end of a line joins it with the next one that is no comment."""
    begun: list[str] = []
    for raw in text.split("\n"):
        line = raw.strip()
        if line.startswith(("#", ";")) or (not line and not begun):
            continue
        begun.append(line.removesuffix("\\"))
        if not line.endswith("\\"):
            yield " ".join(begun).strip()
            begun = []
    if begun:
        yield " ".join(begun).strip()


def _words(value: str, specifiers: Mapping[str, str]) -> list[str]:
    """The words of a value: blanks separate, quotes group, backslashes escape, `%x` is replaced."""
    return [_unquoted(match[0], specifiers) for match in _WORD.finditer(value)]


def _unquoted(word: str, specifiers: Mapping[str, str]) -> str:
    plain = "".join(_ESCAPE.sub(_unescape, piece) for piece in _pieces(word))
    return _SPECIFIER.sub(lambda match: {"%": "%", **specifiers}.get(match[1], match[0]), plain)


def _pieces(word: str) -> Iterator[str]:
    position = 0
    while position < len(word):
        escape = _ESCAPE.match(word, position)
        match = escape or _PIECE.match(word, position)
        if match is None:  # a lone backslash at the very end
            return
        yield match[0] if escape else next(part for part in match.groups() if part is not None)
        position = match.end()


def _unescape(match: re.Match[str]) -> str:
    if match["hex"]:
        return chr(int(match["hex"], 16))
    if match["octal"]:
        return chr(int(match["octal"], 8))
    return _LETTERS.get(match["letter"], match["letter"])


def _assignments(words: Iterable[str]) -> Iterator[tuple[str, str]]:
    for word in words:
        name, equals, value = word.partition("=")
        if equals:
            yield name, value


def _command(value: str, specifiers: Mapping[str, str], variables: Mapping[str, str]) -> tuple[str, ...]:
    bare = value.lstrip(_EXECUTABLE_PREFIXES)
    words = _words(bare.removeprefix("@"), specifiers)
    if bare.startswith("@"):
        # The second word is only what the process is to be called.
        del words[1:2]

    def fill(match: re.Match[str]) -> str:
        return "$" if match["literal"] else variables.get(match["braced"] or match["bare"], match[0])

    return tuple(_VARIABLE.sub(fill, word) for word in words)
