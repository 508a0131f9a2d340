"""Splits the bytes of a log into raw lines, and parses those to records. Nothing is redacted yet: they stay in `logs`.

The family's own format, JSON lines (seen in clawdbot 2026.1.24, openclaw 2026.2.6 and 2026.9.6): message parts under
`"0"`, `"1"`, …, of which the first may name the subsystem as JSON in a string; `_meta` with `logLevelName`, `date` and
`name`; `time`; newer ones also `message`, which repeats the text. What they print for people, to a journal or a file,
is plain text: a time, the subsystem in brackets, the text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from itertools import count, takewhile

from gateway_core.decoding import json_object, whole_number
from gateway_core.logs.model import Level
from gateway_core.timestamps import parse_timestamp, timestamp_at

LONGEST_LINE = 256 * 1024
"""Bytes of a line that are kept; so much of a line without an end is held in memory, and no more."""
_LONGEST_NAME = 500  # characters of a logger's name; what is longer is a message, and not worth being remembered
LEVELS = {level.name: level for level in Level} | {"WARNING": Level.WARN, "CRITICAL": Level.FATAL}
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_PLAIN = re.compile(
    r"(?:(?P<at>\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?|\d\d:\d\d:\d\d)\s+)?"
    r"(?:(?P<level>TRACE|DEBUG|INFO|WARN(?:ING)?|ERROR|FATAL|CRITICAL):?\s+)?"
    r"(?:\[(?P<subsystem>[\w./:@-]{1,60})\]:?\s+)?"
    r"(?P<message>.*)",
    re.DOTALL,
)
_FAILURE = re.compile(r"(?:Uncaught |Unhandled )?[\w.]{0,60}(?:Error|Exception)\b(?: \[\w+\])?:|(?i:error|fatal):")
_SALVAGED_LEVEL = re.compile(r'"logLevelName"\s*:\s*"(\w{1,10})"')
_SALVAGED_TIME = re.compile(r'"(?:time|date)"\s*:\s*"([\w:.+-]{10,40})"')


@dataclass(frozen=True, slots=True)
class RawLine:
    """A line as it stands in its file, without its line break. May hold secrets."""

    offset: int
    data: bytes = field(repr=False)
    cut: bool = False  # the end of the line is missing


class LineSplitter:
    """Cuts bytes that come in pieces into lines. Holds at most one unfinished line."""

    def __init__(self, offset: int = 0) -> None:
        self._begin = offset
        self.position = offset
        self._unfinished = b""

    def feed(self, data: bytes) -> list[RawLine]:
        """The lines that these bytes finish."""
        *ends, rest = data.split(b"\n")
        lines = []
        for end in ends:
            lines.append(self._line(end))
            self.position += len(end) + 1
            self._begin, self._unfinished = self.position, b""
        self.position += len(rest)
        self._unfinished += rest[: LONGEST_LINE - len(self._unfinished)]
        return lines

    def finish(self) -> list[RawLine]:
        """The line that has no end and will not get one, if there is any."""
        lines = [self._line(b"")] if self.position > self._begin else []
        self._begin, self._unfinished = self.position, b""
        return lines

    def _line(self, end: bytes) -> RawLine:
        length = self.position + len(end) - self._begin
        data = self._unfinished + end if self._unfinished else end
        return RawLine(self._begin, data[:LONGEST_LINE], cut=length > LONGEST_LINE)


@dataclass(frozen=True, slots=True)
class LogRecord:
    """The parts of one line, with its secrets."""

    at: datetime | None
    level: Level | None
    subsystem: str | None = field(repr=False)
    message: str = field(repr=False)
    name: str = field(default="", repr=False)
    """The logger's whole name: JSON that may name files of the instance beside the subsystem."""


def parse(raw: RawLine) -> LogRecord:
    text = raw.data.decode("utf-8", "replace").rstrip("\r")
    if not text.startswith("{"):
        return _plain(text)
    content = json_object(text)
    return _broken(text) if content is None else _structured(content)


def timestamp_since_epoch(microseconds: object) -> datetime | None:
    """A time as the journal writes it: microseconds since the epoch."""
    number = whole_number(microseconds) if isinstance(microseconds, str) else None
    return None if number is None else timestamp_at(number / 1_000_000)


def level_named(name: object) -> Level | None:
    return LEVELS.get(name.upper()) if isinstance(name, str) else None


def _structured(content: Mapping[str, object]) -> LogRecord:
    found = content.get("_meta")
    meta: Mapping[str, object] = found if isinstance(found, dict) else {}
    parts = [content[key] for key in takewhile(lambda key: key in content, map(str, count()))]
    name = _text(meta.get("name"))
    if parts and isinstance(first := parts[0], str) and (first == name or _subsystem_in(first)):
        name, parts = first, parts[1:]
    return LogRecord(
        at=parse_timestamp(content.get("time")) or parse_timestamp(meta.get("date")),
        level=level_named(meta.get("logLevelName") or content.get("level")),
        subsystem=_subsystem_in(name),
        message=_message(parts) or _text(content.get("message")) or _text(content.get("msg")),
        name=name,
    )


def _message(parts: list[object]) -> str:
    """The texts of a message first, then what else was logged with them."""
    texts = [part for part in parts if isinstance(part, str)]
    data = [json.dumps(part, ensure_ascii=False, separators=(",", ":")) for part in parts if not isinstance(part, str)]
    return " ".join((*texts, *data))


def _subsystem_in(name: str) -> str | None:
    """The subsystem in a logger's name: `gateway/ws` of `{"subsystem":"gateway/ws"}`, `cron` of `{"module":"cron"}`."""
    return _subsystem_named(name) if name.startswith("{") and len(name) <= _LONGEST_NAME else None


@lru_cache(maxsize=512)
def _subsystem_named(name: str) -> str | None:
    content = json_object(name)
    if content is None:
        return None
    found = content.get("subsystem") or content.get("module")
    return found if isinstance(found, str) else None


def _broken(text: str) -> LogRecord:
    """The record of half a line, or of other JSON: shown as it is, at the time and level that can be made out."""
    level, at = _SALVAGED_LEVEL.search(text), _SALVAGED_TIME.search(text)
    return LogRecord(parse_timestamp(at and at[1]), level_named(level and level[1]), None, text)


def _plain(text: str) -> LogRecord:
    found = _PLAIN.match(_COLOUR.sub("", text) if "\x1b" in text else text)
    if found is None:
        return LogRecord(None, None, None, text)
    level = level_named(found["level"])
    if level is None and _FAILURE.match(found["message"]):
        level = Level.ERROR
    return LogRecord(parse_timestamp(found["at"]), level, found["subsystem"], found["message"])


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
