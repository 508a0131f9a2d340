"""The log of the operations of this session: plain data, made of their reports.

Imports nothing of the core before there is a report, because the dashboard's first paint waits for no core.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from claw_tui.text.hints import Hint, in_commands

if TYPE_CHECKING:
    from gateway_core.operations import Operation, OperationResult, Progress, Step, StepBegan

_KEPT = 200


@dataclass(frozen=True, slots=True)
class OperationRecord:
    """An operation on one instance, from the moment it was asked for."""

    number: int
    instance: str
    operation: Operation
    asked_at: datetime
    steps: tuple[Step, ...] = ()  # the steps that are over
    current: StepBegan | None = None  # the step that is under way
    result: OperationResult | None = None
    asked_to_stop: int | None = None  # the pid of the process that the operation has asked to stop so far
    abandoned: bool = False  # nobody waits for the operation any more; there will be no result

    @property
    def is_open(self) -> bool:
        """Whether the operation is under way, or waits for its turn."""
        return self.result is None and not self.abandoned


@dataclass(frozen=True, slots=True)
class OperationLog:
    """The operations of this session, oldest first. An instance has at most one open record."""

    records: tuple[OperationRecord, ...] = ()

    @property
    def open(self) -> tuple[OperationRecord, ...]:
        return tuple(one for one in self.records if one.is_open)

    @property
    def busy(self) -> frozenset[str]:
        """The instances with an operation under way."""
        return frozenset(one.instance for one in self.open)

    def last_of(self, instance_id: str) -> OperationRecord | None:
        return next((one for one in reversed(self.records) if one.instance == instance_id), None)

    def with_requested(self, instance_ids: Iterable[str], operation: Operation, at: datetime) -> OperationLog:
        """Return the log with new records; of those that are over, it keeps the newest."""
        first = self.records[-1].number + 1 if self.records else 1
        new = (OperationRecord(first + index, name, operation, at) for index, name in enumerate(instance_ids))
        recent = self.records[-_KEPT:]
        return OperationLog((*(one for one in self.records if one.is_open or one in recent), *new))

    def with_finished(self, result: OperationResult, at: datetime) -> OperationLog:
        """Return the log with a record of what was done elsewhere and is over; it was asked for at that time."""
        asked = self.with_requested([result.instance], result.operation, at)
        *others, last = asked.records
        return OperationLog((*others, replace(last, result=result, steps=result.steps)))

    def with_progress(self, event: Progress, hint: Hint = in_commands) -> OperationLog:
        """Return the log with what the event says about the open record of its instance; advice as `hint` says it."""
        from gateway_core.operations import OperationEnded, OutputLine, StepBegan

        if isinstance(event, OperationEnded):
            result = advised(event.result, hint)
            return self._changed(result.instance, partial(replace, result=result, steps=result.steps, current=None))
        if isinstance(event, StepBegan):
            return self._changed(event.instance, partial(replace, current=event, asked_to_stop=event.asked_to_stop))
        if isinstance(event, OutputLine):
            return self
        step, asked = event.step, event.asked_to_stop
        return self._changed(
            event.instance, lambda one: replace(one, steps=(*one.steps, step), current=None, asked_to_stop=asked)
        )

    def with_abandoned(self, instance_ids: Iterable[str]) -> OperationLog:
        """Return the log with the open records of these given up: they never end, as far as this program knows."""
        log = self
        for name in instance_ids:
            log = log._changed(name, lambda one: replace(one, abandoned=True, current=None))
        return log

    def _changed(self, instance_id: str, change: Callable[[OperationRecord], OperationRecord]) -> OperationLog:
        wanted = (one.instance == instance_id and one.is_open for one in self.records)
        changed = (change(one) if open_ else one for one, open_ in zip(self.records, wanted, strict=True))
        return OperationLog(tuple(changed))


def advised(result: OperationResult, hint: Hint) -> OperationResult:
    """Return the result with its advice as `hint` says it."""
    if result.error is None or result.error.hint is None:
        return result
    error = result.error.model_copy(update={"hint": hint(result.error.hint)})
    return result.model_copy(update={"error": error})
