"""Worst cases for regular expressions, made from their syntax, and the growth of the time that those take."""

from __future__ import annotations

import re
import re._constants as codes  # type: ignore[import-not-found]  # typeshed knows it by its older name
import re._parser as syntax  # type: ignore[import-not-found]
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias, TypeVar

SMALL, LARGE = 2_000, 8_000  # characters
_LINEAR = LARGE / SMALL
MOST_GROWTH = 2 * _LINEAR
_STEPS = (24, 400)  # sizes before those, so that what grows exponentially is noticed early
_ENDS = ("\0!", '"\n')
_NOTHING_S = 0.0002  # of a text of that size; were it quadratic, that were some ten steps in a nanosecond
_ATTEMPTS = 7
_LONGEST_S = 1.5  # of the processor, for one attack at all sizes: the pattern does not come to an end
_REPEATS = (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT)
_USUAL = "a0 A_-./:;,=\"'\\$%@#x!~()[]{}<>|&?*+^`\t\n\r"
_CLASSES = {
    codes.CATEGORY_DIGIT: r"\d",
    codes.CATEGORY_NOT_DIGIT: r"\D",
    codes.CATEGORY_SPACE: r"\s",
    codes.CATEGORY_NOT_SPACE: r"\S",
    codes.CATEGORY_WORD: r"\w",
    codes.CATEGORY_NOT_WORD: r"\W",
}

Parsed: TypeAlias = syntax.SubPattern  # of any kind, for typeshed does not describe what the parser returns
Items = Sequence[tuple[object, Parsed]]


Text = TypeVar("Text", str, bytes)


@dataclass(frozen=True, order=True)
class Attack:
    """A text that begins so, repeats a piece, and ends so."""

    begin: str
    piece: str
    end: str

    def text(self, size: int) -> str:
        return self.begin + self.piece * max(1, size // len(self.piece)) + self.end


@dataclass(frozen=True)
class Finding:
    """An attack under which the time of a pattern grows faster than its text."""

    attack: Attack
    growth: float  # of the time, while the text grew by `LARGE / SMALL`

    def __str__(self) -> str:
        return f"{self.attack!r}: {self.growth:.0f} times as long for {_LINEAR:.0f} times the text"


def superlinear(
    pattern: re.Pattern[str] | re.Pattern[bytes], method: str, longest_s: float = _LONGEST_S
) -> Finding | None:
    """The first attack under which that method of the pattern is not linear, or takes longer than that at all sizes."""
    call = _caller(pattern, method)
    for attack in sorted(_attacks(pattern)):
        grown = growth(call, attack.text, longest_s)
        if grown > MOST_GROWTH:
            return Finding(attack, grown)
    return None


def growth(call: Callable[[Text], object], text: Callable[[int], Text], longest_s: float = _LONGEST_S) -> float:
    """How many times as long a call takes for `LARGE` characters as for `SMALL` ones; 0 if it takes next to nothing."""
    texts = [text(size) for size in (*_STEPS, SMALL, LARGE)]
    try:
        with _processor_time(longest_s):
            *_, longest = [_duration(call, text) for text in texts]
            ratio = 0.0 if longest < _NOTHING_S else float("inf")
            for _ in range(_ATTEMPTS):  # others use the processor, too
                if ratio > MOST_GROWTH:
                    ratio = min(ratio, _duration(call, texts[-1]) / _duration(call, texts[-2]))
            return ratio
    except TimeoutError:
        return float("inf")


def _caller(pattern: re.Pattern[str] | re.Pattern[bytes], method: str) -> Callable[[str], object]:
    call: Callable[..., object] = getattr(pattern, "findall" if method in ("finditer", "split") else method)
    if method in ("sub", "subn"):
        call = partial(call, pattern.pattern[:0])
    if isinstance(pattern.pattern, str):
        return call
    return lambda text: call(text.encode("latin-1", "replace"))


def _duration(call: Callable[[Text], object], text: Text) -> float:
    begun = time.thread_time()
    call(text)
    return time.thread_time() - begun


@contextmanager
def _processor_time(seconds: float) -> Iterator[None]:
    """Raise `TimeoutError` in what takes longer; `re` lets signals through. In the main thread."""

    def give_up(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGVTALRM, give_up)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def _attacks(pattern: re.Pattern[str] | re.Pattern[bytes]) -> set[Attack]:
    source = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
    items: Items = list(syntax.parse(source, pattern.flags & ~(re.UNICODE | re.DEBUG)))
    pieces = {("", _sample(items)), *_repeated(items, "")}
    if pattern.flags & re.MULTILINE:
        pieces |= {(begin, lines) for begin, piece in pieces for lines in _line_by_line(piece)}
    return {Attack(begin, piece, end) for begin, piece in pieces if piece for end in _ENDS}


def _line_by_line(piece: str) -> tuple[str, ...]:
    """Pieces whose repetition begins many lines: a search begins at each of them, and may go on through the others."""
    return ("\n", f"{piece}\n", piece.replace(" ", "\n"))


def _repeated(items: Items, begin: str) -> Iterator[tuple[str, str]]:
    """What stands before each repetition, and what may be repeated there and from there on."""
    for position, (code, value) in enumerate(items):
        before = begin + _sample(items[:position])
        rest = _sample(items[position + 1 :])
        for inner in _inner(code, value):
            yield from _repeated(inner, before)
            once = _sample(inner)
            if code in _REPEATS:
                yield from ((before, once), ("", before + once), ("", before), (before, once + rest), (before, rest))
                yield from (("", before + once + rest), ("", once + rest))
                yield from ((before, choice) for choice in _choices(inner))
            elif code is codes.BRANCH:
                yield from (("", before + once), (before, once))


def _inner(code: object, value: Parsed) -> list[Items]:
    if code in _REPEATS:
        return [list(value[2])]
    if code is codes.SUBPATTERN:
        return [list(value[3])]
    if code is codes.BRANCH:
        return [list(branch) for branch in value[1]]
    if code is codes.ATOMIC_GROUP:
        return [list(value)]
    return []


def _choices(items: Items) -> Iterator[str]:
    """Each single character that a repeated set names, and each branch of a repeated choice."""
    for code, value in items:
        if code is codes.IN:
            yield from (chr(inner) for kind, inner in value if kind is codes.LITERAL)
        for inner in _inner(code, value):
            yield _sample(inner)
            yield from _choices(inner)


def _sample(items: Items) -> str:
    """A text that these items match, as far as that is easily made."""
    return "".join(_sample_of(code, value) for code, value in items)


def _sample_of(code: object, value: Parsed) -> str:
    if code is codes.LITERAL:
        return chr(value)
    if code is codes.NOT_LITERAL:
        return next(character for character in _USUAL if ord(character) != value)
    if code is codes.ANY:
        return "a"
    if code is codes.IN:
        return _member(value)
    inner = _inner(code, value)
    times = max(1, value[0]) if code in _REPEATS else 1
    return _sample(inner[0]) * times if inner else ""


def _member(members: Parsed) -> str:
    """A character of a set, one that ends little else."""
    negated = members[0][0] is codes.NEGATE
    tests = [_test(code, value) for code, value in members if code is not codes.NEGATE]
    candidates = _USUAL + "".join(map(chr, range(1, 0x2100)))
    return next((one for one in candidates if any(test(one) for test in tests) is not negated), "")


def _test(code: object, value: Parsed) -> Callable[[str], bool]:
    if code is codes.LITERAL:
        return lambda one: ord(one) == value
    if code is codes.RANGE:
        low, high = value
        return lambda one: low <= ord(one) <= high
    in_class = re.compile(_CLASSES[value])
    return lambda one: in_class.fullmatch(one) is not None
