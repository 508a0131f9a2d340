"""The syntax of systemd units, as far as services of gateways use it (systemd.syntax, systemd.exec)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gateway_core.services.environment_file import parse_environment_file
from gateway_core.services.manager import ServiceContent, is_secret, kept_environment, placing_environment

_WORD = re.compile(r"""(?:[^\s"'\\]++|\\(?:.|\Z)|"(?:[^"\\]++|\\.)*(?:"|\Z)|'(?:[^'\\]++|\\.)*(?:'|\Z))+""", re.DOTALL)
_PIECE = re.compile(
    r"""(?P<plain>[^"'\\]++)|"(?P<double>(?:[^"\\]++|\\.)*)"?|'(?P<single>(?:[^'\\]++|\\.)*)'?""", re.DOTALL
)
_ESCAPE = re.compile(r"\\(?:x(?P<hex>[0-9a-fA-F]{2})|(?P<octal>[0-7]{3})|(?P<letter>.))", re.DOTALL)
_LETTERS = {"n": "\n", "t": "\t", "r": "\r", "s": " ", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}
_SPECIFIER = re.compile(r"%(.)")
_VARIABLE = re.compile(r"\$(?:(?P<literal>\$)|\{(?P<braced>\w+)\}|(?P<bare>\w+))")
_EXECUTABLE_PREFIXES = "-:+!|"
_TRUE = ("1", "yes", "y", "true", "t", "on")
_LISTS = ("Environment", "EnvironmentFile", "UnsetEnvironment", "ExecStart")


Text = tuple[Path, str]
ReadEnvironment = Callable[[str], Iterable[Text]]
"""Gives the files that a path or pattern of `EnvironmentFile=` leads to; nothing if it leads nowhere."""


def read_unit(
    texts: Iterable[Text], specifiers: Mapping[str, str], read_environment: ReadEnvironment | None = None
) -> ServiceContent:
    """A unit and its drop-ins, in the order in which systemd reads them.

    `specifiers` gives what `%h` and the like stand for; an unknown one stays as written. Without `read_environment`
    its environment files are not followed.
    """
    settings = _Settings.of(texts)
    commands = settings.lists["ExecStart"]
    environment = _Environment(frozenset(_named_in(commands[0][1]) if commands else ()))
    for file, line in settings.lists["Environment"]:
        environment.set(_assignments(_words(line, specifiers)), file)
    files = [_filled(line, specifiers) for _, line in settings.lists["EnvironmentFile"]]
    missing = [name for name in files if read_environment and not environment.follow(name, read_environment)]
    for _, line in settings.lists["UnsetEnvironment"]:
        environment.unset(_words(line, specifiers))
    user = settings.last.get("User")
    return ServiceContent(
        argv=_command(commands[0][1], specifiers, environment.in_command) if commands else (),
        environment=environment.kept,
        holds_secret=bool(environment.secret_files),
        secret_files=tuple(dict.fromkeys(environment.secret_files)),
        user=_filled(user, specifiers) if user else None,
        occasional=settings.last.get("Type") == "oneshot",
        files=environment.files,
        command_file=commands[0][0] if commands else None,
        environment_files=tuple(name.removeprefix("-") for name in files),
        missing_files=tuple(missing),
        own_network=settings.own_network,
    )


@dataclass(slots=True)
class _Settings:
    """The settings of a unit that count: lists, each entry with its file, and the last values of the others."""

    lists: dict[str, list[Text]]
    last: dict[str, str]

    @classmethod
    def of(cls, texts: Iterable[Text]) -> _Settings:
        settings = cls({name: [] for name in _LISTS}, {})
        for file, text in texts:
            for key, value in _service_lines(text):
                settings.set(key, value, file)
        return settings

    @property
    def own_network(self) -> bool:
        private = self.last.get("PrivateNetwork", "").lower() in _TRUE
        return private or bool(self.last.get("NetworkNamespacePath"))

    def set(self, key: str, value: str, file: Path) -> None:
        if key not in self.lists:
            self.last[key] = value
        elif value:
            self.lists[key].append((file, value))
        else:
            self.lists[key].clear()


@dataclass(slots=True)
class _Environment:
    """The variables of a unit that are worth keeping, and the file that each comes from.

    Those that its command line names are filled in there, whatever they are called, and kept nowhere else.
    """

    named: frozenset[str] = frozenset()  # in the command line
    in_command: dict[str, str] = field(default_factory=dict)
    kept: dict[str, str] = field(default_factory=dict)
    files: dict[str, Path] = field(default_factory=dict)
    secret_files: list[Path] = field(default_factory=list)

    def set(self, assignments: Iterable[tuple[str, str]], file: Path) -> None:
        pairs = list(assignments)
        kept, secret = kept_environment(pairs)
        if secret:
            self.secret_files.append(file)
        self._take(kept, file)
        self._fill_in(pairs)

    def follow(self, name: str, read_environment: ReadEnvironment) -> bool:
        """Take what environment files may decide; `False` if the file has to be there, and is not."""
        path = name.removeprefix("-")
        if not path.startswith("/"):
            return True  # systemd ignores it
        found = list(read_environment(path))
        for file, text in found:
            pairs = list(parse_environment_file(text))
            self._take(placing_environment(pairs), file)
            self._fill_in(pairs)
        return bool(found) or name.startswith("-")

    def unset(self, words: Iterable[str]) -> None:
        for word in words:
            name, equals, value = word.partition("=")
            if not equals or self.kept.get(name) == value:
                self.kept.pop(name, None)
                self.files.pop(name, None)
            if not equals or self.in_command.get(name) == value:
                self.in_command.pop(name, None)

    def _fill_in(self, assignments: Iterable[tuple[str, str]]) -> None:
        self.in_command.update((name, value) for name, value in assignments if name in self.named)

    def _take(self, variables: Mapping[str, str], file: Path) -> None:
        self.kept.update(variables)
        self.files.update(dict.fromkeys(variables, file))


def _filled(text: str, specifiers: Mapping[str, str]) -> str:
    return _SPECIFIER.sub(lambda match: {"%": "%", **specifiers}.get(match[1], match[0]), text)


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
    return _filled(plain, specifiers)


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


def _named_in(command: str) -> Iterator[str]:
    """The variables in a command line, but those that hold secrets: they stay as written."""
    names = (match["braced"] or match["bare"] for match in _VARIABLE.finditer(command))
    return (name for name in names if name is not None and not is_secret(name))


def _command(value: str, specifiers: Mapping[str, str], variables: Mapping[str, str]) -> tuple[str, ...]:
    bare = value.lstrip(_EXECUTABLE_PREFIXES)
    words = _words(bare.removeprefix("@"), specifiers)
    if bare.startswith("@"):
        # The second word is only what the process is to be called.
        del words[1:2]

    def fill(match: re.Match[str]) -> str:
        return "$" if match["literal"] else variables.get(match["braced"] or match["bare"], match[0])

    filled: list[str] = []
    for word in words:
        alone = _VARIABLE.fullmatch(word)
        if alone is not None and alone["bare"] in variables:
            filled += variables[alone["bare"]].split()  # without braces it may be several words, or none
        else:
            filled.append(_VARIABLE.sub(fill, word))
    return tuple(filled)
