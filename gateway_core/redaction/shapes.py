"""Secrets that are known by their shape, whatever stands beside them: the rows of `shapes.toml`."""

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from operator import itemgetter
from pathlib import Path
from typing import NotRequired, TypedDict

from gateway_core.redaction.names import REDACTED

SHORTEST = 11  # characters without a blank: a secret of a known shape has at least so many

_CHARACTERS = {
    "word": r"[\w-]",
    "alnum": r"[A-Za-z0-9]",
    "hex": r"[0-9A-Fa-f]",
    "upper": r"[A-Z0-9]",
    "base64": r"[\w+/=-]",
    "dotted": r"[\w.-]",
}
_BEGINNING = r"(?<![A-Za-z0-9])"
_HAS_DIGIT_OR_BOTH_CASES = re.compile(r"\d|[a-z][^a-z\s]*[A-Z]|[A-Z][^A-Z\s]*[a-z]")


class Prefix(TypedDict):
    """A row of the file: secrets that begin alike."""

    provider: str
    begins: list[str]
    characters: str
    at_least: int
    words: NotRequired[bool]


class Pattern(TypedDict):
    """A row of the file: secrets that only a pattern tells."""

    provider: str
    needs: str
    at_least: int
    pattern: str


class _File(TypedDict):
    prefix: list[Prefix]
    pattern: list[Pattern]


@dataclass(frozen=True, slots=True)
class Shapes:
    """The rows, compiled."""

    prefixes: tuple[Prefix, ...]
    patterns: tuple[Pattern, ...]
    begins: re.Pattern[str]  # a sign that is no letter, and any prefix behind it: quick
    whole_pattern: str  # a secret with a prefix, or a name that begins so
    needing: tuple[tuple[int, str, str], ...]  # length of a word, text, pattern

    @property
    def compiled(self) -> Iterator[re.Pattern[str]]:
        """Every pattern, for tests."""
        yield self.begins
        yield _compiled(self.whole_pattern)
        yield from (_compiled(pattern) for *_, pattern in self.needing)


@cache
def shapes() -> Shapes:
    file = _read()
    patterns = tuple(file["pattern"])
    return Shapes(
        prefixes=tuple(file["prefix"]),
        patterns=patterns,
        begins=_beginnings([begin for row in file["prefix"] for begin in row["begins"]]),
        whole_pattern=f"{_BEGINNING}(?:(?P<words>{_any_row(file, words=True)})|{_any_row(file, words=False)})",
        needing=tuple(
            (row["at_least"], row["needs"], row["pattern"]) for row in sorted(patterns, key=itemgetter("at_least"))
        ),
    )


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """Each only once it is needed: most runs need none."""
    return re.compile(pattern, re.ASCII)


def long_words(text: str) -> list[str]:
    """The words of the text that are long enough for a secret of a known shape."""
    return [word for word in text.split() if len(word) >= SHORTEST]


def holds_any(text: str, parts: Sequence[str]) -> bool:
    for part in parts:  # noqa: SIM110 - half the time of any(), and nearly all of it is spent here
        if part in text:
            return True
    return False


def hide_shapes(text: str, words: Sequence[str]) -> str:
    """The text without secrets of a known shape; `words` are its long words."""
    if not words:
        return text
    known = shapes()
    begins = known.begins.search
    for word in words:
        if begins(f" {word}"):
            text = _compiled(known.whole_pattern).sub(_hidden, text)
            break
    longest = max(map(len, words))
    for least, needed, pattern in known.needing:
        if longest < least:
            break
        if needed in text:
            text = _compiled(pattern).sub(REDACTED, text)
    return text


def _read() -> _File:
    return tomllib.loads(Path(__file__).with_name("shapes.toml").read_text("utf-8"))  # type: ignore[return-value]  # its form is tested


def _beginnings(begins: Sequence[str]) -> re.Pattern[str]:
    first, second = ("".join(sorted({re.escape(begin[at]) for begin in begins})) for at in range(2))
    return re.compile(rf"[^A-Za-z0-9](?=[{first}][{second}]){_any_of(begins)}")


def _any_of(texts: Iterable[str]) -> str:
    """A pattern for any of the texts, those with one first letter together: that is quicker to rule out."""
    by_letter: dict[str, list[str]] = defaultdict(list)
    for text in texts:
        by_letter[text[0]].append(re.escape(text[1:]))
    return "(?:" + "|".join(f"{letter}(?:{'|'.join(rests)})" for letter, rests in by_letter.items()) + ")"


def _any_row(file: _File, *, words: bool) -> str:
    return "|".join(_row_pattern(row) for row in file["prefix"] if row.get("words", False) is words)


def _row_pattern(row: Prefix) -> str:
    characters, least = _CHARACTERS[row["characters"]], row["at_least"]
    return f"{_any_of(row['begins'])}{characters}{{{least},}}+"


def _hidden(match: re.Match[str]) -> str:
    found = match[0]
    if match["words"]:
        return REDACTED
    begin = shapes().begins.match(f" {found}")
    rest = found[begin.end() - 1 :] if begin else found
    return REDACTED if rest.isupper() or _HAS_DIGIT_OR_BOTH_CASES.search(rest) else found
