"""Regular expressions that users type, searched for in what anybody may have written: for a limited time.

`re` comes to no end with some patterns (`(a+)+$`), cannot be stopped, and lets no other thread work meanwhile. So what
can repeat itself is searched for by `regex`, which is imported only then.
"""

from __future__ import annotations

import re
import time
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import regex

Found = TypeVar("Found")

_STRAIGHT = re.compile(r"[^*+?{(]*")  # patterns without repetitions and groups, whose time is linear in `re`, too
_PIECE = re.compile(
    r"\\N\{[^}]*+\}?+|\\.?+|\(\?#[^)]*+|(?P<set>\[\^?+\]?+(?:[^\]\\]|\\.?+)*)|(?P<brace>\{(?![0-9]*+(?:,[0-9]*+)?\}))",
    re.DOTALL,
)
_IN_SET = re.compile(r"\\.?+|(?P<bracket>\[)", re.DOTALL)
_LONGEST = 500  # characters: what `regex` makes of a fixed text grows with the cube of it, whatever its time limit
_EACH_TEXT_S = 0.0002  # of a scan, for each of its texts: many of them make no pattern a slow one


class NotAPatternError(ValueError):
    """A typed text is no regular expression: `reason` says why, the whole also where."""

    def __init__(self, reason: str, position: int | None = None) -> None:
        super().__init__(reason if position is None else f"{reason} at position {position}")
        self.reason = reason


class PatternTooSlowError(Exception):
    """A pattern has taken too long, and is given up."""

    def __init__(self) -> None:
        super().__init__("This pattern takes too long on these lines; make it simpler.")


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a pattern may take, in seconds of the processor, before it is given up."""

    text_s: float  # in one text
    scan_s: float | None = None  # in the texts of one scan, besides what each of them may take anyway
    shared: bool = False  # other threads work meanwhile; asking them to takes longer than most searches


IN_THREAD = Patience(1.0, shared=True)
ON_LOOP = Patience(0.05, scan_s=0.5)


class UserPattern:
    r"""A regular expression, whatever the case of letters. Once given up, searching raises `PatternTooSlowError`.

    It means what it means to `re`, but for rare signs in `\\w` and `\\s`.
    """

    __slots__ = ("_left_s", "_limited", "_linear", "_patience", "given_up", "text")

    def __init__(self, text: str, patience: Patience = IN_THREAD, *, multiline: bool = False) -> None:
        """Raises `NotAPatternError`. `multiline`: `^` and `$` also stand at the ends of lines."""
        self.text = text
        self.given_up = False
        self._patience = patience
        self.begin_scan()
        try:
            linear = _compiled(text, re.IGNORECASE | (re.MULTILINE if multiline else 0))
            straight = _STRAIGHT.fullmatch(text) is not None
            if not straight and len(text) > _LONGEST:
                raise NotAPatternError(f"it is longer than {_LONGEST} characters")
            self._limited = None if straight else _limited(text, multiline=multiline)
        except RecursionError as error:
            raise NotAPatternError("it is nested too deeply") from error
        except OverflowError as error:
            raise NotAPatternError(str(error)) from error
        self._linear = linear if straight else None

    def begin_scan(self) -> None:
        """Let what has been searched so far count no more: each scan of many texts has a time of its own."""
        self._left_s = self._patience.scan_s or 0.0

    def finds(self, text: str) -> bool:
        """Whether it is found in the text, and be it as nothing."""
        if self._linear is not None:
            return self._linear.search(text) is not None
        limit_s, shared = self._patience.text_s, self._patience.shared
        return self._in_time(lambda limited: limited.search(text, timeout=limit_s, concurrent=shared) is not None)

    def spans(self, text: str) -> Iterable[tuple[int, int]]:
        """Where it begins and ends in the text, wherever it is more than nothing."""
        if self._linear is not None:
            return (found.span() for found in self._linear.finditer(text) if found[0])
        limit_s, shared = self._patience.text_s, self._patience.shared  # the time is that of the whole iteration
        return self._in_time(
            lambda limited: [
                found.span() for found in limited.finditer(text, timeout=limit_s, concurrent=shared) if found[0]
            ]
        )

    def _in_time(self, search: Callable[[regex.Pattern[str]], Found]) -> Found:
        if self.given_up or self._limited is None:
            raise PatternTooSlowError
        began_s = time.thread_time() if self._patience.scan_s else 0.0
        try:
            found = search(self._limited)
            if self._patience.scan_s:
                self._spend(time.thread_time() - began_s)
        except (TimeoutError, MemoryError):
            self.given_up = True
            raise PatternTooSlowError from None
        return found

    def _spend(self, took_s: float) -> None:
        """Raises `TimeoutError` for the text with which the scan has become too long."""
        self._left_s += _EACH_TEXT_S - took_s
        if self._left_s < 0:
            raise TimeoutError


def _compiled(text: str, flags: int) -> re.Pattern[str]:
    """The pattern as `re` understands it, whose words for mistakes users read."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # of what a later Python may understand otherwise
        try:
            return re.compile(text, flags)
        except re.error as error:
            raise NotAPatternError(error.msg, error.pos) from error
        except ValueError as error:  # of flags that exclude each other
            raise NotAPatternError(str(error)) from error


def _limited(text: str, *, multiline: bool) -> regex.Pattern[str]:
    import regex

    flags = regex.VERSION0 | regex.IGNORECASE | (regex.MULTILINE if multiline else 0)
    try:
        return regex.compile(_PIECE.sub(_as_in_re, text), flags)
    except (regex.error, ValueError) as error:
        raise NotAPatternError(str(error)) from error


def _as_in_re(piece: re.Match[str]) -> str:
    """The same piece of a pattern without what only `regex` understands: `a{e}`, `[[:alpha:]]`."""
    if piece["brace"]:
        return r"\{"
    if piece["set"]:
        return "[" + _IN_SET.sub(lambda found: r"\[" if found["bracket"] else found[0], piece["set"][1:])
    return piece[0]
