"""The product's own `onboard` for one plan: run with live output and a deadline, then held against the disk."""

from __future__ import annotations

import asyncio
import codecs
import re
import secrets
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from gateway_core.decoding import last_object
from gateway_core.discovery.operation_records import ProcessMark
from gateway_core.distributions.loader import load_distributions
from gateway_core.distributions.model import Distribution
from gateway_core.files import FileIdentity, identify
from gateway_core.host import Host, ProcessInfo
from gateway_core.lifecycle.invocation import Invocation
from gateway_core.lifecycle.threads import finish_in_thread
from gateway_core.onboarding.commands import product_call, with_token
from gateway_core.onboarding.journal import Journal, JournalFile
from gateway_core.onboarding.plan import Plan, TokenRoute
from gateway_core.onboarding.verify import config_of, deviations
from gateway_core.operations import ErrorCode, OperationFailedError, StepLog
from gateway_core.processes.boot import boot_id
from gateway_core.processes.handle import held
from gateway_core.processes.run import kill_session, running
from gateway_core.redaction.line_redactor import LineRedactor
from gateway_core.redaction.names import REDACTED
from gateway_core.redaction.text import redact
from gateway_core.shell_commands import shell_command

ONBOARD_DEADLINE_S = 240.0
"""1 to 5 s warm (seen in clawdbot 2026.1.24, openclaw 2026.2.6 and 2026.9.6); 25 s and more with a cold cache."""

_TOKEN_BYTES = 24
_UNKNOWN_OPTION = re.compile(r"(?:unknown option|does not recognize option)\s+[\"'“]?(--[\w-]+)", re.IGNORECASE)
_GATE = 'read -r go && exec "$@" </dev/null'
"""Nothing of the product runs before this process has written down which pid to look for should it be killed: the shell
waits for a line, and ends if there is none. `exec` keeps the pid."""
_QUESTION = re.compile(r"(?:\?|\[y/n\]|\(y/n\)|\(yes/no\))[:\s>]*$", re.IGNORECASE)
_LONGEST_LINE = 2000
_LONGEST_WORD = 64 * 1024
_KEPT_LINES = 20
_KEPT_CHARACTERS = 64 * 1024
_DRAIN_S = 2.0  # time for output of what the command left behind
_END_S = 10.0

Started = Callable[[int], Awaitable[None]]  # gets the pid of the command that is about to run


class OnboardCommand:
    """The product's `onboard` for one plan."""

    def __init__(self, host: Host, distribution: Distribution, plan: Plan, file: JournalFile, steps: StepLog) -> None:
        self._host = host
        self._distribution = distribution
        self._plan = plan
        self._file = file
        self._steps = steps

    def config_identity(self) -> FileIdentity:
        return identify(Path(self._plan.config_path))

    async def run(self, deadline_s: float) -> CommandOutcome:
        """Run the command to its end. Raises `OperationFailedError` if it never came to one."""
        token = secrets.token_hex(_TOKEN_BYTES) if self._plan.token is TokenRoute.ENVIRONMENT else ""
        call = await asyncio.to_thread(product_call, self._host, self._distribution, self._plan)
        called = replace(call, argv=self._plan.commands[0].argv)
        try:
            outcome = await run_onboard(
                with_token(called, self._distribution, self._plan, token),
                secret=token,
                deadline_s=deadline_s,
                on_line=self._steps.line,
                on_start=self._note_process,
            )
        except OSError as error:
            message = f"{self._plan.command} could not be run: {redact(error.strerror or str(error))}."
            raise OperationFailedError(ErrorCode.COMMAND_FAILED, message) from error
        if outcome.status is None:
            raise await asyncio.to_thread(self._unending, outcome, deadline_s)
        return outcome

    def verify(self, outcome: CommandOutcome, before: FileIdentity) -> str:
        """Return what the disk says, whatever the command said. Raises `OperationFailedError`. Blocks."""
        if self._plan.existing and outcome.status != 0:
            raise self._unsuccessful(outcome, "")
        reading = config_of(self._host, self._distribution, self._plan)
        if not reading.exists or (self._plan.existing and self.config_identity() == before):
            raise self._unsuccessful(outcome, f"{self._plan.config_path} was not written")
        found = tuple(deviations(self._plan, reading))
        if found and outcome.status != 0:
            raise self._unsuccessful(outcome, found[0])
        if found:
            message = f"{self._plan.instance} is not as planned: {'; '.join(found)}."
            hint = "Undo it, or see what its distribution makes of it in a terminal."
            raise OperationFailedError(ErrorCode.NOT_AS_PLANNED, message, hint, outcome.lines)
        if outcome.status != 0:
            return f"all is as planned, although the command ended with exit code {outcome.status}"
        return "the config is valid, with port, bind and workspace as planned"

    async def _note_process(self, pid: int) -> None:
        info = self._host.processes.find(pid)
        if info is not None:
            await finish_in_thread(self._file.update, vendor=ProcessMark.now(self._host, info.identity))

    def _unending(self, outcome: CommandOutcome, deadline_s: float) -> OperationFailedError:
        if outcome.question:
            return self._question(outcome, outcome.question)
        message = f"{self._plan.command} onboard did not end within {deadline_s:.0f} s and was ended."
        return OperationFailedError(ErrorCode.TIMED_OUT, message, "Resume it, or undo it.", outcome.lines)

    def _unsuccessful(self, outcome: CommandOutcome, finding: str) -> OperationFailedError:
        option = next((found[1] for line in outcome.lines if (found := _UNKNOWN_OPTION.search(line))), None)
        if option is not None:
            message = (
                f"{self._distribution.title} {self._plan.version} does not know {option}: its command line has changed."
            )
            hint = "Onboard it in a terminal, or install a version that claw-tui knows."
            return OperationFailedError(ErrorCode.FLAG_UNKNOWN, message, hint, outcome.lines)
        if outcome.question:
            return self._question(outcome, outcome.question)
        if outcome.status == 0:
            message = f"{self._plan.command} onboard ended as if all were well, but {finding}."
            return OperationFailedError(ErrorCode.NOT_WRITTEN, message, self._by_hand(), outcome.lines)
        said = outcome.stated.rstrip(".") or finding
        message = f"{self._plan.command} onboard ended with exit code {outcome.status}{': ' + said if said else ''}."
        return OperationFailedError(ErrorCode.COMMAND_FAILED, message, self._by_hand(), outcome.lines)

    def _question(self, outcome: CommandOutcome, question: str) -> OperationFailedError:
        message = f"{self._plan.command} onboard asks a question although it was told not to: “{question[-200:]}”"
        return OperationFailedError(ErrorCode.ASKED_A_QUESTION, message, self._by_hand(), outcome.lines)

    def _by_hand(self) -> str:
        called = product_call(self._host, self._distribution, self._plan, "onboard")
        return f"See what it wants in a terminal: {shell_command(called.argv, called.own_variables)}"


@dataclass(frozen=True, slots=True)
class CommandOutcome:
    """The exit and the output of the command."""

    status: int | None  # the exit code; `None` if the command did not end in time and was killed
    lines: tuple[str, ...]  # the last lines that it printed, redacted
    question: str | None  # the question that the command seems to have asked at the end
    stated: str
    """The reason of a failure: the first line of what its last JSON object says, redacted; empty if it says nothing."""


async def run_onboard(
    called: Invocation, *, secret: str, deadline_s: float, on_line: Callable[[str], None], on_start: Started
) -> CommandOutcome:
    """Run the command in a session of its own, without input. Raises `OSError`.

    `secret` is hidden wherever it is printed. What has not ended by the deadline, or when the caller is cancelled, is
    killed with all that it started.
    """
    transcript = _Transcript(secret, on_line)
    command = ("/bin/sh", "-c", _GATE, "sh", *called.argv)
    pipe = asyncio.subprocess.PIPE
    async with running(command, called.environment, transcript.add, called.directory, pipe) as process:
        await on_start(process.pid)
        process.write_and_close(b"go\n")
        status = None
        with suppress(TimeoutError):
            async with asyncio.timeout(deadline_s):
                status = await process.ended()
        await process.end()
        await process.drain(_DRAIN_S)
    return transcript.outcome(status)


class _Transcript:
    """The output of the command on both channels, in the order in which it arrives."""

    def __init__(self, secret: str, on_line: Callable[[str], None]) -> None:
        self._secret = secret
        self._on_line = on_line
        self._last: deque[str] = deque(maxlen=_KEPT_LINES)
        self.output = _Lines(self._add, secret)  # each with its own memory of what the next line may belong to
        self.errors = _Lines(self._add, secret)

    def add(self, channel: int, data: bytes) -> None:
        (self.output if channel == 1 else self.errors).feed(data)

    def outcome(self, status: int | None) -> CommandOutcome:
        """Return the outcome, once both channels have been read to their end, or are given up."""
        for lines in (self.output, self.errors):
            lines.end()
        last = self._last[-1].strip() if self._last else ""
        asked = last if _QUESTION.search(last) else None
        stated = self._readable(stated_reason(self.output.kept)).strip().splitlines()
        return CommandOutcome(status, tuple(self._last), asked, next(iter(stated), ""))

    def _readable(self, text: str) -> str:
        """Return the text redacted, and without the secret, even if terminal control codes stand in its middle."""
        return _hide(self._secret, redact(_hide(self._secret, text)))

    def _add(self, line: str) -> None:
        if not line.strip():
            return
        shown = _hide(self._secret, line)
        for at in range(0, len(shown), _LONGEST_LINE):
            self._last.append(shown[at : at + _LONGEST_LINE])
            self._on_line(self._last[-1])


class _Lines:
    """Bytes in, lines out; a prompt without a line break is a line as well, at the end."""

    def __init__(self, add: Callable[[str], None], secret: str) -> None:
        self.kept = ""  # the end of the output as it came, the secret included
        self._shown = add
        self._secret = secret
        self._redactor = LineRedactor()
        self._held_back = max(0, len(secret) - 1)
        """So much of an unfinished line can be the beginning of the secret: it must not be cut off from the rest."""
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._pending = ""

    def feed(self, chunk: bytes) -> None:
        text = self._decoder.decode(chunk)
        self.kept = (self.kept + text)[-_KEPT_CHARACTERS:]
        *lines, pending = (self._pending + text).replace("\r\n", "\n").replace("\r", "\n").split("\n")
        for line in lines:
            self._add(line)
        self._pending = _hide(self._secret, pending)
        while len(self._pending) > _LONGEST_LINE + self._held_back:
            end = self._pending.rfind(" ", 0, _LONGEST_LINE) + 1
            if not end and len(self._pending) < _LONGEST_WORD:
                break  # half of a secret would not look like one
            self._add(self._pending[: end or _LONGEST_LINE])
            self._pending = self._pending[end or _LONGEST_LINE :]

    def end(self) -> None:
        pending, self._pending = self._pending, ""
        self._add(pending)

    def _add(self, line: str) -> None:
        self._shown(self._redactor.redact(_hide(self._secret, line)))


def _hide(secret: str, text: str) -> str:
    return text.replace(secret, REDACTED) if secret else text


def stated_reason(text: str) -> str:
    """Return the `message` of what openclaw from 2026.9 prints as JSON when it fails; else nothing."""
    document = last_object(text) or {}
    error = document.get("error")
    stated = error.get("message") if isinstance(error, dict) else document.get("message")
    return stated if isinstance(stated, str) else ""


async def end_leftover(host: Host, journal: Journal) -> None:
    """End the product's command that a killed run left behind: two of them would write the same files.

    It is the very process that the journal names, by boot, pid and start time, and leads a session of its own. One that
    does not look like that command is not signalled. Raises `OperationFailedError`.
    """
    mark = journal.vendor
    boot = await asyncio.to_thread(boot_id, host)
    identity = None if mark is None else await asyncio.to_thread(mark.identity_in, boot, host.processes)
    if identity is None:
        return
    distributions = await asyncio.to_thread(load_distributions, host.config_dir)
    with held(host.processes, identity) as process:
        if process is None:
            return
        if not _is_command_of(journal.plan, process.info, host, distributions.named(journal.plan.distribution)):
            raise _leftover(journal, identity.pid, "is still there, but does not look like it: nothing was signalled.")
        kill_session(identity.pid)
        if not await process.ended(_END_S):
            raise _leftover(journal, identity.pid, "does not end.")


def _is_command_of(plan: Plan, info: ProcessInfo, host: Host, distribution: Distribution | None) -> bool:
    """Whether a process is the one that a run of that plan starts: behind the gate still, running, or titled since."""
    if info.uid != host.uid or info.session not in (None, info.pid) or not info.argv:
        return False
    arguments = plan.commands[0].argv[1:]  # an interpreter stands before the program, which may be named by its path
    if info.argv[-len(arguments) :] == arguments:
        return True
    return distribution is not None and len(info.argv) == 1 and distribution.is_shared_title(info.argv[0].strip())


def _leftover(journal: Journal, pid: int, finding: str) -> OperationFailedError:
    message = f"The onboarding command of {journal.plan.instance} (pid {pid}) {finding}"
    return OperationFailedError(ErrorCode.STILL_RUNNING, message, "Try again when it has ended.")
