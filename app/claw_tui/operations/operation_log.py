"""What was done to instances in this session: plain data, made of the events of operations.

Imports nothing of the core before there is an event, because the dashboard's first paint waits for no core.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway_core.operations import Operation, OperationResult, Progress, Step, StepBegan

_KEPT = 200


@dataclass(frozen=True, slots=True)
class OperationRecord:
    """One operation on one instance, from the moment it was asked for."""

    number: int
    instance: str
    operation: Operation
    asked_at: datetime
    steps: tuple[Step, ...] = ()
    """Those that are over."""
    current: StepBegan | None = None
    """The one that is under way."""
    result: OperationResult | None = None
    asked_to_stop: int | None = None
    """The pid of the process that it has asked to stop so far."""
    abandoned: bool = False
    """Nobody waits for it any more; there will be no result."""

    @property
    def is_open(self) -> bool:
        """Whether it is under way, or waits for its turn."""
        return self.result is None and not self.abandoned


@dataclass(frozen=True, slots=True)
class OperationLog:
    """All of them, oldest first. An instance has at most one open record."""

    records: tuple[OperationRecord, ...] = ()

    @property
    def open(self) -> tuple[OperationRecord, ...]:
        """Those that are not over."""
        return tuple(one for one in self.records if one.is_open)

    @property
    def busy(self) -> frozenset[str]:
        """The instances that something is being done to."""
        return frozenset(one.instance for one in self.open)

    def last_of(self, instance_id: str) -> OperationRecord | None:
        """What was done to that instance last, or is being done."""
        return next((one for one in reversed(self.records) if one.instance == instance_id), None)

    def asked(self, instance_ids: Iterable[str], operation: Operation, at: datetime) -> OperationLog:
        """With these new ones; the oldest that are over are forgotten at some time."""
        first = self.records[-1].number + 1 if self.records else 1
        new = (OperationRecord(first + index, name, operation, at) for index, name in enumerate(instance_ids))
        recent = self.records[-_KEPT:]
        return OperationLog((*(one for one in self.records if one.is_open or one in recent), *new))

    def heard(self, event: Progress) -> OperationLog:
        """With what that event says about the open record of its instance."""
        from gateway_core.operations import OperationEnded, OutputLine, StepBegan

        if isinstance(event, OperationEnded):
            result = event.result
            return self._changed(result.instance, partial(replace, result=result, steps=result.steps, current=None))
        if isinstance(event, StepBegan):
            return self._changed(event.instance, partial(replace, current=event, asked_to_stop=event.asked_to_stop))
        if isinstance(event, OutputLine):
            return self
        step, asked = event.step, event.asked_to_stop
        return self._changed(
            event.instance, lambda one: replace(one, steps=(*one.steps, step), current=None, asked_to_stop=asked)
        )

    def abandoned(self, instance_ids: Iterable[str]) -> OperationLog:
        """With the open ones of these given up: they will never end, as far as this program knows."""
        log = self
        for name in instance_ids:
            log = log._changed(name, lambda one: replace(one, abandoned=True, current=None))
        return log

    def _changed(self, instance_id: str, change: Callable[[OperationRecord], OperationRecord]) -> OperationLog:
        wanted = (one.instance == instance_id and one.is_open for one in self.records)
        changed = (change(one) if open_ else one for one, open_ in zip(self.records, wanted, strict=True))
        return OperationLog(tuple(changed))
