"""Lines fit to show, made of raw lines: selected, parsed, assigned to their instance, redacted and cut."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from threading import Event

from gateway_core.logs.model import Level, LogLine
from gateway_core.logs.records import LogRecord, RawLine, parse
from gateway_core.logs.writers import Assignment, Writer
from gateway_core.redaction import KeyWatch, hide_body, hide_continued, may_go_on, printable, redact

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
        """Raises `re.error` for a pattern that is no regular expression."""
        self.level = level
        self.pattern = pattern
        self._search = re.compile(pattern, re.IGNORECASE).search if pattern else None
        self._word = _telling_word(pattern)
        self._level_names = _quoted_names(level)

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
        if _KEY_TITLE in block:
            return True
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
    ) -> None:
        self._assignment = Assignment(writers)
        self._wanted = wanted
        self._parse = parse_line
        self._backwards = backwards
        self._watches: dict[str, KeyWatch] = {}
        self._last: dict[str, RawLine] = {}

    def lines(self, raws: Iterable[RawLine], source: str) -> Iterator[LogLine]:
        only, cancelled = self._wanted.only, self._wanted.cancelled
        for raw, before, in_key in self._beside_others(raws, source):
            if cancelled.is_set():
                raise CancelledReadError
            if raw.data and only.may_want(raw.data):
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
        instance, certain = self._assignment.owner(record)
        if certain and instance not in self._wanted.instances:
            return None
        message = redact(record.message)
        if in_key:
            message = hide_body(message)
        elif may_go_on(message):
            message = hide_continued(message, redact(self._parse(before).message) if before is not None else "")
        shown, shortened = _shortened(message)
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
