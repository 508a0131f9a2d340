"""What may be shown of raw lines: parsed, filtered, assigned to their instance, redacted and cut."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from threading import Event

from gateway_core.logs.filter import LogFilter
from gateway_core.logs.model import LogLine
from gateway_core.logs.records import LogRecord, RawLine, parse
from gateway_core.logs.writers import Writer, assignment
from gateway_core.redaction import printable, redact

LONGEST_MESSAGE = 8_000
"""Characters of a message that are shown."""
_LONGEST_SUBSYSTEM = 60
_BETWEEN_WORDS = " \n\t,;&\"'"


class CancelledReadError(Exception):
    """Nobody waits for the lines any more."""


@dataclass(frozen=True, slots=True)
class LineSelection:
    """Which lines, and until when."""

    instances: frozenset[str]
    """Lines that are certainly of other instances are left out."""
    only: LogFilter = field(default_factory=LogFilter)
    until: datetime | None = None
    """Where the past ends, if not with what is there; what is later is read as if it were appended."""
    cancelled: Event = field(default_factory=Event)
    """Once set, all reading ends with `CancelledReadError`."""


class Interpreter:
    """Makes lines fit to show out of the raw lines of one log, in the order of either end."""

    def __init__(
        self, writers: Sequence[Writer], wanted: LineSelection, parse_line: Callable[[RawLine], LogRecord] = parse
    ) -> None:
        self._assignment = assignment(writers)
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
