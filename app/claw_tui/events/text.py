"""Events in words: a sign, what happened, and why, for every front end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from claw_tui.events.when_text import when_text
from claw_tui.text.cells import Tone
from claw_tui.text.values import clean, clock_time, count, port_range
from gateway_core.events.model import Event, Kind, Plain, is_asked_for
from gateway_core.snapshot import Grade

HOST = "this host"  # whom an event concerns that is about no instance


@dataclass(frozen=True, slots=True)
class Sign:
    """A symbol that tells the kind of an event at first sight."""

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
_FIGHTS = (Grade.ACTIVE.value, Grade.CERTAIN.value)
_ENDED = Sign("○", Tone.MUTED)  # as somebody asked for
_QUIET = Sign("·", Tone.MUTED)


def sign(event: Event) -> Sign:
    """Return the sign of the kind of event; that of an operation by how it went."""
    if event.kind == Kind.OPERATION:
        return Sign("▶", _tone_of_outcome(event.detail.get("ok")))
    if event.kind == Kind.DIED and is_asked_for(event):
        return _ENDED
    return next((shown for kind, shown in _SIGNS.items() if kind == event.kind), _QUIET)


def _tone_of_outcome(ok: Plain) -> Tone:
    if ok is None:
        return Tone.WARNING
    return Tone.STRONG if ok else Tone.BAD


def is_alarming(event: Event) -> bool:
    """Whether a person would want to know at once: a death that nobody asked for, a fight over a port."""
    if event.kind == Kind.CONFLICT_BEGAN:
        return event.detail.get("grade") in _FIGHTS
    return event.kind == Kind.DIED and not is_asked_for(event)


def time_text(event: Event) -> str:
    return clock_time(event.at)


def subject(event: Event) -> str:
    return clean(event.instance or HOST)


def description(event: Event) -> str:
    told = clean(f"{_told(event)}{_unseen(event)}")
    return f"{told}: {clean(event.cause)}" if event.cause else told


def _unseen(event: Event) -> str:
    """What is told of an event that nobody saw: how often, and when."""
    number = event.detail.get("count")
    times = f"{number}×" if isinstance(number, int) and number > 1 else ""
    when = when_text(event, event.at) if "seen_before" in event.detail else ""
    return "".join(f", {part}" for part in (" ".join(filter(None, (times, when))),) if part)


def commands(event: Event) -> tuple[str, ...]:
    found = event.detail.get("commands")
    return tuple(map(clean, found)) if isinstance(found, tuple) else ()


_TEXTS = {
    Kind.DIED: "pid {pid} is gone",
    Kind.STATE_CHANGED: "{from} → {to}: {reason}",
    Kind.VERSION_CHANGED: "version {from} → {to}",
    Kind.CONFIG_CHANGED: "config changed: {keys}",
    Kind.SERVICE_CHANGED: "{service} ({manager}) {change}",
}
"""By kind of event, with the names of its detail."""


def _told(event: Event) -> str:
    match event.kind:
        case Kind.STARTED:
            return _started(event.detail)
        case Kind.CONFLICT_BEGAN:
            return conflict_text(event.detail, "began")
        case Kind.CONFLICT_ENDED:
            return conflict_text(event.detail, "ended")
        case Kind.OPERATION:
            return _operation(event.detail)
    if event.kind == Kind.DIED and event.detail.get("pid") is None:
        return "its process is gone"
    text = next((text for kind, text in _TEXTS.items() if kind == event.kind), None)
    if text is None:
        return event.kind.replace("-", " ")
    return text.format_map(
        defaultdict(lambda: str(None), {name: _joined(value) for name, value in event.detail.items()})
    )


def _started(detail: Mapping[str, Plain]) -> str:
    port = f" on port {detail['port']}" if detail.get("port") else ""
    return f"started as pid {detail.get('pid')}{port}"


def conflict_text(detail: Mapping[str, Plain], verb: str) -> str:
    start, end = detail.get("start"), detail.get("end")
    ports = port_range(start, end) if isinstance(start, int) and isinstance(end, int) else "a port"
    return f"{detail.get('grade')} conflict {verb} on {ports}: {_joined(detail.get('parties'), ' × ')}"


def _operation(detail: Mapping[str, Plain]) -> str:
    name = str(detail.get("operation")).replace("-", " ")
    moved, trash = detail.get("moved"), detail.get("trash")
    taken = f"{count(len(moved), 'path')} moved to {trash}" if isinstance(moved, tuple) and moved else ""
    if detail.get("ok") is None:
        return f"claw-tui {name}: not waited for"
    if not detail["ok"]:
        return "; ".join(filter(None, (f"claw-tui {name} failed: {detail.get('message')}", taken)))
    if taken:
        return f"claw-tui {name}: {taken}"
    changed = detail.get("commands")
    return f"claw-tui {name} done in {detail.get('seconds')} s" if changed else f"claw-tui {name}: nothing to do"


def _joined(value: Plain, between: str = ", ") -> str:
    return between.join(value) if isinstance(value, tuple) else str(value)
