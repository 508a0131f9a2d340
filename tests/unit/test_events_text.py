"""Incidents in words, the days that they stand under, and what of them is unread."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from claw_tui.events.incident_details import copyables, sections
from claw_tui.events.incident_logs import LogExcerpt
from claw_tui.events.incident_text import (
    caption,
    day_heading,
    headline,
    incident_line,
    incident_sign,
    searchable,
    when_text,
)
from claw_tui.events.text import is_alarming, sign
from claw_tui.events.unread import is_new, unread
from claw_tui.text.sections import Section
from claw_tui.text.unread import Unread
from claw_tui.text.values import width
from gateway_core.events.incidents import Incident, incidents
from gateway_core.events.model import Event, Kind, Plain
from gateway_core.logs.model import Level, LogLine
from tests.snapshots import NOW
from tests.unit.test_events_incidents import WHO, at, crash_loop, died, event, of, operation, started, state


def one(*events: Event) -> Incident:
    (found,) = incidents(events)
    return found


FIGHT: dict[str, Plain] = {
    "grade": "active",
    "start": 19001,
    "end": 19001,
    "parties": (WHO, "python3 (pid 7)"),
    "why": "so",
}
STORIES = [
    (one(*crash_loop()), "■", "crashed 3×, exit 1; crash-looping"),
    (one(died(0), started(3)), "■", "died, exit 1; runs again"),
    (one(died(0, None)), "■", "died, cause unknown"),
    (one(died(0, "killed by signal 9"), died(9, "exited 1", 8)), "■", "crashed 2×, killed by SIGKILL, exit 1"),
    (one(died(0, "stopped by claw-tui"), operation(1, "stop", pid_before=7)), "▶", "stopped by claw-tui, 1.2 s"),
    (one(operation(0, "start"), state(3, "starting", "degraded")), "▶", "started by claw-tui, 1.2 s; degraded"),
    (one(operation(0, "stop", ok=False, message="no")), "▶", "claw-tui stop failed: no"),
    (one(operation(0, "stop", ok=None)), "▶", "claw-tui stop: not waited for"),
    (one(died(0, "exited 0")), "○", "ended in order, exit 0"),
    (one(died(0, "killed by signal 9", asked_by="systemctl")), "○", "stopped by systemctl"),
    (one(died(0, "stopped by claw-tui")), "○", "stopped by claw-tui"),
    (one(died(0, "exited 0"), started(1)), "●", "ended in order, exit 0, and started again"),
    (one(started(0), state(1, "starting", "running")), "●", "started as pid 8 on port 19001"),
    (one(event(Kind.APPEARED, 0, state="stopped")), "+", "appeared, stopped"),
    (one(event(Kind.VANISHED, 0, state="stopped")), "–", "vanished"),
    (one(state(0, "running", "degraded")), "◐", "running → degraded: so it is"),
    (
        one(state(0, "running", "degraded"), state(5, "degraded", "running")),
        "●",
        "running → degraded → running: so it is",
    ),
    (one(*(state(n, "running", "degraded") for n in range(4))), "◐", "running ⇄ degraded, 4 changes: so it is"),
    (
        one(event(Kind.CONFLICT_BEGAN, 0, None, **FIGHT)),
        "▲",
        f"active conflict began on 19001: {WHO} × python3 (pid 7)",
    ),
    (
        one(event(Kind.CONFLICT_BEGAN, 0, None, **FIGHT), event(Kind.CONFLICT_ENDED, 720, None, **FIGHT)),
        "△",
        f"active conflict ended after 12m on 19001: {WHO} × python3 (pid 7)",
    ),
    (one(*(event(Kind.CONFIG_CHANGED, n, keys=(f"a{n}",)) for n in range(2))), "≠", "config changed 2×: a0, a1"),
    (one(event(Kind.VERSION_CHANGED, 0, **{"from": "1", "to": "2"})), "≠", "version 1 → 2"),
    (one(event("dreamt-up", 0)), "·", "dreamt up"),
]


@pytest.mark.parametrize(("incident", "symbol", "words"), STORIES)
def test_an_incident_is_one_line(incident: Incident, symbol: str, words: str) -> None:
    assert (incident_sign(incident).symbol, headline(incident)) == (symbol, words)
    for columns in (40, 78, 118):
        line = incident_line(incident, columns, new=True)
        assert line[0].text == "• "
        assert sum(width(piece.text) for piece in line) <= columns


def test_an_undo_says_what_it_moved_and_where_that_is() -> None:
    moved = operation(0, "undo", moved=("/home/me/.openclaw-x", "/home/me/w"), trash="/trash/x")
    found = one(moved.model_copy(update={"detail": {**moved.detail, "commands": ()}}))
    assert headline(found) == "claw-tui undo: 2 paths moved to /trash/x"
    shown = _text(sections(found, NOW.date(), LogExcerpt()))
    assert "/home/me/.openclaw-x" in shown
    assert shown.count("/trash/x") == 2


def test_when_it_was_and_on_which_day() -> None:
    assert when_text(one(died(0))) == died(0).at.astimezone().strftime("%H:%M:%S")
    assert when_text(one(*crash_loop())).count("–") == 1
    long = one(event(Kind.CONFLICT_BEGAN, -200_000, None, **FIGHT), event(Kind.CONFLICT_ENDED, 0, None, **FIGHT))
    assert when_text(long).startswith(at(-200_000).astimezone().strftime("%d %b–"))
    today = date(2026, 11, 20)
    days = [day_heading(today - timedelta(days=back), today) for back in (0, 1, 2, 400)]
    assert days == ["Today", "Yesterday", "Wed 18 Nov", "Thu 16 Oct 2025"]


def test_a_day_is_named_before_anybody_knows_which_it_is() -> None:
    assert day_heading(date(2026, 11, 30), date.min) == "Mon 30 Nov 2026"


def test_of_what_nobody_saw_the_bounds_are_told() -> None:
    before, now = at(-30_000).isoformat(), NOW.isoformat()
    unseen = died(0, None, after=before, before=now, seen_before=before)
    found, undated = one(unseen, state(0, "running", "stopped")), one(unseen)
    assert when_text(undated) == f"by {NOW.astimezone():%H:%M}"
    shown = _text(sections(undated, NOW.date(), LogExcerpt()))
    assert f"between {at(-30_000).astimezone():%H:%M} and {NOW.astimezone():%H:%M}" in shown
    assert "seen before" not in shown
    assert len(found.events) == 2


def test_all_of_an_incident_can_be_read_found_and_copied() -> None:
    found = one(*crash_loop())
    logs = LogExcerpt(None, (LogLine(at(0), Level.ERROR, "gateway", "no such file\x1b[2J", "/tmp/log"),), "and no more")
    shown = _text(sections(found, NOW.date(), logs))
    for words in ("crashed 3×", "8 events", "pid 9 is gone", "openclaw-gateway.service", "no such file", "and no more"):
        assert words in shown
    assert "\x1b" not in shown
    assert "restarted" in searchable(found)
    texts = {thing.what: thing.text for thing in copyables(found)}
    assert texts["what happened"] == "crashed 3×, exit 1; crash-looping"
    assert texts["all of it"].count("\n") == 8


def test_a_long_incident_lists_its_newest_events() -> None:
    found = one(*(died(n, pid=n) for n in range(150)))
    shown = _text(sections(found, NOW.date(), LogExcerpt()))
    assert "and 50 events before" in shown
    assert "pid 149 is gone" in shown
    assert "pid 49 is gone" not in shown


def test_an_end_that_was_asked_for_is_calm_also_as_an_event_of_its_own() -> None:
    asked = (died(0, "stopped by claw-tui"), died(0, "killed by signal 9", asked_by="systemctl"))
    assert [(sign(event).symbol, is_alarming(event)) for event in asked] == [("○", False)] * 2
    assert (sign(died(0)).symbol, is_alarming(died(0))) == ("■", True)


def test_unread_is_what_went_on_since_and_was_not_done_from_here() -> None:
    crashed, stopped = one(*crash_loop()), one(operation(200, "stop"))
    failed = one(of("openclaw:b", operation(300, "stop", ok=False, message="no")))
    everything = (crashed, stopped, failed)
    assert unread(everything, at(-1)) == Unread(2, alarming=True)
    assert unread(everything, at(120)) == Unread(2, alarming=True), "the crash went on"
    assert unread(everything, at(121)) == Unread(1, alarming=True)
    assert unread(everything, at(300)) == unread(everything, None) == Unread()
    assert not is_new(stopped, at(0))
    under_way = one(started(0, "started by claw-tui"), state(0, "stopped", "starting"))
    assert not is_new(under_way, at(-1)), "its operation is written down when it is over"
    assert [Unread().text, Unread(3).text, Unread(3, alarming=True).text, Unread(100).text] == ["", "3", "!3", "99+"]


def test_the_caption_counts_what_is_shown() -> None:
    def said(*arguments: object, kept: bool = True) -> str:
        shown, total, text = arguments
        assert isinstance(shown, int)
        assert isinstance(total, int)
        return "".join(piece.text for piece in caption(shown, total, str(text), kept=kept))

    assert said(1, 2, "x") == "1 of 2 incidents: x"
    assert said(0, 2, "x") == "Nothing matches x; esc shows all 2"
    assert said(0, 0, "").startswith("Nothing since claw-tui first looked")
    assert said(0, 0, "x").startswith("Nothing since claw-tui first looked")
    assert said(0, 0, "", kept=False).startswith("Nothing is written down")


def _text(shown: tuple[Section, ...]) -> str:
    lines = [
        section.title
        + "\n"
        + "\n".join(fact.label + " ".join(piece.text for piece in fact.pieces) for fact in section.facts)
        for section in shown
    ]
    return "\n".join(lines)
