"""The operations of claw-tui: as events, and as the cause of other events.

An operation is written down when it is over. So that it caused another event is concluded when events are read, and
holds for whichever claw-tui did it or saw it. Commands and messages come redacted from the rooms that made them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from gateway_core.decoding import span_s
from gateway_core.events.model import BY_CLAW_TUI, Event, Kind, Plain
from gateway_core.operations import STOPS_WITHIN, Failure, Operation, OperationResult, Step
from gateway_core.snapshot import State

if TYPE_CHECKING:
    from gateway_core.onboarding.plan import OnboardingResult
    from gateway_core.onboarding.undo import UndoResult
_MOST_COMMANDS = 20
_MOST_PATHS = 20
_LONGEST_TEXT = 500  # an event is one line of history: the whole message was shown when it happened
_LONGEST_S = 86_400  # no operation lasts longer
ECHO = timedelta(seconds=5)
"""The time after its end for which an operation is the cause of what is seen: looks take their time."""
_CAUSES: Mapping[str, tuple[Operation, ...]] = {
    Kind.DIED: (Operation.STOP, Operation.RESTART, Operation.KILL),
    Kind.STARTED: (Operation.START, Operation.RESTART),
}
_PIDS = {Kind.DIED: "pid_before", Kind.STARTED: "pid_after"}
"""The detail of an operation that names the process whose end or beginning it caused."""


def from_operation(result: OperationResult, at: datetime) -> Event:
    pids = {"pid_before": result.pid_before, "pid_after": result.pid_after}
    outcome = _outcome(result.operation, result.ok, result.steps, result.error)
    return _event(result.instance, at, {"state": result.state.value, **outcome, **pids})


def from_abandoned(
    instance: str, operation: Operation, steps: Sequence[Step], at: datetime, asked_to_stop: int | None = None
) -> Event:
    """The event of an operation that nobody waits for any more: its `ok` is `None`, because nobody knows.

    `asked_to_stop`: the pid of a process that may end of it all the same.
    """
    outcome = _outcome(operation, None, steps, None)
    return _event(instance, at, {"state": State.UNKNOWN.value, **outcome, "asked_to_stop": asked_to_stop})


def from_onboarding(result: OnboardingResult, at: datetime) -> Event:
    outcome = _outcome(Operation.NEW, result.ok, result.steps, result.error)
    return _event(result.instance, at, {"state": result.state.value, **outcome})


def from_undo(result: UndoResult, at: datetime) -> Event:
    moved = {"moved": tuple(map(_cut, result.moved[:_MOST_PATHS])), "trash": result.trash if result.moved else None}
    left = {"left_alone": tuple(_cut(f"{one.path}: {one.why}") for one in result.leaves[:_MOST_PATHS])}
    return _event(
        result.instance, at, {**_outcome(Operation.UNDO, result.ok, result.steps, result.error), **moved, **left}
    )


def _event(instance: str, at: datetime, detail: Mapping[str, Plain]) -> Event:
    return Event(at=at, instance=instance, kind=Kind.OPERATION, detail=detail)


def _outcome(
    operation: Operation, ok: bool | None, steps: Sequence[Step], error: Failure | None
) -> Mapping[str, Plain]:
    commands = [_cut(step.command) for step in steps if step.command]
    return {
        "operation": operation.value,
        "ok": ok,
        "seconds": round(sum(step.seconds for step in steps), 1),
        "commands": tuple(commands[:_MOST_COMMANDS]),
        "error": error.code.value if error else None,
        "message": _cut(error.message) if error else None,
    }


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_TEXT else f"{text[: _LONGEST_TEXT - 1]}…"


def caused(kind: str, operation: str) -> str | None:
    """The cause of an event of that kind, in words; `None` if such an operation causes none of that kind."""
    return f"{Operation(operation).verb.done} {BY_CLAW_TUI}" if operation in _CAUSES.get(kind, ()) else None


def explained(events: Sequence[Event]) -> tuple[Event, ...]:
    """Name the operation that caused an event as its cause, where process and time show that one among them did."""
    operations = [event for event in events if event.kind == Kind.OPERATION and event.detail.get("commands")]
    return tuple(_explained(event, operations) for event in events)


def _explained(event: Event, operations: Iterable[Event]) -> Event:
    if event.kind not in _PIDS or (event.cause or "").endswith(BY_CLAW_TUI):
        return event
    causes = (caused(event.kind, str(one.detail.get("operation"))) for one in operations if _is_about(one, event))
    cause = next(filter(None, causes), None)
    return event.model_copy(update={"cause": cause}) if cause else event


def _is_about(operation: Event, event: Event) -> bool:
    pid, seconds = event.detail.get("pid"), operation.detail.get("seconds")
    same = operation.instance == event.instance and pid is not None
    lasted = timedelta(seconds=min(span_s(seconds) or 0, _LONGEST_S))
    finished = operation.detail.get(_PIDS[Kind(event.kind)]) == pid
    abandoned = event.kind == Kind.DIED and operation.detail.get("asked_to_stop") == pid
    in_time = operation.at - lasted - ECHO <= event.at <= operation.at + (STOPS_WITHIN if abandoned else ECHO)
    return same and in_time and (finished or abandoned)
