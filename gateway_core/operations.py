"""Operations on instances: verbs, steps that are reported while an operation runs, failures and results.

The models are part of the JSON contract, schema 1, as those of `snapshot` are: fields may be added, never renamed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from gateway_core.host import Clock
from gateway_core.redaction.errors import error_in_words
from gateway_core.redaction.terminal import printable
from gateway_core.snapshot import Instance, Model, State
from gateway_core.system.descriptors import NONE_LEFT

STOPS_WITHIN = timedelta(minutes=6)
"""Longer than any product of the family may take to finish its work; what ends later has another cause."""


@dataclass(frozen=True, slots=True)
class Verb:
    """An operation's verb in its forms: `stop`, `stopping`, `stopped`."""

    base: str
    gerund: str
    done: str
    preposition: str = ""  # between gerund and instance: `removing the service of openclaw:rescue`

    def doing_to(self, instance: str) -> str:
        """Return the gerund with its object: `stopping openclaw:rescue`."""
        return " ".join(filter(None, (self.gerund, self.preposition, instance)))


class Operation(StrEnum):
    """An operation on an instance."""

    START = "start"
    STOP = "stop"
    RESTART = "restart"
    KILL = "kill"  # SIGKILL, for a gateway that was asked to stop and has had its time
    INSTALL_SERVICE = "install-service"
    UNINSTALL_SERVICE = "uninstall-service"
    ENABLE_SERVICE = "enable-service"  # the service starts by itself from now on, at login or at boot
    NEW = "new"  # an onboarding: the instance is created. `onboarding.run` does it, not `operate`
    UNDO = "undo"  # the undo of an onboarding, by `onboarding.undo`

    @property
    def verb(self) -> Verb:
        return _VERBS[self]

    @classmethod
    def named(cls, name: str | None) -> Operation | None:
        """The operation of that name; `None` for any other, which another version of claw-tui may know."""
        return next((operation for operation in cls if operation == name), None)


_VERBS = {
    Operation.START: Verb("start", "starting", "started"),
    Operation.STOP: Verb("stop", "stopping", "stopped"),
    Operation.RESTART: Verb("restart", "restarting", "restarted"),
    Operation.KILL: Verb("kill", "killing", "killed"),
    Operation.INSTALL_SERVICE: Verb("install the service", "installing the service", "service installed", "of"),
    Operation.UNINSTALL_SERVICE: Verb("remove the service", "removing the service", "service removed", "of"),
    Operation.ENABLE_SERVICE: Verb("enable the service", "enabling the service", "service enabled", "of"),
    Operation.NEW: Verb("create", "creating", "created"),
    Operation.UNDO: Verb("take back", "taking back", "taken back"),
}


class ErrorCode(StrEnum):
    """The reasons why an operation did not do what was asked."""

    NO_SUCH_INSTANCE = "no-such-instance"
    BUSY = "busy"  # another operation on this instance is under way, here or in another claw-tui
    NO_LOCK = "no-lock"  # the file that keeps operations apart could not be used
    UNKNOWN_STATE = "unknown-state"  # the instance could not be seen well enough to act upon it
    INVALID_CONFIG = "invalid-config"
    GATEWAY_MODE = "gateway-mode"
    MISSING_COMMAND = "missing-command"
    MISSING_FILE = "missing-file"  # an environment file that its service must have
    CONFLICT = "conflict"
    BLOCK_NOT_FREE = "block-not-free"  # the product would kill what is on its ports
    DUPLICATE_SERVICES = "duplicate-services"
    CRASH_LOOPING = "crash-looping"
    NOT_RESPONDING = "not-responding"  # the gateway runs already, but is wedged
    STOPPING = "stopping"
    NO_SERVICE = "no-service"
    RUN_BY_SERVICE = "run-by-service"  # a service manager would undo what was asked for
    RUN_BY_SUPERVISOR = "run-by-supervisor"  # a supervisor would start it again at once
    RUNS_DIRECTLY = "runs-directly"  # the gateway runs without its service, which would fight with it
    UNPROVEN = "unproven"  # nothing proves that the process is this instance's gateway
    PID_REUSED = "pid-reused"
    FOREIGN = "foreign"  # something else holds the instance's port
    OTHER_USER = "other-user"
    RUNS_ELSEWHERE = "runs-elsewhere"  # a gateway in a container or another namespace uses its state dir
    NOT_CONFIRMED = "not-confirmed"
    TOO_EARLY = "too-early"  # the gateway was not asked to stop yet, or has not had its time
    COMMAND_FAILED = "command-failed"
    DIED = "died"  # the gateway ended before it was live
    NOT_LIVE = "not-live"
    STILL_RUNNING = "still-running"
    CAME_BACK = "came-back"  # somebody started the gateway again after it was stopped
    CAME_UP_ELSEWHERE = "came-up-elsewhere"  # the gateway runs, but on another port than was asked for
    NOT_READY = "not-ready"  # the gateway is live, but was not ready in time
    PORT_STILL_HELD = "port-still-held"
    NOT_VERIFIED = "not-verified"  # the command said that it was done, but the system shows otherwise
    RISK_NOT_ACCEPTED = "risk-not-accepted"
    NO_JOURNAL = "no-journal"
    """The journal that resuming and undoing an onboarding need could not be written down, or is not there."""
    HOST_CHANGED = "host-changed"  # since the plan was made, something came in its way
    FLAG_UNKNOWN = "flag-unknown"  # the installed version lacks a flag of its predecessors
    ASKED_A_QUESTION = "asked-a-question"
    TIMED_OUT = "timed-out"
    NOT_WRITTEN = "not-written"  # the product's command said it was done, the disk shows otherwise
    NOT_AS_PLANNED = "not-as-planned"
    SERVICE_FAILED = "service-failed"
    START_FAILED = "start-failed"
    NOT_PROVEN = "not-proven"
    NEW_CONFLICT = "new-conflict"
    NOT_MOVED = "not-moved"
    STOPPED = "stopped"
    INTERNAL = "internal"


class Step(Model):
    """A finished step of an operation."""

    name: str
    ok: bool
    seconds: float
    command: str | None = None
    """The command that was run, or the signal that was sent, as one would type it; redacted."""
    detail: str | None = None  # the outcome of the step in words


class Failure(Model):
    """The failure of an operation: what happened, and what to do next."""

    code: ErrorCode
    message: str
    hint: str | None = None
    last_lines: tuple[str, ...] = ()  # printed last by the gateway or its product's command; redacted


def internal_failure(what: str, error: Exception) -> Failure:
    """Return the failure that an error of claw-tui itself becomes, at a boundary."""
    message = f"{what}: {error_in_words(error)}"
    too_many_open = isinstance(error, OSError) and error.errno in NONE_LEFT
    hint = "Try again with fewer files open (see: ulimit -n)." if too_many_open else "Please report this."
    return Failure(code=ErrorCode.INTERNAL, message=message, hint=hint)


class OperationResult(Model):
    """The end of an operation, and what is there afterwards."""

    instance: str
    operation: Operation
    ok: bool
    state: State  # as a look at the system after the last step shows it
    steps: tuple[Step, ...] = ()
    error: Failure | None = None
    pid_before: int | None = None
    pid_after: int | None = None
    warnings: tuple[str, ...] = ()  # what could not be written down or made sure, and did not keep it from going on


@dataclass(frozen=True, slots=True)
class StepBegan:
    """A step that is under way."""

    instance: str
    operation: Operation
    name: str
    command: str | None
    asked_to_stop: int | None = None  # the pid of the process asked to stop by then


@dataclass(frozen=True, slots=True)
class OutputLine:
    """A line that a product's command printed during a step; redacted."""

    instance: str
    operation: Operation
    text: str


@dataclass(frozen=True, slots=True)
class StepEnded:
    """A step that is over, well or not."""

    instance: str
    operation: Operation
    step: Step
    asked_to_stop: int | None = None  # the pid of the process asked to stop by then


@dataclass(frozen=True, slots=True)
class OperationEnded:
    """An operation that is over. Not sent for one that was cancelled."""

    result: OperationResult


Progress = StepBegan | OutputLine | StepEnded | OperationEnded
"""An operation within another one, such as the start of a gateway that was created, reports between the beginning and
the end of the step that needs it."""
Report = Callable[[Progress], None]  # called on the event loop, in order; must not block


def unheard(_progress: Progress) -> None:
    """The `Report` of a caller who does not want to know."""


class OperationFailedError(Exception):
    """Ends an operation. Becomes the `error` of its result."""

    def __init__(
        self, code: ErrorCode, message: str, hint: str | None = None, last_lines: tuple[str, ...] = ()
    ) -> None:
        super().__init__(message)
        shown = None if hint is None else printable(hint)  # names of processes and files may hold anything
        self.failure = Failure(code=code, message=printable(message), hint=shown, last_lines=last_lines)


class RefusedError(OperationFailedError):
    """Ends an operation before anything was changed."""


@dataclass(slots=True)
class StepNote:
    """A note about a step, told once it is over."""

    detail: str | None = None


class StepLog:
    """The steps of one operation: reports each as it begins and ends, and keeps them for the result."""

    def __init__(self, instance: str, operation: Operation, clock: Clock, report: Report) -> None:
        self.instance = instance
        self.operation = operation
        self.steps: list[Step] = []
        self.warnings: list[str] = []
        self.asked_to_stop: int | None = None  # the pid of the process asked to stop by now
        self.report = report
        self._clock = clock

    @contextmanager
    def step(self, name: str, command: str | None = None) -> Iterator[StepNote]:
        """Run the block as one step, which ends well unless the block raises, a cancellation included."""
        began = self._clock.monotonic()
        note = StepNote()
        self.report(StepBegan(self.instance, self.operation, name, command, self.asked_to_stop))
        ok = False
        try:
            yield note
            ok = True
        except OperationFailedError as error:
            note.detail = note.detail or error.failure.message
            raise
        finally:
            seconds = round(self._clock.monotonic() - began, 3)
            detail = None if note.detail is None else printable(note.detail)
            self._add(Step(name=name, ok=ok, seconds=seconds, command=command, detail=detail))

    def line(self, text: str) -> None:
        self.report(OutputLine(self.instance, self.operation, text))

    def warn(self, text: str) -> None:
        """Note what the operation goes on without; each is told once."""
        if printable(text) not in self.warnings:
            self.warnings.append(printable(text))

    def _add(self, step: Step) -> None:
        self.steps.append(step)
        self.report(StepEnded(self.instance, self.operation, step, self.asked_to_stop))


_NOTHING_RUNS = (State.STOPPED, State.BLOCKED, State.FOREIGN)


def makes_sense(operation: Operation, instance: Instance) -> bool:
    """Whether there is anything to do; whether it may be done is for the operation itself to find out.

    What runs can be stopped and restarted, what does not can be started: also where that is going to be refused,
    because the refusal says why and what to do.
    """
    runs = instance.signals.process is not None or instance.state is State.CRASH_LOOPING
    if operation is Operation.START:
        return not runs and instance.state in _NOTHING_RUNS
    return runs
