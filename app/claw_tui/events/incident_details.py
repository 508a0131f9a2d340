"""All that is known of one incident, in sections, and what can be copied of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from claw_tui.events.incident_logs import LogExcerpt
from claw_tui.events.incident_text import day_heading, ending, headline, incident_sign, is_undated, local_day, texts
from claw_tui.events.text import commands, description, is_alarming, sign, subject
from claw_tui.events.when_text import when_text
from claw_tui.logs.lines import LEVEL_TONES, body
from claw_tui.text.cells import Tone
from claw_tui.text.sections import Fact, Piece, Section, command_fact, fact, sections_of
from claw_tui.text.sheet_contents import Copyable, copyables_of
from claw_tui.text.values import clean, clock_time, count, cut, duration
from gateway_core.events.incidents import Incident
from gateway_core.events.model import happened_at

LABEL_WIDTH = 12
_MOST_LISTED = 100
_LONGEST_LINE = 300
_TIMES = ("happened_at", "first_at", "after", "before", "seen_before", "ended")
_DETAILS_TOLD = ("commands", "operation", "ok", "seconds", "message", "count", "asked_by", "unasked", *_TIMES)
"""The details that are told in words already."""


def sections(incident: Incident, today: date, logs: LogExcerpt) -> tuple[Section, ...]:
    """Tell all of an incident: what and when, its events, what was run, and what the gateway logged meanwhile."""
    return sections_of(
        (subject(incident.events[0]), _facts(incident, today)),
        ("What was run", (command_fact("", command) for event in incident.events for command in commands(event))),
        ("Details", _details(incident)),
        (count(len(incident.events), "event"), _event_facts(incident)),
        ("What it logged", _log_facts(logs)),
    )


def _facts(incident: Incident, today: date) -> Iterator[Fact]:
    seen = incident_sign(incident)
    tone = Tone.BAD if incident.is_alarming else Tone.STRONG
    yield Fact("what", (Piece(f"{seen.symbol} {headline(incident)}", tone),))
    if is_undated(incident):
        now = incident.seen.astimezone()
        told = (when_text(event, now) for event in incident.events)
        yield fact("when", next(filter(None, told), f"before {clock_time(incident.seen)}"))
    else:
        yield from _when(incident, today)
    if causes := [cause for cause in incident.causes if ending(cause) not in headline(incident)]:
        yield fact("why", clean("; ".join(causes)))


def _when(incident: Incident, today: date) -> Iterator[Fact]:
    lasted = incident.ended - incident.began
    day = day_heading(local_day(incident), today)
    span = "" if lasted < timedelta(seconds=1) else f"from {_clock(incident.began)}, for {duration(lasted)}"
    yield fact("when", f"{day}, {_clock(incident.ended)}", span)
    if incident.ended < incident.events[-1].at - timedelta(minutes=1):
        yield fact("seen", clock_time(incident.events[-1].at))


def _details(incident: Incident) -> Iterator[Fact]:
    """What else the events tell that are told by no other words: of an operation, and of what is alone."""
    told = incident.operation or (incident.events[0] if len(incident.events) == 1 else None)
    for name, value in told.detail.items() if told is not None else ():
        if name in _DETAILS_TOLD or value in (None, ()):
            continue
        values = texts(value) or (str(value),)
        yield from (fact(name.replace("_", " ") if not at else "", clean(one)) for at, one in enumerate(values))


def _event_facts(incident: Incident) -> Iterator[Fact]:
    if [description(event) for event in incident.events] == [headline(incident)]:
        return
    left_out = len(incident.events) - _MOST_LISTED
    for event in incident.events[-_MOST_LISTED:]:
        shown = sign(event)
        label = f"{_clock(happened_at(event))} {shown.symbol}"
        yield Fact(label, (Piece(description(event)),), shown.tone if is_alarming(event) else Tone.MUTED)
    if left_out > 0:
        yield fact("", f"and {count(left_out, 'event')} before", tone=Tone.MUTED)


def copyables(incident: Incident) -> tuple[Copyable, ...]:
    who, what, when = subject(incident.events[0]), headline(incident), clock_time(incident.ended)
    events = (f"{clock_time(happened_at(event))} {who}: {description(event)}" for event in incident.events)
    run = (command for event in incident.events for command in commands(event))
    return copyables_of(
        ("a", "all of it", "\n".join((f"{when} {who}: {what}", *(events if len(incident.events) > 1 else ())))),
        ("w", "what happened", what),
        ("t", "time", when),
        ("i", "instance", incident.instance or ""),
        ("c", "commands", "\n".join(run)),
    )


def _log_facts(logs: LogExcerpt) -> Iterator[Fact]:
    for line in logs.lines:
        tone = LEVEL_TONES.get(line.level, Tone.MUTED) if line.level is not None else Tone.NORMAL
        yield Fact(_clock(line.at) if line.at else "", (Piece(clean(cut(body(line), _LONGEST_LINE)), tone),))
    if logs.note:
        yield fact("", clean(logs.note), tone=Tone.MUTED)


def _clock(moment: datetime) -> str:
    return moment.astimezone().strftime("%H:%M:%S")
