"""Reads what systemd keeps of a unit's output, with `journalctl`.

That only reads: what manages services belongs to `lifecycle`. Its output is taken as it comes, so that the longest
journal costs no more memory than one page of it.
"""

from __future__ import annotations

import os
import select
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace

from gateway_core.decoding import json_object
from gateway_core.host import Clock
from gateway_core.logs.lines import CancelledReadError, Interpreter, LineSelection
from gateway_core.logs.model import Level, LogLine
from gateway_core.logs.records import LineSplitter, LogRecord, RawLine, parse, timestamp_since_epoch
from gateway_core.logs.sources import JournalLog
from gateway_core.processes.run import kill_child
from gateway_core.redaction.text import redact

_CHUNK = 64 * 1024
_PRIORITIES = {**dict.fromkeys("012", Level.FATAL), "3": Level.ERROR, "4": Level.WARN, "7": Level.DEBUG}
_POLL_S = 0.2
_LONGEST_COMPLAINT = 500
_FIELDS = "MESSAGE,PRIORITY,SYSLOG_IDENTIFIER"


class JournalReader:
    """Reads the journal of one unit. Blocks. Backwards and forwards may be read by two threads."""

    descriptors = 4
    """The number of descriptors that it holds at most: of each direction, what a command prints and complains."""

    def __init__(self, log: JournalLog, wanted: LineSelection, environment: Mapping[str, str], clock: Clock) -> None:
        self._log = log
        self._clock = clock
        self._cancelled = wanted.cancelled
        self._until = wanted.until
        self._environment = environment
        self._past = Interpreter(log.writers, wanted, parse_entry, backwards=True, encoded=True)
        self._future = Interpreter(log.writers, wanted, parse_entry, encoded=True)
        self._past_process: subprocess.Popen[bytes] | None = None
        self._future_process: subprocess.Popen[bytes] | None = None
        self._splitter = LineSplitter()
        self._fault: str | None = None
        self.unread = 0
        self.behind = False  # whether there is more to read right now

    @property
    def faults(self) -> dict[str, str]:
        """Reading errors by name; each completes the sentence "The journal …"."""
        return {self._log.name: self._fault} if self._fault else {}

    def open(self) -> None:
        """Fix where `backwards` begins and `read` goes on."""
        now = f"@{(self._until or self._clock.now()).timestamp():.6f}"
        self._past_process = self._started("--reverse", f"--until={now}")
        self._future_process = self._started("--follow", "--no-tail", f"--since={now}")
        if self._future_process is not None and self._future_process.stdout is not None:
            os.set_blocking(self._future_process.stdout.fileno(), False)

    def backwards(self) -> Iterator[LogLine]:
        """The lines that were there at `open`, the newest first."""
        process = self._past_process
        if process is None or process.stdout is None or process.stderr is None:
            return
        yield from self._past.lines(self._entries(process.stdout.fileno()), self._log.name)
        if process.wait() != 0:
            self._fault = f"cannot be read: {_ending(process)}"

    def read(self) -> list[LogLine]:
        """The lines that were appended since `open`; a chunk of them at most."""
        process, data = self._future_process, b""
        if process is not None and process.stdout is not None:
            with suppress(BlockingIOError):
                data = os.read(process.stdout.fileno(), _CHUNK)
                if not data and process.poll() is not None:
                    self._fault = f"is not followed any more: {_ending(process)}"
                    self._future_process = None
        self.behind = len(data) == _CHUNK
        return list(self._future.lines(self._splitter.feed(data), self._log.name))

    def close(self) -> None:
        for process in (self._past_process, self._future_process):
            if process is not None:
                kill_child(process)
        self._past_process = self._future_process = None

    def _entries(self, descriptor: int) -> Iterator[RawLine]:
        splitter = LineSplitter()
        while data := self._waited_for(descriptor):
            yield from splitter.feed(data)

    def _waited_for(self, descriptor: int) -> bytes:
        """Wait for the next bytes; a journalctl that says nothing does not hold up a cancelled read."""
        while not select.select([descriptor], [], [], _POLL_S)[0]:
            if self._cancelled.is_set():
                raise CancelledReadError
        return os.read(descriptor, _CHUNK)

    def _started(self, *options: str) -> subprocess.Popen[bytes] | None:
        command = (*self._log.command, "--output=json", f"--output-fields={_FIELDS}", *options)
        try:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=dict(self._environment),
                start_new_session=True,
            )
        except OSError as error:
            self._fault = f"cannot be read: journalctl could not be run ({error.strerror})"
            return None


def _ending(process: subprocess.Popen[bytes]) -> str:
    """The reason why a journalctl ended, as far as it says. Call once: this reads and closes its pipes."""
    said = redact(process.communicate()[1].decode("utf-8", "replace")).strip()
    if said:
        return said.splitlines()[0][:_LONGEST_COMPLAINT]
    code = process.returncode
    return f"journalctl: {f'exit code {code}' if code >= 0 else f'ended by signal {-code}'}"


def parse_entry(raw: RawLine) -> LogRecord:
    """The record in an entry of `journalctl --output=json`: whatever the process printed, at the journal's own time."""
    entry = json_object(raw.data)
    if entry is None:
        return parse(raw)
    record = parse(RawLine(raw.offset, _message(entry.get("MESSAGE"))))
    by_systemd = entry.get("SYSLOG_IDENTIFIER") == "systemd"
    return replace(
        record,
        at=timestamp_since_epoch(entry.get("__REALTIME_TIMESTAMP")) or record.at,
        level=record.level or _PRIORITIES.get(str(entry.get("PRIORITY"))),
        subsystem="systemd" if by_systemd else record.subsystem,
    )


def _message(value: object) -> bytes:
    """The message of an entry; one that is no UTF-8 text is written as a list of numbers."""
    if isinstance(value, str):
        return value.encode("utf-8", "surrogatepass")
    if isinstance(value, list):
        return bytes(number for number in value if isinstance(number, int) and 0 <= number < 256)
    return b""
