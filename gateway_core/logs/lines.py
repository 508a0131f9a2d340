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
from gateway_core.redaction import printable, redact

_WORD = re.compile(r"\w+", re.ASCII)
_LITERAL = re.compile(r"[\w @,:;/<>=!%&'~`-]*", re.ASCII)  # patterns that mean just themselves
_ADDED = "[redacted]"
LONGEST_MESSAGE = 8_000  # characters of a message that are shown
_LONGEST_SUBSYSTEM = 60
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
    """Makes lines fit to show out of the raw lines of one log, read in either direction."""

    def __init__(
        self, writers: Sequence[Writer], wanted: LineSelection, parse_line: Callable[[RawLine], LogRecord] = parse
    ) -> None:
        self._assignment = Assignment(writers)
        self._wanted = wanted
        self._parse = parse_line

    def lines(self, raws: Iterable[RawLine], source: str) -> Iterator[LogLine]:
        only, cancelled = self._wanted.only, self._wanted.cancelled
        for raw in raws:
            if cancelled.is_set():
                raise CancelledReadError
            if raw.data and only.may_want(raw.data):
                line = self._line(raw, source)
                if line is not None and only.wants(line):
                    yield line

    def _line(self, raw: RawLine, source: str) -> LogLine | None:
        record = self._parse(raw)
        instance, certain = self._assignment.owner(record)
        if certain and instance not in self._wanted.instances:
            return None
        text, shortened = _shortened(record.message)
        return LogLine(
            at=record.at,
            level=record.level,
            subsystem=_shown_subsystem(record.subsystem) if record.subsystem else None,
            message=redact(text),
            source=source,
            offset=raw.offset,
            instance=instance,
            certain=certain,
            cut=raw.cut or shortened,
        )


@lru_cache(maxsize=512)
def _shown_subsystem(name: str) -> str:
    return printable(redact(name[:_LONGEST_SUBSYSTEM]))


def _shortened(message: str) -> tuple[str, bool]:
    """A message cut between words, for the first half of a secret may not look like one."""
    if len(message) <= LONGEST_MESSAGE:
        return message, False
    head = message[:LONGEST_MESSAGE]
    end = max(head.rfind(mark) for mark in _BETWEEN_WORDS)
    return head[: end + 1] if end >= 0 else head, True
