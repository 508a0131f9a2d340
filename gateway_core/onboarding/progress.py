"""What a run or an undo tells while it is at work, and how it ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum

from gateway_core.host import Clock
from gateway_core.operations import Event as LifecycleEvent
from gateway_core.operations import Step, StepNote
from gateway_core.redaction import redact
from gateway_core.snapshot import Model


class FailureCode(StrEnum):
    """Why a run or an undo did not get to its end."""

    RISK_NOT_ACCEPTED = "risk-not-accepted"
    BUSY = "busy"
    NO_JOURNAL = "no-journal"
    """What is needed for resume and undo could not be written down, or is not there."""
    HOST_CHANGED = "host-changed"
    """Since the plan was made, something came in its way."""
    COMMAND_FAILED = "command-failed"
    FLAG_UNKNOWN = "flag-unknown"
    """The installed version does not understand a flag that its predecessors had."""
    ASKED_A_QUESTION = "asked-a-question"
    TIMED_OUT = "timed-out"
    NOT_WRITTEN = "not-written"
    """The command said that it was done, but the disk shows otherwise."""
    NOT_AS_PLANNED = "not-as-planned"
    SERVICE_FAILED = "service-failed"
    START_FAILED = "start-failed"
    NOT_PROVEN = "not-proven"
    NEW_CONFLICT = "new-conflict"
    STILL_RUNNING = "still-running"
    """A gateway runs there that this run did not start."""
    NOT_MOVED = "not-moved"
    STOPPED = "stopped"
    """Whoever had it run wanted it no more."""
    INTERNAL = "internal"


class Failure(Model):
    """What happened, and what to do next."""

    code: FailureCode
    message: str
    hint: str | None = None
    last_lines: tuple[str, ...] = ()
    """What the distribution's command said last, redacted."""


class FailedError(Exception):
    """Ends a run or an undo. Becomes the `error` of its result."""

    def __init__(
        self, code: FailureCode, message: str, hint: str | None = None, last_lines: tuple[str, ...] = ()
    ) -> None:
        super().__init__(message)
        self.failure = Failure(code=code, message=message, hint=hint, last_lines=last_lines)


def own_error(what: str, error: Exception) -> Failure:
    """The failure that an error of claw-tui itself becomes, at a boundary."""
    message = redact(f"{what}: {type(error).__name__}: {error}")
    return Failure(code=FailureCode.INTERNAL, message=message, hint="Please report this.")


@dataclass(frozen=True, slots=True)
class StepBegan:
    """A step is under way."""

    instance: str
    name: str
    command: str | None


@dataclass(frozen=True, slots=True)
class OutputLine:
    """A line that the distribution's command printed; redacted."""

    instance: str
    text: str


@dataclass(frozen=True, slots=True)
class StepEnded:
    """A step is over, well or not."""

    instance: str
    step: Step


Event = StepBegan | OutputLine | StepEnded | LifecycleEvent
"""Those of the lifecycle come between the beginning and the end of the step that needs them."""
Report = Callable[[Event], None]
"""Is called on the event loop, in order, and must not block."""


def unheard(_event: Event) -> None:
    """Nobody wants to know about progress."""


class Progress:
    """The steps of one run: reports each as it begins and ends, and keeps them for the result."""

    def __init__(self, instance: str, clock: Clock, report: Report) -> None:
        self.report = report
        self.steps: list[Step] = []
        self._instance = instance
        self._clock = clock

    @contextmanager
    def step(self, name: str, command: str | None = None) -> Iterator[StepNote]:
        """One step. It ends well unless the block raises, a cancellation included."""
        began = self._clock.monotonic()
        note = StepNote()
        self.report(StepBegan(self._instance, name, command))
        ok = False
        try:
            yield note
            ok = True
        except FailedError as error:
            note.detail = note.detail or error.failure.message
            raise
        finally:
            seconds = round(self._clock.monotonic() - began, 3)
            step = Step(name=name, ok=ok, seconds=seconds, command=command, detail=note.detail)
            self.steps.append(step)
            self.report(StepEnded(self._instance, step))

    def line(self, text: str) -> None:
        """Pass on what the command printed."""
        self.report(OutputLine(self._instance, text))
