"""Lines fit to show, made of raw lines: selected, parsed, assigned to their instance, redacted and cut."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from threading import Event

from gateway_core.logs.file_lines import Spans, every_line
from gateway_core.logs.model import Level, LogLine
from gateway_core.logs.records import LEVELS, LogRecord, RawLine, parse
from gateway_core.logs.writers import Assignment, Writer
from gateway_core.redaction.across_lines import KeyWatch, hide_after
from gateway_core.redaction.terminal import printable
from gateway_core.redaction.text import redact
from gateway_core.user_patterns import UserPattern

_WORD = re.compile(r"\w+", re.ASCII)
_LITERAL = re.compile(r"[\w @,:;/<>=!%&'~`-]*", re.ASCII)  # patterns that mean just themselves
_ADDED = "[redacted]"
LONGEST_MESSAGE = 8_000  # characters of a message that are shown
_LONGEST_SUBSYSTEM = 60
_KEY_TITLE = b"PRIVATE KEY"
"""Before and behind a private key: without having seen it nobody can tell the key's lines from other short ones."""
_BETWEEN_WORDS = " \n\t,;&\"'"


class LogFilter:
    """Lines of at least that level in which the regular expression is found, whatever the case of letters."""

    def __init__(self, level: Level | None = None, pattern: str = "") -> None:
        """Raises `NotAPatternError` for a pattern that is no regular expression."""
        self.level = level
        self.pattern = pattern
        self._finds = UserPattern(pattern).finds if pattern else None
        self._word = _telling_word(pattern)
        self._levels = _LevelSigns(level) if level is not None else None
        self._telling = self._levels.anywhere if self._levels else _telling(self._word)

    def wants(self, line: LogLine) -> bool:
        """Raises `PatternTooSlowError`."""
        return self.wants_level(line.level) and (
            self._finds is None or self._finds(line.message) or self._finds(line.subsystem or "")
        )

    def wants_level(self, level: Level | None) -> bool:
        return self.level is None or (level is not None and level >= self.level)

    def may_want(self, data: bytes) -> bool:
        """Whether a raw line is worth parsing: quick, and never wrong with a no."""
        return (self._levels is None or self._levels.may_be_in(data)) and self._may_match(data)

    def worth_parsing(self, block: bytes) -> Spans:
        """The lines of a block that `may_want` may say yes to, at a fraction of what it costs to ask it of each.

        With them come the line before each, and the last one, which stands before a line of another block.
        """
        if self._telling is None or _KEY_TITLE in block:
            return every_line(block) if block.strip(b"\n") else ((len(block), len(block)),)
        if (self._levels is None or self._levels.may_be_in_any(block)) and self._may_match(block):
            return reversed(list(_lines_with(self._telling, block)))
        return ((block.rfind(b"\n") + 1, len(block)),)

    def _may_match(self, data: bytes) -> bool:
        return not self._word or self._word in data.lower() or not _plain_ascii(data)


class _LevelSigns:
    """What a line cannot do without that has a level or a higher one, as `records` reads levels."""

    def __init__(self, level: Level) -> None:
        names = [name for name, known in LEVELS.items() if known >= level]
        failures = ("error", "fatal", "exception") if level <= Level.ERROR else ()
        self._words = (*(name.lower().encode() for name in names), *(word.encode() for word in failures))
        # Each of these begins with a letter as it is: only so `re` skips what begins with another at full speed.
        plain = [rf"{name}[: \t\v\f\r\x1c-\x1f\x80-\xff]" for name in names]
        plain.append("\x1b")  # colours may stand in between
        if failures:
            plain += [rf"{kind}(?: \[[^\n\]]{{1,200}}\])?:" for kind in ("Error", "Exception")]
            plain += [rf"{spelled}:" for word in ("error", "fatal") for spelled in _either_case(word)]
        quoted = [f'"{spelled}"' for name in names for spelled in (name, name.lower())]
        self._quoted = tuple(name.encode() for name in quoted)
        self._plain = re.compile("|".join(plain).encode())
        self.anywhere = re.compile("|".join((*plain, *quoted)).encode())

    def may_be_in(self, data: bytes) -> bool:
        if data.startswith(b"{"):
            return any(name in data for name in self._quoted)
        return self._plain.search(data) is not None

    def may_be_in_any(self, block: bytes) -> bool:
        if block.startswith(b"{") and block.count(b"\n{") == block.count(b"\n"):
            return any(name in block for name in self._quoted)
        lowered = block.lower()
        return b"\x1b" in block or any(word in lowered for word in self._words)


def _either_case(word: str) -> Iterator[str]:
    rest = "".join(f"[{letter}{letter.upper()}]" for letter in word[1:])
    yield from (f"{word[0]}{rest}", f"{word[0].upper()}{rest}")


def _telling_word(pattern: str) -> bytes:
    """A word that a line cannot do without if the pattern is to be found in it; empty if there is none."""
    if not _LITERAL.fullmatch(pattern):
        return b""
    word = max(_WORD.findall(pattern.lower()), key=len, default="")
    return b"" if word in _ADDED else word.encode()


def _telling(word: bytes) -> re.Pattern[bytes] | None:
    """What is in each line that may hold the word."""
    return re.compile(re.escape(word) + rb"|[\x80-\xff\x1b]|\\u", re.IGNORECASE) if word else None


def _lines_with(telling: re.Pattern[bytes], block: bytes) -> Iterator[tuple[int, int]]:
    """Where the lines begin and end in which the pattern is found, each line before one of them, and the last line.

    The pattern matches no line break.
    """
    begin, end = 0, -1  # of the line that was told last
    while found := telling.search(block, end + 1):
        before, begin = end, block.rfind(b"\n", end + 1, found.start()) + 1 or end + 1
        if begin > before + 1:
            yield block.rfind(b"\n", before + 1, begin - 1) + 1 or before + 1, begin - 1
        end = block.find(b"\n", found.end())
        if end < 0:
            end = len(block)
        yield begin, end
    if end < len(block):
        yield block.rfind(b"\n", end + 1) + 1 or end + 1, len(block)


def _plain_ascii(data: bytes) -> bool:
    r"""Whether the bytes read the same after parsing and redaction: no `\u…` and nothing that a terminal acts upon."""
    return data.isascii() and b"\\u" not in data and b"\x1b" not in data


class CancelledReadError(Exception):
    """A reading of log lines was cancelled."""


@dataclass(frozen=True, slots=True)
class LineSelection:
    """The lines that are wanted, and until when."""

    instances: frozenset[str]  # lines that are certainly of other instances are left out
    only: LogFilter = field(default_factory=LogFilter)
    until: datetime | None = None
    """The end of the past, if it is not now; later lines are read as if they were appended."""
    cancelled: Event = field(default_factory=Event)
    """Once set, all reading ends with `CancelledReadError`."""


class Interpreter:
    """Makes lines fit to show out of the raw lines of one log, read in one direction."""

    def __init__(
        self,
        writers: Sequence[Writer],
        wanted: LineSelection,
        parse_line: Callable[[RawLine], LogRecord] = parse,
        *,
        backwards: bool = False,
        encoded: bool = False,
    ) -> None:
        """`encoded`: the raw lines do not hold what was logged as it was written."""
        self._assignment = Assignment(writers)
        self._wanted = wanted
        self._parse = parse_line
        self._backwards = backwards
        self._watches: dict[str, KeyWatch] = {}
        self._last: dict[str, RawLine] = {}
        self._may_want: Callable[[bytes], bool] = bool if encoded else wanted.only.may_want

    def lines(self, raws: Iterable[RawLine], source: str) -> Iterator[LogLine]:
        only, cancelled = self._wanted.only, self._wanted.cancelled
        for raw, before, in_key in self._beside_others(raws, source):
            if cancelled.is_set():
                raise CancelledReadError
            if raw.data and self._may_want(raw.data):
                line = self._line(raw, before, source, in_key=in_key)
                if line is not None and only.wants(line):
                    yield line

    def pass_by(self, raws: Iterable[RawLine], source: str) -> None:
        """Take notice of lines that are not shown, but stand next to the first that will be."""
        for _ in self._beside_others(raws, source):
            pass

    def _beside_others(self, raws: Iterable[RawLine], source: str) -> Iterator[tuple[RawLine, RawLine | None, bool]]:
        """Each line, the one that stands before it in the log, and whether it is within a private key."""
        watch = self._watches.setdefault("" if self._backwards else source, KeyWatch(backwards=self._backwards))
        for raw, before in _with_line_before(raws) if self._backwards else self._with_last(raws, source):
            titled = _KEY_TITLE in raw.data
            if titled or watch.active:
                yield raw, before, watch.is_inside(raw.data.decode("utf-8", "replace") if titled else None)
            else:
                yield raw, before, False

    def _with_last(self, raws: Iterable[RawLine], source: str) -> Iterator[tuple[RawLine, RawLine | None]]:
        before = self._last.get(source)
        for raw in raws:
            yield raw, before
            self._last[source] = before = raw

    def _line(self, raw: RawLine, before: RawLine | None, source: str, *, in_key: bool) -> LogLine | None:
        record = self._parse(raw)
        if not self._wanted.only.wants_level(record.level):
            return None
        instance, certain = self._assignment.owner(record)
        if certain and instance not in self._wanted.instances:
            return None
        shown, shortened = _shortened(
            hide_after(
                redact(record.message),
                lambda: redact(self._parse(before).message) if before is not None else "",
                in_key=in_key,
            )
        )
        return LogLine(
            at=record.at,
            level=record.level,
            subsystem=_shown_subsystem(record.subsystem) if record.subsystem else None,
            message=shown,
            source=source,
            offset=raw.offset,
            instance=instance,
            certain=certain,
            cut=raw.cut or shortened,
        )


def _with_line_before(raws: Iterable[RawLine]) -> Iterator[tuple[RawLine, RawLine | None]]:
    """Each line of a log that is read backwards, and the next, which stands before it."""
    held: RawLine | None = None
    for raw in raws:
        if held is not None:
            yield held, raw
        held = raw
    if held is not None:
        yield held, None


@lru_cache(maxsize=512)
def _shown_subsystem(name: str) -> str:
    return printable(redact(name))[:_LONGEST_SUBSYSTEM]


def _shortened(message: str) -> tuple[str, bool]:
    """A redacted message, cut between words."""
    if len(message) <= LONGEST_MESSAGE:
        return message, False
    head = message[:LONGEST_MESSAGE]
    end = max(head.rfind(mark) for mark in _BETWEEN_WORDS)
    return head[: end + 1] if end >= 0 else head, True
