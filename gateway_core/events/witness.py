"""Follows a stream of snapshots, and knows what claw-tui itself is doing to whom: that is the cause of what follows."""

from __future__ import annotations

from datetime import datetime, timedelta

from gateway_core.events.differences import differences
from gateway_core.events.model import Event, Kind
from gateway_core.lifecycle.operations import Operation
from gateway_core.snapshot import Snapshot

_ECHO = timedelta(seconds=5)
"""So long after its end an operation is still the cause of what is seen: looks take their time."""
_CAUSES = {
    (Kind.DIED, Operation.STOP): "stopped by claw-tui",
    (Kind.DIED, Operation.RESTART): "restarted by claw-tui",
    (Kind.DIED, Operation.KILL): "killed by claw-tui",
    (Kind.STARTED, Operation.START): "started by claw-tui",
    (Kind.STARTED, Operation.RESTART): "restarted by claw-tui",
}


class Witness:
    """One per stream. Of what other claw-tuis do it only sees the effects."""

    def __init__(self) -> None:
        self._last: Snapshot | None = None
        self._acting: dict[str, tuple[Operation, datetime | None]] = {}

    def see(self, snapshot: Snapshot) -> tuple[Event, ...]:
        """What happened since the look before this one; nothing at the first."""
        last, self._last = self._last, snapshot
        return tuple(map(self._explained, differences(last, snapshot))) if last is not None else ()

    def begins(self, instance: str, operation: Operation) -> None:
        """claw-tui has begun to do this."""
        self._acting[instance] = (operation, None)

    def ends(self, instance: str, at: datetime) -> None:
        """claw-tui is not at it any more."""
        if instance in self._acting:
            self._acting[instance] = (self._acting[instance][0], at)

    def _explained(self, event: Event) -> Event:
        operation, ended = self._acting.get(event.instance or "", (None, None))
        if operation is None or (ended is not None and event.at > ended + _ECHO):
            return event
        cause = next((cause for key, cause in _CAUSES.items() if key == (event.kind, operation)), None)
        return event.model_copy(update={"cause": cause}) if cause else event
