"""Runs the distribution's `onboard` with live output, for no longer than it may take."""

from __future__ import annotations

import asyncio
import codecs
import json
import os
import re
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from io import FileIO

from gateway_core.host import Host
from gateway_core.lifecycle.invocation import Invocation
from gateway_core.onboarding.journal import Journal
from gateway_core.operations import ErrorCode, OperationFailedError
from gateway_core.processes.handle import held
from gateway_core.processes.run import kill_session, kill_session_of, until_ended
from gateway_core.redaction import REDACTED, redact

_GATE = 'read -r go && exec "$@" </dev/null'
"""Nothing of the vendor runs before this process has written down which pid to look for should it be killed: the shell
waits for a line, and ends if there is none. `exec` keeps the pid."""
_QUESTION = re.compile(r"(?:\?|\[y/n\]|\(y/n\)|\(yes/no\))[:\s>]*$", re.IGNORECASE)
_LONGEST_LINE = 2000
_KEPT_LINES = 20
_KEPT_CHARACTERS = 64 * 1024
_CHUNK = 8192
_AFTERMATH_S = 2.0
"""How long output is awaited from what the command left behind."""

Started = Callable[[int], Awaitable[None]]
"""Gets the pid of what is about to run."""


@dataclass(frozen=True, slots=True)
class VendorRun:
    """How the command ended and what it said."""

    status: int | None
    """`None`: it did not end in time and was killed."""
    lines: tuple[str, ...]
    """The last ones, redacted."""
    question: str | None
    """What it seems to have asked at the end."""
    stated: str
    """Why it failed: the first line of what its last JSON object says, redacted; empty if it says nothing."""


async def run_vendor(
    called: Invocation, *, secret: str, deadline_s: float, on_line: Callable[[str], None], on_start: Started
) -> VendorRun:
    """Run it in a session of its own, without input. Raises `OSError`.

    `secret` is hidden wherever it is printed. What has not ended by the deadline, or when the caller is cancelled, is
    killed with all that it started.
    """
    transcript = _Transcript(secret, on_line)
    async with _channel(transcript.output) as output, _channel(transcript.errors) as errors:
        process = await _behind_gate(called, output.target, errors.target)
        try:
            await on_start(process.pid)
            _open_gate(process)
            status = await _status(process, deadline_s)
        finally:
            await kill_session_of(process)
            await asyncio.wait((output.reading, errors.reading), timeout=_AFTERMATH_S)
    return transcript.run(status)


@dataclass(frozen=True, slots=True)
class _Channel:
    """What the command prints into, and who reads it until nobody can print there any more."""

    target: FileIO
    reading: asyncio.Task[None]


@asynccontextmanager
async def _channel(sink: _Lines) -> AsyncIterator[_Channel]:
    """A pipe that ends with the block, whoever still holds its other end: asyncio's own wait for them to let go."""
    source, target = os.pipe()
    stream = asyncio.StreamReader()
    with FileIO(source, "rb") as incoming, FileIO(target, "wb") as outgoing:
        protocol = asyncio.StreamReaderProtocol(stream)
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, incoming)
        reading = asyncio.ensure_future(_read(stream, sink))
        try:
            yield _Channel(outgoing, reading)
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
            transport.close()


async def _behind_gate(called: Invocation, output: FileIO, errors: FileIO) -> asyncio.subprocess.Process:
    with output, errors:
        return await asyncio.create_subprocess_exec(
            *("/bin/sh", "-c", _GATE, "sh"),
            *called.argv,
            stdin=asyncio.subprocess.PIPE,
            stdout=output,
            stderr=errors,
            env=dict(called.environment),
            cwd=called.directory,
            start_new_session=True,
        )


def _open_gate(process: asyncio.subprocess.Process) -> None:
    if process.stdin is not None:
        process.stdin.write(b"go\n")
        process.stdin.close()


async def _status(process: asyncio.subprocess.Process, deadline_s: float) -> int | None:
    try:
        async with asyncio.timeout(deadline_s):
            return await until_ended(process)
    except TimeoutError:
        return None


async def _read(stream: asyncio.StreamReader, sink: _Lines) -> None:
    while chunk := await stream.read(_CHUNK):
        sink.feed(chunk)
    sink.end()


class _Transcript:
    """What the command says on both channels, in the order in which it arrives."""

    def __init__(self, secret: str, on_line: Callable[[str], None]) -> None:
        self._secret = secret
        self._on_line = on_line
        self._last: deque[str] = deque(maxlen=_KEPT_LINES)
        self.output = _Lines(self._add, secret)
        self.errors = _Lines(self._add, secret)

    def run(self, status: int | None) -> VendorRun:
        """The outcome; both channels have been read to their end, or are given up."""
        for lines in (self.output, self.errors):
            lines.end()
        last = self._last[-1].strip() if self._last else ""
        asked = last if _QUESTION.search(last) else None
        stated = self._readable(stated_reason(self.output.kept)).strip().splitlines()
        return VendorRun(status, tuple(self._last), asked, next(iter(stated), ""))

    def _readable(self, text: str) -> str:
        """Redacted, and without the secret, also where something that steers a terminal stands in the middle of it."""
        return _hide(self._secret, redact(_hide(self._secret, text)))

    def _add(self, line: str) -> None:
        if not line.strip():
            return
        self._last.append(self._readable(line)[:_LONGEST_LINE])
        self._on_line(self._last[-1])


class _Lines:
    """Bytes in, lines out; a prompt without a line break is a line as well, at the end."""

    def __init__(self, add: Callable[[str], None], secret: str) -> None:
        self.kept = ""
        """The last of it as it came, the secret included."""
        self._add = add
        self._secret = secret
        self._held_back = max(0, len(secret) - 1)
        """So much of an unfinished line can be the beginning of the secret: it must not be cut off from the rest."""
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._pending = ""

    def feed(self, chunk: bytes) -> None:
        """More has arrived."""
        text = self._decoder.decode(chunk)
        self.kept = (self.kept + text)[-_KEPT_CHARACTERS:]
        *lines, pending = (self._pending + text).replace("\r\n", "\n").replace("\r", "\n").split("\n")
        for line in lines:
            self._add(line)
        self._pending = _hide(self._secret, pending)
        while len(self._pending) > _LONGEST_LINE + self._held_back:
            self._add(self._pending[:_LONGEST_LINE])
            self._pending = self._pending[_LONGEST_LINE:]

    def end(self) -> None:
        """Nothing more will come."""
        pending, self._pending = self._pending, ""
        self._add(pending)


def _hide(secret: str, text: str) -> str:
    return text.replace(secret, REDACTED) if secret else text


def stated_reason(text: str) -> str:
    """The `message` of what openclaw from 2026.9 prints as JSON when it fails; else empty."""
    document = last_object(text) or {}
    error = document.get("error")
    stated = error.get("message") if isinstance(error, dict) else document.get("message")
    return stated if isinstance(stated, str) else ""


def last_object(text: str) -> dict[str, object] | None:
    """The last JSON object among whatever else was printed."""
    decoder, found, position = json.JSONDecoder(), None, 0
    while (start := text.find("{", position)) != -1:
        try:
            found, position = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            position = start + 1
    return found if isinstance(found, dict) else None


_END_S = 10.0


async def end_leftover(host: Host, journal: Journal) -> None:
    """End it, if it is still at work: two of them would write the same files. Raises `OperationFailedError`.

    It is the very process that the journal names, by pid and start time, and it leads a session of its own.
    """
    mark = journal.vendor
    if mark is None:
        return
    with held(host.processes, mark.identity) as process:
        if process is None:
            return
        kill_session(mark.pid)
        if not await process.ended(_END_S):
            message = f"The onboarding command of {journal.plan.instance} (pid {mark.pid}) does not end."
            raise OperationFailedError(ErrorCode.STILL_RUNNING, message, "Try again when it has ended.")
