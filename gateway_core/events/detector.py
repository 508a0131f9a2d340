"""Makes events of a stream of snapshots, with the cause of each as far as it is known.

What claw-tui is doing to an instance is the cause of what follows; else what a service manager or the kernel tells.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from gateway_core.events.differences import differences
from gateway_core.events.model import Event, Kind
from gateway_core.events.operation_events import ECHO, caused
from gateway_core.operations import Operation
from gateway_core.snapshot import Instance, Snapshot, State

if TYPE_CHECKING:
    from gateway_core.lifecycle.exit_reasons import ExitReasons


class EventDetector:
    """Compares the snapshots of one stream. What another claw-tui did shows once it is written down: `causes`."""

    def __init__(self, exit_reasons: ExitReasons | None = None) -> None:
        self._exit_reasons = exit_reasons
        self._last: Snapshot | None = None
        self._never_asked: frozenset[str] = frozenset()
        """The ids of the gateways that were up at the first look and have not been asked since."""
        self._acting: dict[str, tuple[Operation, datetime | None]] = {}

    def detect(self, snapshot: Snapshot) -> tuple[Event, ...]:
        """Return what happened since the snapshot before this one; nothing at the first."""
        last, self._last = self._last, snapshot
        changes = differences(last, snapshot) if last is not None else ()
        news = [event for event in changes if not self._is_first_answer(event, last)]
        unasked = frozenset(instance.id for instance in snapshot.instances if is_unasked(instance))
        self._never_asked = unasked if last is None else self._never_asked & unasked
        found = tuple(self._explained(self._with_ending(event, last)) for event in news)
        if self._exit_reasons is not None:
            self._exit_reasons.follow(tuple(one.signals.process for one in snapshot.instances if one.signals.process))
        return found

    def begins(self, instance: str, operation: Operation) -> None:
        """Take an operation as the cause of what happens to the instance from now on."""
        self._acting[instance] = (operation, None)

    def ends(self, instance: str, at: datetime) -> None:
        if instance in self._acting:
            self._acting[instance] = (self._acting[instance][0], at)

    def close(self) -> None:
        if self._exit_reasons is not None:
            self._exit_reasons.close()

    def _is_first_answer(self, event: Event, last: Snapshot | None) -> bool:
        """Whether the state changed only because a gateway that was not seen to start was asked for the first time."""
        old = last.instance(event.instance or "") if last is not None and event.kind == Kind.STATE_CHANGED else None
        return old is not None and is_unasked(old) and (old.id in self._never_asked or old.state is State.UNKNOWN)

    def _with_ending(self, event: Event, last: Snapshot | None) -> Event:
        """The event with how the process ended: a detail of its death, and the cause where nothing else is one."""
        old = last.instance(event.instance or "") if last is not None and event.kind == Kind.DIED else None
        if old is None or old.signals.process is None or self._exit_reasons is None:
            return event
        ending, asked = self._exit_reasons.of(old.signals.process), self._exit_reasons.asked_for(old, event.at)
        cause = (caused(event.kind, asked) if asked else None) or event.cause or ending
        return event.model_copy(update={"cause": cause, "detail": {**event.detail, "ended": ending}})

    def _explained(self, event: Event) -> Event:
        operation, ended = self._acting.get(event.instance or "", (None, None))
        if operation is None or (ended is not None and event.at > ended + ECHO):
            return event
        cause = caused(event.kind, operation)
        return event.model_copy(update={"cause": cause}) if cause else event


def is_unasked(instance: Instance) -> bool:
    """Whether a gateway is up and has not been asked how it is."""
    return instance.signals.process is not None and instance.signals.http is None
