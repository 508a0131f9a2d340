"""What claw-tui did is the cause of what was seen: told from events alone, whichever claw-tui did it, or saw it.

An operation is written down when it is over, so this is concluded when events are read, not when they are written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

from gateway_core.events.model import Event, Kind
from gateway_core.operations import STOPS_WITHIN, Operation

ECHO = timedelta(seconds=5)
"""So long after its end an operation is still the cause of what is seen: looks take their time."""
BY_CLAW_TUI = "by claw-tui"

_CAUSES: Mapping[str, tuple[Operation, ...]] = {
    Kind.DIED: (Operation.STOP, Operation.RESTART, Operation.KILL),
    Kind.STARTED: (Operation.START, Operation.RESTART),
}
_PIDS = {Kind.DIED: "pid_before", Kind.STARTED: "pid_after"}
"""Which process an operation must have been about to be the cause."""


def caused(kind: str, operation: str) -> str | None:
    """Words for an operation as the cause of an event of that kind; `None`: it is not the cause of any such event."""
    causes = _CAUSES.get(kind, ())
    return f"{Operation(operation).verb.done} {BY_CLAW_TUI}" if operation in causes else None


def explained(events: Sequence[Event]) -> tuple[Event, ...]:
    """The same events; those that an operation among them explains, by its process and its time, say so."""
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
    lasted = timedelta(seconds=seconds if isinstance(seconds, int | float) else 0)
    finished = operation.detail.get(_PIDS[Kind(event.kind)]) == pid
    abandoned = event.kind == Kind.DIED and operation.detail.get("asked_to_stop") == pid
    in_time = operation.at - lasted - ECHO <= event.at <= operation.at + (STOPS_WITHIN if abandoned else ECHO)
    return same and in_time and (finished or abandoned)
