"""What claw-tui did, as events. Commands and messages come redacted from the rooms that made them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from gateway_core.events.model import Event, Kind, Plain
from gateway_core.operations import Failure, Operation, OperationResult, Step
from gateway_core.snapshot import State

if TYPE_CHECKING:
    from gateway_core.onboarding.plan import OnboardingResult
    from gateway_core.onboarding.undo import UndoResult

_MOST_COMMANDS = 20
_LONGEST_TEXT = 500
"""An event is one line of history: the whole message was shown when it happened."""


def from_operation(result: OperationResult, at: datetime) -> Event:
    """The event of an operation that ended at that time."""
    outcome = _outcome(result.operation, result.ok, result.steps, result.error)
    pids = {"pid_before": result.pid_before, "pid_after": result.pid_after}
    detail = {"state": result.state.value, **outcome, **pids}
    return Event(at=at, instance=result.instance, kind=Kind.OPERATION, detail=detail)


def from_abandoned(
    instance: str, operation: Operation, steps: Iterable[Step], at: datetime, asked_to_stop: int | None = None
) -> Event:
    """The event of an operation that nobody waited for any more from that time on.

    Its `ok` is `None`, because nobody knows; `asked_to_stop` is the pid of a process that may end of it all the same.
    """
    outcome = _outcome(operation, None, steps, None)
    detail = {"state": State.UNKNOWN.value, **outcome, "asked_to_stop": asked_to_stop}
    return Event(at=at, instance=instance, kind=Kind.OPERATION, detail=detail)


def from_onboarding(result: OnboardingResult, at: datetime) -> Event:
    """The event of an onboarding that ended at that time, well or not."""
    detail = {"state": result.state.value, **_outcome(Operation.NEW, result.ok, result.steps, result.error)}
    return Event(at=at, instance=result.instance, kind=Kind.OPERATION, detail=detail)


def from_undo(result: UndoResult, at: datetime) -> Event:
    """The event of an onboarding that was undone at that time, or could not be."""
    detail = _outcome(Operation.UNDO, result.ok, result.steps, result.error)
    return Event(at=at, instance=result.instance, kind=Kind.OPERATION, detail=detail)


def _outcome(
    operation: Operation, ok: bool | None, steps: Iterable[Step], error: Failure | None
) -> Mapping[str, Plain]:
    """The details of every operation."""
    taken = tuple(steps)
    commands = [_cut(step.command) for step in taken if step.command]
    return {
        "operation": operation.value,
        "ok": ok,
        "seconds": round(sum(step.seconds for step in taken), 1),
        "commands": tuple(commands[:_MOST_COMMANDS]),
        "error": error.code.value if error else None,
        "message": _cut(error.message) if error else None,
    }


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_TEXT else f"{text[: _LONGEST_TEXT - 1]}…"
