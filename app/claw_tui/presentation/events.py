"""Events in words: a sign, what happened, and why, for every front end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from claw_tui.presentation.cells import Tone
from claw_tui.presentation.values import clean, clock_time, port_range
from gateway_core.events.model import Event, Kind, Plain

HOST = "this host"
"""Whom an event concerns that is about no instance."""


@dataclass(frozen=True, slots=True)
class Sign:
    """What an event looks like at first sight."""

    symbol: str
    tone: Tone


_SIGNS = {
    Kind.APPEARED: Sign("+", Tone.NOTICE),
    Kind.VANISHED: Sign("–", Tone.WARNING),
    Kind.STARTED: Sign("●", Tone.GOOD),
    Kind.DIED: Sign("■", Tone.BAD),
    Kind.CONFLICT_BEGAN: Sign("▲", Tone.WARNING),
    Kind.CONFLICT_ENDED: Sign("△", Tone.GOOD),
    Kind.CONFIG_CHANGED: Sign("≠", Tone.NOTICE),
    Kind.VERSION_CHANGED: Sign("≠", Tone.NOTICE),
}
_QUIET = Sign("·", Tone.MUTED)


def sign(event: Event) -> Sign:
    """By its kind; an operation by how it went."""
    if event.kind == Kind.OPERATION:
        return Sign("▶", Tone.STRONG) if event.detail.get("ok") else Sign("▶", Tone.BAD)
    return next((look for kind, look in _SIGNS.items() if kind == event.kind), _QUIET)


def at(event: Event) -> str:
    """When, in the reader's own time zone."""
    return clock_time(event.at)


def whom(event: Event) -> str:
    """The instance, or the host."""
    return clean(event.instance or HOST)


def what(event: Event) -> str:
    """What happened, and why where that is known, in one line."""
    tell = _TELLERS.get(event.kind)
    told = clean(tell(event.detail) if tell else event.kind.replace("-", " "))
    return f"{told}: {clean(event.cause)}" if event.cause else told


def searchable(event: Event) -> str:
    """Everything that a filter looks at."""
    return "\n".join((at(event), whom(event), event.kind, what(event), *commands(event)))


def commands(event: Event) -> tuple[str, ...]:
    """What was run, of an operation."""
    found = event.detail.get("commands")
    return tuple(map(clean, found)) if isinstance(found, tuple) else ()


def _started(detail: Mapping[str, Plain]) -> str:
    port = f" on port {detail['port']}" if detail.get("port") else ""
    return f"started as pid {detail.get('pid')}{port}"


def _died(detail: Mapping[str, Plain]) -> str:
    return f"pid {detail.get('pid')} is gone"


def _changed_state(detail: Mapping[str, Plain]) -> str:
    return f"{detail.get('from')} → {detail.get('to')}: {detail.get('reason')}"


def _changed_version(detail: Mapping[str, Plain]) -> str:
    return f"version {detail.get('from')} → {detail.get('to')}"


def _changed_config(detail: Mapping[str, Plain]) -> str:
    return f"config changed: {_joined(detail.get('keys'))}"


def _changed_service(detail: Mapping[str, Plain]) -> str:
    return f"{detail.get('service')} ({detail.get('manager')}) {detail.get('change')}"


def _conflict(detail: Mapping[str, Plain], verb: str) -> str:
    start, end = detail.get("start"), detail.get("end")
    ports = port_range(start, end) if isinstance(start, int) and isinstance(end, int) else "a port"
    return f"{detail.get('grade')} conflict {verb} on {ports}: {_joined(detail.get('parties'), ' × ')}"


def _began(detail: Mapping[str, Plain]) -> str:
    return _conflict(detail, "began")


def _over(detail: Mapping[str, Plain]) -> str:
    return _conflict(detail, "ended")


def _operation(detail: Mapping[str, Plain]) -> str:
    name = str(detail.get("operation")).replace("-", " ")
    if not detail.get("ok"):
        return f"claw-tui {name} failed: {detail.get('message')}"
    changed = detail.get("commands")
    return f"claw-tui {name} done in {detail.get('seconds')} s" if changed else f"claw-tui {name}: nothing to do"


def _joined(value: Plain, between: str = ", ") -> str:
    return between.join(value) if isinstance(value, tuple) else str(value)


_TELLERS: Mapping[str, Callable[[Mapping[str, Plain]], str]] = {
    Kind.STARTED: _started,
    Kind.DIED: _died,
    Kind.STATE_CHANGED: _changed_state,
    Kind.VERSION_CHANGED: _changed_version,
    Kind.CONFIG_CHANGED: _changed_config,
    Kind.SERVICE_CHANGED: _changed_service,
    Kind.CONFLICT_BEGAN: _began,
    Kind.CONFLICT_ENDED: _over,
    Kind.OPERATION: _operation,
}
