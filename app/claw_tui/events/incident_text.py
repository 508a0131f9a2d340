"""Incidents in words, one line each, and the days under which they stand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from signal import Signals

from claw_tui.events.text import Sign, commands, conflict_text, description, sign, subject
from claw_tui.text.cells import Tone
from claw_tui.text.sections import Line, Piece
from claw_tui.text.states import STATE_STYLES
from claw_tui.text.values import clean, clock_time, count, cut, duration, pad
from gateway_core.events.incidents import Incident, Story
from gateway_core.events.model import Kind, Plain
from gateway_core.operations import Operation
from gateway_core.snapshot import State

NEW = "•"  # before an incident that nobody has looked at yet

_WHEN_WIDTH = 12
_NARROWEST_NAME, _WIDEST_NAME = 12, 26
_DAY = timedelta(days=1)
_CALM = {
    Story.STOPPED: Sign("○", Tone.MUTED),
    Story.RESTARTED: Sign("●", Tone.GOOD),
    Story.STARTED: Sign("●", Tone.GOOD),
    Story.APPEARED: Sign("+", Tone.NOTICE),
    Story.VANISHED: Sign("–", Tone.WARNING),
    Story.CONFIG: Sign("≠", Tone.NOTICE),
    Story.VERSION: Sign("≠", Tone.NOTICE),
}
_SIGNALS = {str(one.value): one.name for one in Signals}
_CRASHED = Sign("■", Tone.BAD)
_QUIET = Sign("·", Tone.MUTED)


def day_heading(day: date, today: date) -> str:
    """`Today`, `Yesterday`, `Sat 28 Nov`; of another year with that."""
    if day == today:
        return "Today"
    if today - day == _DAY:
        return "Yesterday"
    return day.strftime("%a %d %b" if day.year == today.year else "%a %d %b %Y")


def local_day(incident: Incident) -> date:
    return incident.ended.astimezone().date()


def incident_sign(incident: Incident) -> Sign:
    """The symbol of an incident, and the tone of that; the words of a calm one have none."""
    match incident.story:
        case Story.CRASHED:
            return _CRASHED
        case Story.OPERATION if incident.operation is not None:
            return sign(incident.operation)
        case Story.STATE if incident.state in STATE_STYLES:
            style = STATE_STYLES[State(incident.state)]
            return Sign(style.symbol, style.tone)
        case Story.CONFLICT:
            return sign(incident.events[-1])
    return _CALM.get(incident.story, _QUIET)


def when_text(incident: Incident) -> str:
    """`02:14–02:16` where the incident took its time, else `02:14:07`; the day it ended on is known."""
    if is_undated(incident):
        return f"by {incident.ended.astimezone():%H:%M}"
    began, ended = incident.began.astimezone(), incident.ended.astimezone()
    if _minute(began) == _minute(ended):
        return ended.strftime("%H:%M:%S")
    if ended - began >= _DAY:
        return f"{began.strftime('%d %b')}–{ended.strftime('%H:%M')}"
    return f"{began.strftime('%H:%M')}–{ended.strftime('%H:%M')}"


def is_undated(incident: Incident) -> bool:
    """Whether it is only known that it happened between two looks."""
    return all("after" in event.detail or "seen_before" in event.detail for event in incident.events) and not any(
        "happened_at" in event.detail for event in incident.events
    )


def incident_line(incident: Incident, columns: int, *, new: bool) -> Line:
    """Draw one line of a list: whether it is new, when, a sign, whom, and what, cut to that width."""
    seen = incident_sign(incident)
    names = max(_NARROWEST_NAME, min(_WIDEST_NAME, columns // 4))
    told = cut(headline(incident), max(0, columns - _WHEN_WIDTH - names - 6))
    return (
        Piece(f"{NEW if new else ' '} ", Tone.NOTICE),
        Piece(f"{pad(when_text(incident), _WHEN_WIDTH)} ", Tone.MUTED),
        Piece(f"{seen.symbol} ", seen.tone),
        Piece(f"{pad(subject(incident.events[0]), names)} "),
        Piece(told, Tone.BAD if incident.is_alarming else Tone.NORMAL),
    )


def headline(incident: Incident) -> str:
    """What happened, in one line without time and name: `crashed 3×, exit 1; runs again`."""
    told = _HEADLINES.get(incident.story)
    return told(incident) if told is not None else description(incident.events[-1])


def _crashed(incident: Incident) -> str:
    how = ", ".join(map(ending, incident.causes[-2:])) or "cause unknown"
    times = f"crashed {incident.times}×" if incident.times > 1 else "died"
    return f"{times}, {how}{_afterwards(incident)}"


def _afterwards(incident: Incident) -> str:
    if incident.state is not None and incident.state not in (State.RUNNING, State.STOPPED):
        return f"; {clean(incident.state)}"
    return "; runs again" if incident.runs else ""


def _ended(incident: Incident) -> str:
    """How a gateway ended that was asked to, and by whom, if that is known."""
    ends = [event for event in incident.events if event.kind == Kind.DIED]
    asked = next((event.detail["asked_by"] for event in ends if event.detail.get("asked_by")), None)
    if asked is not None:
        return clean(f"stopped by {asked}")
    cause = clean(ends[-1].cause or "")
    return f"ended in order, {ending(cause)}" if cause.startswith(("exited", "killed by signal")) else cause


def ending(cause: str) -> str:
    """How a process ended, in the words of people: `exit 1`, `killed by SIGKILL`; other causes as they are."""
    what, _, number = clean(cause).rpartition(" ")
    if what == "exited":
        return f"exit {number}"
    if what == "killed by signal" and number in _SIGNALS:
        return f"killed by {_SIGNALS[number]}"
    return clean(cause)


def _restarted(incident: Incident) -> str:
    return f"{_ended(incident)}, and started again{_now(incident, State.RUNNING)}"


def _started(incident: Incident) -> str:
    last = next(event for event in reversed(incident.events) if event.kind == Kind.STARTED)
    return f"{description(last)}{_now(incident, State.RUNNING)}"


def _appeared(incident: Incident) -> str:
    return f"appeared{_now(incident) or _first_state(incident)}"


def _operated(incident: Incident) -> str:
    done = next(event for event in incident.events if event.kind == Kind.OPERATION)
    operation = Operation.named(str(done.detail.get("operation")))
    changed = commands(done) or done.detail.get("moved")
    if operation is None or not done.detail.get("ok") or not changed:
        return description(done)
    told = f"{operation.verb.done} by claw-tui, {done.detail.get('seconds')} s"
    if done.detail.get("moved"):
        told = description(done)
    versions = (description(event) for event in incident.events if event.kind == Kind.VERSION_CHANGED)
    return "; ".join((told, *versions)) + _now(incident, State.RUNNING, State.STOPPED)


def _now(incident: Incident, *expected: State) -> str:
    known = incident.state is not None and incident.state not in expected
    return f"; {clean(str(incident.state))}" if known else ""


def _first_state(incident: Incident) -> str:
    state = incident.events[0].detail.get("state")
    return f", {clean(state)}" if isinstance(state, str) else ""


def _to_and_fro(incident: Incident) -> str:
    """`running → degraded → running`; of many changes the states that there were, and how many changes."""
    if len(incident.events) == 1:
        return description(incident.events[0])
    changes = [event.detail for event in incident.events if event.kind == Kind.STATE_CHANGED]
    states = [str(changes[0].get("from")), *(str(change.get("to")) for change in changes)]
    reason = f": {changes[-1].get('reason')}" if changes[-1].get("reason") else ""
    if len(changes) < 3:
        return clean(f"{' → '.join(states)}{reason}")
    return clean(f"{' ⇄ '.join(dict.fromkeys(states))}, {len(changes)} changes{reason}")


def _conflict(incident: Incident) -> str:
    last = incident.events[-1]
    if len(incident.events) == 1:
        return description(last)
    return clean(conflict_text(last.detail, f"ended after {duration(incident.ended - incident.began)}"))


def _config(incident: Incident) -> str:
    keys = dict.fromkeys(key for event in incident.events for key in texts(event.detail.get("keys")))
    return clean(f"config changed{f' {incident.times}×' if incident.times > 1 else ''}: {', '.join(keys)}")


def _service(incident: Incident) -> str:
    return "; ".join(dict.fromkeys(map(description, incident.events)))


_HEADLINES: Mapping[Story, Callable[[Incident], str]] = {
    Story.CRASHED: _crashed,
    Story.OPERATION: _operated,
    Story.STOPPED: _ended,
    Story.RESTARTED: _restarted,
    Story.STARTED: _started,
    Story.APPEARED: _appeared,
    Story.VANISHED: lambda _: "vanished",
    Story.STATE: _to_and_fro,
    Story.CONFLICT: _conflict,
    Story.CONFIG: _config,
    Story.SERVICE: _service,
}


def searchable(incident: Incident) -> str:
    told = (part for event in incident.events for part in (clock_time(event.at), event.kind, description(event)))
    run = (command for event in incident.events for command in commands(event))
    return "\n".join((subject(incident.events[0]), headline(incident), *told, *run))


def caption(shown: int, total: int, filter_text: str, *, kept: bool) -> Line:
    if not kept:
        return (Piece("Nothing is written down in this session", Tone.MUTED),)
    if not total:
        return (Piece("Nothing since claw-tui first looked. Starts, ends and changes appear here"),)
    if filter_text and not shown:
        return Piece(f"Nothing matches {clean(filter_text)}"), Piece(f"; esc shows all {total}", Tone.MUTED)
    if filter_text:
        return Piece(f"{shown} of {count(total, 'incident')}"), Piece(f": {clean(filter_text)}", Tone.MUTED)
    return Piece(count(total, "incident")), Piece(", newest first; enter shows the events of one", Tone.MUTED)


def _minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)


def texts(value: Plain) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else ()
