"""What happened while no dashboard was open, in words: a line per gateway, the worst first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum

from claw_tui.events.incident_text import ending
from claw_tui.events.when_text import day_time, when_text
from claw_tui.text.cells import Tone
from claw_tui.text.sections import Fact, Line, Piece, Section, fact, joined, lay_out
from claw_tui.text.states import STATE_STYLES
from claw_tui.text.values import clean, duration, pad, port_range, width
from gateway_core.events.absence import HOST_RESTARTED, MANAGER_ENDED
from gateway_core.events.incidents import Incident, Story, incidents
from gateway_core.events.looking_back import Absence
from gateway_core.events.model import Event, Kind, happened_at, is_asked_for
from gateway_core.snapshot import State

HEADING = "While you were away"
_NARROWEST_NAME, _WIDEST_NAME = 14, 28
_WORTH_A_LOOK = (Story.VANISHED, Story.CONFLICT)
_AT_EASE = (State.RUNNING, State.STOPPED)
_UNCAUSED = "; nothing tells why"
_UNASKED = "; there was no time to find out why"


class Weight(IntEnum):
    """How much a story needs a person, the most first."""

    DOWN = 0  # it ended, nobody asked for that, and it does not run
    CRASHED = 1  # it runs again, or runs badly, or was stopped later
    CHANGED = 2
    CALM = 3  # somebody had it happen


_SIGNS = {
    Weight.DOWN: ("■", Tone.BAD),
    Weight.CRASHED: ("▲", Tone.WARNING),
    Weight.CHANGED: ("≠", Tone.NOTICE),
    Weight.CALM: ("·", Tone.MUTED),
}
_TALLIES = {
    Weight.DOWN: "down",
    Weight.CRASHED: "in trouble",
    Weight.CHANGED: "changed",
    Weight.CALM: "as asked",
}


@dataclass(frozen=True, slots=True)
class AwayStory:
    """What became of one gateway."""

    instance: str
    weight: Weight
    text: str
    last_line: str = ""  # of its log, before it ended


def stories(absence: Absence) -> tuple[AwayStory, ...]:
    """One story for each gateway of which there is something to tell, the worst first, else in their order."""
    by_instance: dict[str, list[Event]] = {}
    for event in absence.events:
        if event.instance is not None:
            by_instance.setdefault(event.instance, []).append(event)
    told = (_story(instance, events, absence) for instance, events in by_instance.items())
    return tuple(sorted(told, key=lambda story: story.weight))


def caption(absence: Absence, found: Sequence[AwayStory], columns: int) -> list[Line]:
    """Say since when nobody has looked, and how many gateways have which kind of story: on one line, if that fits."""
    lasted = absence.until - absence.since
    told = f"Since {day_time(absence.since, absence.until)} ({duration(lasted)})"
    since = Piece(told if lasted > timedelta(0) else "Since claw-tui last looked", Tone.MUTED)
    numbers = [(weight, sum(story.weight is weight for story in found)) for weight in Weight]
    tallies = tuple(
        Piece(f"{_SIGNS[weight][0]} {number} {_TALLIES[weight]}", _SIGNS[weight][1])
        for weight, number in numbers
        if number
    )
    line = joined((since, *tallies))
    fits = sum(width(piece.text) for piece in line) <= columns
    return [line] if fits else [(since,), joined(tallies)]


def story_lines(story: AwayStory, columns: int, name_width: int) -> list[Line]:
    """Draw a story: a sign, the gateway, and beside it what happened, wrapped under itself."""
    sign, tone = _SIGNS[story.weight]
    wanted = Tone.MUTED if story.weight is Weight.CALM else Tone.NORMAL
    facts = [Fact(f"{sign} {pad(clean(story.instance), name_width)}", (Piece(story.text, wanted),), tone)]
    if story.last_line:
        facts.append(fact("", f"its log ends: {story.last_line}", tone=Tone.MUTED))
    return lay_out([Section("", tuple(facts))], columns, name_width + 2)[1:]


def name_width(found: Iterable[AwayStory], columns: int) -> int:
    longest = max((len(clean(story.instance)) for story in found), default=0)
    return max(_NARROWEST_NAME, min(longest, _WIDEST_NAME, columns // 3))


def quiet_text(absence: Absence) -> str:
    if absence.since >= absence.until:
        return "Nothing has changed since claw-tui last looked."
    return f"Nothing has changed since {day_time(absence.since, absence.until)}, when claw-tui last looked."


def _story(instance: str, events: Sequence[Event], absence: Absence) -> AwayStory:
    found = incidents(events)
    parts = list(dict.fromkeys(part for event in _in_order(events) if (part := _part(event, events, absence))))
    lines = [event.detail.get("last_line") for event in events]
    last_line = next((clean(line) for line in lines if isinstance(line, str)), "")
    return AwayStory(instance, _weight(found, events), clean("; ".join(parts)), last_line)


def _in_order(events: Sequence[Event]) -> Iterable[Event]:
    """The end before the start, but for that of what ended; then how it is now, and the rest."""
    ranks = (Kind.VANISHED, Kind.APPEARED, None, Kind.DIED, Kind.STARTED, Kind.STATE_CHANGED)
    places = {kind.value: rank for rank, kind in enumerate(ranks) if kind is not None}

    def place(event: Event) -> int:
        begins = event.kind == Kind.STARTED and _has_ended(event, events)
        return ranks.index(None) if begins else places.get(event.kind, len(ranks))

    return sorted(events, key=place)


def _weight(found: Sequence[Incident], events: Sequence[Event]) -> Weight:
    kinds = {event.kind for event in events}
    if any(incident.is_alarming for incident in found):
        ends = [event for event in events if event.kind == Kind.DIED]
        is_well = _runs(events) or (bool(ends) and is_asked_for(ends[-1]))
        return Weight.CRASHED if is_well else Weight.DOWN
    if any(event.kind == Kind.STATE_CHANGED and event.detail.get("to") not in _AT_EASE for event in events):
        return Weight.CRASHED
    if any(incident.story in _WORTH_A_LOOK for incident in found):
        return Weight.CRASHED
    ended_as_asked = any(event.kind == Kind.DIED and is_asked_for(event) for event in events)
    only_begun = kinds <= {Kind.STARTED, Kind.STATE_CHANGED}
    return Weight.CALM if ended_as_asked or only_begun else Weight.CHANGED


def _part(event: Event, events: Sequence[Event], absence: Absence) -> str | None:
    """What one event adds to the story of its gateway."""
    match event.kind:
        case Kind.DIED:
            return _ended(event, events, absence)
        case Kind.STARTED:
            return _started(event, events, absence)
        case Kind.STATE_CHANGED:
            return _state(event, events)
        case Kind.APPEARED:
            return "is new on this host"
        case Kind.VANISHED:
            return "is not on this host any more"
        case Kind.VERSION_CHANGED:
            return f"version {event.detail.get('from')} → {event.detail.get('to')}"
        case Kind.CONFIG_CHANGED:
            return _config(event, absence)
        case Kind.SERVICE_CHANGED:
            return f"its service {event.detail.get('service')} was {event.detail.get('change')}"
    return None


def _ended(event: Event, events: Sequence[Event], absence: Absence) -> str:
    known = when_text(event, absence.until)
    when = f" {known}" if known else ""
    if event.cause == HOST_RESTARTED:
        return f"ended{when} with a restart of this host"
    if event.cause == MANAGER_ENDED:
        return f"ended{when} with the last session of its user, as it does without lingering"
    if is_asked_for(event):
        verb = "restarted" if _runs(events) else "stopped"
        return f"was {verb}{when}, as asked ({event.detail.get('asked_by') or 'claw-tui'})"
    number, ended = event.detail.get("count"), event.detail.get("ended")
    how = ending(ended) if isinstance(ended, str) else None
    if isinstance(number, int) and number > 1:
        return f"crashed {number}×{when}{f' ({how})' if how else ''}"
    if how in ("exit 0", "exit 130", "exit 143"):
        return f"ended by itself{when} ({how})"
    unknown = _UNASKED if event.detail.get("unasked") else _UNCAUSED
    return f"died{when}{f' ({how})' if how else unknown}"


def _started(event: Event, events: Sequence[Event], absence: Absence) -> str:
    when = day_time(happened_at(event), absence.until)
    if _runs(events) and any(one.kind == Kind.DIED for one in events):
        return f"it runs again since {when}"
    by = f" {event.cause.removeprefix('started ')}" if event.cause else ""
    return f"was started {when if ' ' in when else f'at {when}'}{by}"


def _runs(events: Sequence[Event]) -> bool:
    """Whether it was started, and has another process than the one that ended."""
    return any(event.kind == Kind.STARTED and not _has_ended(event, events) for event in events)


def _has_ended(start: Event, events: Sequence[Event]) -> bool:
    """Whether what was started then is what ended after it."""
    later = events[events.index(start) :]
    return any(event.kind == Kind.DIED and event.detail.get("pid") == start.detail.get("pid") for event in later)


def _state(event: Event, events: Sequence[Event]) -> str | None:
    state, moved = event.detail.get("to"), any(one.kind in (Kind.DIED, Kind.STARTED) for one in events)
    if moved and state in _AT_EASE:
        return None
    reason = event.detail.get("reason")
    word = next((style.word for known, style in STATE_STYLES.items() if known == state), state)
    return f"is now: {word}" + (f", {reason}" if reason and state not in _AT_EASE else "")


def _config(event: Event, absence: Absence) -> str:
    before, now, keys = event.detail.get("from"), event.detail.get("to"), event.detail.get("keys")
    written = "happened_at" in event.detail
    when = f" {when_text(event, absence.until)}" if written else ""
    if isinstance(now, int):
        was = port_range(before, before) if isinstance(before, int) else "none"
        return f"base port {was} → {now}" + (f", its config was written{when}" if written else "")
    if written or not isinstance(keys, tuple):
        return f"its config was written{when}"
    return f"its config changed: {', '.join(keys)}"
