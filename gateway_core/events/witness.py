"""Follows a stream of snapshots, and says why things happened, as far as that is known.

What some claw-tui is doing to whom is the cause of what follows; else what a service manager or the kernel tells.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from gateway_core.events.causes import ECHO, caused
from gateway_core.events.differences import differences, unasked
from gateway_core.events.model import Event, Kind
from gateway_core.operations import Operation
from gateway_core.snapshot import Snapshot

if TYPE_CHECKING:
    from gateway_core.lifecycle.exit_reasons import ExitReasons


class EventDetector:
    """One per stream. What another claw-tui has started shows only when that one has written it down: `causes`."""

    def __init__(self, exit_reasons: ExitReasons | None = None) -> None:
        self._exit_reasons = exit_reasons
        self._last: Snapshot | None = None
        self._never_asked: frozenset[str] = frozenset()
        """Who was up at the first look and has not been asked since."""
        self._acting: dict[str, tuple[Operation, datetime | None]] = {}

    def see(self, snapshot: Snapshot) -> tuple[Event, ...]:
        """What happened since the look before this one; nothing at the first."""
        last, self._last = self._last, snapshot
        seen = differences(last, snapshot, self._never_asked) if last is not None else ()
        self._never_asked = unasked(snapshot) if last is None else self._never_asked & unasked(snapshot)
        found = tuple(self._explained(self._with_ending(event, last)) for event in seen)
        if self._exit_reasons is not None:
            self._exit_reasons.follow(tuple(one.signals.process for one in snapshot.instances if one.signals.process))
        return found

    def begins(self, instance: str, operation: Operation) -> None:
        """claw-tui has begun to do this."""
        self._acting[instance] = (operation, None)

    def ends(self, instance: str, at: datetime) -> None:
        """claw-tui is not at it any more."""
        if instance in self._acting:
            self._acting[instance] = (self._acting[instance][0], at)

    def close(self) -> None:
        """There are no more snapshots."""
        if self._exit_reasons is not None:
            self._exit_reasons.close()

    def _with_ending(self, event: Event, last: Snapshot | None) -> Event:
        """How the process ended is a detail of its death, and the cause where nothing else is one."""
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
