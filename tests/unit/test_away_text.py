"""The words for what happened while no dashboard was open."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from claw_tui.events.away_text import AwayStory, Weight, caption, quiet_text, stories, story_lines
from claw_tui.events.text import description
from claw_tui.text.values import width
from gateway_core.events.absence import HOST_RESTARTED, MANAGER_ENDED
from gateway_core.events.model import Event, Kind
from tests.away import (
    AS_ASKED,
    CRASHES,
    EVENING,
    KILLED,
    LAST_LINE,
    MORNING,
    MOVED,
    NEW,
    NIGHT,
    UNEXPLAINED,
    absence,
    at,
    event,
    stopped,
)


def only(*events: Event) -> AwayStory:
    [story] = stories(absence(*events))
    return story


def clock(hours: float) -> str:
    """The local time so many hours after the evening."""
    return f"{(EVENING + timedelta(hours=hours)).astimezone():%H:%M}"


@pytest.fixture(autouse=True)
def one_day() -> Iterator[None]:
    """A zone in which the whole night is on one day."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "UTC")
        time.tzset()
        yield
    time.tzset()


def test_the_worst_comes_first_and_what_was_asked_for_last() -> None:
    found = stories(NIGHT)

    assert [story.weight for story in found] == sorted(story.weight for story in found)
    assert [story.instance for story in found][:2] == ["clawdbot:old", "openclaw:rescue"]
    assert (found[-1].instance, found[-1].weight) == ("openclaw:dev", Weight.CALM)


def test_crashes_are_one_story_with_their_number_and_their_time() -> None:
    assert (
        only(*CRASHES).text == f"crashed 3× from {clock(3)} to {clock(3.1)} (exit 1); it runs again since {clock(3.1)}"
    )
    assert only(*CRASHES).weight is Weight.CRASHED


def test_of_crashes_whose_first_is_forgotten_the_last_is_told() -> None:
    crashes = event("a:b", Kind.DIED, {"ended": "exited 1", "count": 4000, "happened_at": at(3)}, "exited 1")

    assert only(crashes).text == f"crashed 4000× last at {clock(3)} (exit 1)"


def test_one_that_was_started_and_died_again_is_down() -> None:
    ran = (
        event("a:b", Kind.STARTED, {"pid": 7, "happened_at": at(2)}),
        event("a:b", Kind.DIED, {"pid": 7, "after": at(2), "before": at(9)}),
    )

    assert only(*ran).text == f"was started at {clock(2)}; died between {clock(2)} and {clock(9)}; nothing tells why"
    assert only(*ran).weight is Weight.DOWN


def test_events_say_when_they_happened_where_nobody_saw_them() -> None:
    assert description(CRASHES[0]) == f"its process is gone, 3× from {clock(3)} to {clock(3.1)}: exited 1"
    assert description(UNEXPLAINED[0]) == f"its process is gone, between {clock(0)} and {clock(9)}"


def test_a_death_that_nothing_explains_says_between_when_and_quotes_the_log() -> None:
    story = only(*UNEXPLAINED)

    assert story.text == f"died between {clock(0)} and {clock(9)}; nothing tells why"
    assert (story.weight, story.last_line) == (Weight.DOWN, LAST_LINE)


def test_a_kill_names_the_signal() -> None:
    assert only(*KILLED).text == f"died at {clock(8)} (killed by SIGKILL)"


def test_a_stop_that_was_asked_for_is_calm() -> None:
    story = only(*AS_ASKED)

    assert (story.text, story.weight) == (f"was stopped at {clock(1)}, as asked (systemctl)", Weight.CALM)


def test_a_restart_by_claw_tui_is_calm() -> None:
    died = event("a:b", Kind.DIED, {"happened_at": at(1)}, "restarted by claw-tui")
    story = only(died, event("a:b", Kind.STARTED, {"pid": 3, "happened_at": at(1)}, "restarted by claw-tui"))

    assert story.text == f"was restarted at {clock(1)}, as asked (claw-tui); it runs again since {clock(1)}"
    assert story.weight is Weight.CALM


def test_a_restart_of_the_host_is_told_as_that() -> None:
    bounds = {"after": at(0), "before": at(2), "asked_by": HOST_RESTARTED}
    story = only(event("a:b", Kind.DIED, bounds, HOST_RESTARTED), event("a:b", Kind.STARTED, {"happened_at": at(2)}))

    assert story.text.startswith(f"ended between {clock(0)} and {clock(2)} with a restart of this host")
    assert story.weight is Weight.CALM


def test_what_was_not_asked_for_is_not_said_to_be_unknown() -> None:
    bounds = {"after": at(0), "before": at(9)}
    told = [only(event("a:b", Kind.DIED, {**bounds, **more})).text for more in ({}, {"unasked": True})]

    assert [text.partition("; ")[2] for text in told] == ["nothing tells why", "there was no time to find out why"]


def test_what_ended_with_the_last_session_is_no_stop_as_asked() -> None:
    story = only(event("a:b", Kind.DIED, {"happened_at": at(1)}, MANAGER_ENDED))

    assert story.text == f"ended at {clock(1)} with the last session of its user, as it does without lingering"
    assert story.weight is Weight.DOWN


def test_version_and_port_are_one_story() -> None:
    assert only(*MOVED).text == (
        f"version 2026.1.27-1 → 2026.1.28; base port 19289 → 19389, its config was written at {clock(2)}"
    )


def test_who_started_a_new_one_is_said_once() -> None:
    text = f"is new on this host; was started at {clock(8.5)} by mazel.service (systemd-user)"

    assert only(*NEW).text == text


def test_a_gateway_that_is_degraded_now_needs_a_look() -> None:
    state = {"from": "running", "to": "degraded", "reason": "live but not ready: discord"}
    story = only(event("a:b", Kind.STATE_CHANGED, state))

    assert (story.text, story.weight) == ("is now: degraded, live but not ready: discord", Weight.CRASHED)


def test_one_that_left_is_told_as_gone() -> None:
    story = only(event("a:b", Kind.DIED, {"after": at(0), "before": at(9)}), event("a:b", Kind.VANISHED, {}))

    assert story.text.startswith("is not on this host any more; died between")


def test_an_end_in_order_is_no_death() -> None:
    story = only(event("a:b", Kind.DIED, {"ended": "exited 0", "happened_at": at(1)}, "exited 0"), stopped("a:b"))

    assert story.text == f"ended by itself at {clock(1)} (exit 0)"


def test_times_of_other_days_say_which() -> None:
    long_ago = replace(absence(*KILLED), until=MORNING + timedelta(days=1))
    longer = replace(long_ago, until=MORNING + timedelta(days=5))

    assert stories(long_ago)[0].text == f"died yesterday {clock(8)} (killed by SIGKILL)"
    assert f"Nov 20 {clock(8)}" in stories(longer)[0].text


def test_what_foreign_files_say_is_made_safe() -> None:
    story = only(event("a:b", Kind.DIED, {"after": at(0), "before": at(9), "last_line": "\x1b[2Jgone"}))

    assert "\x1b" not in story.last_line


@pytest.mark.parametrize("columns", [60, 74, 104])
def test_lines_fit_and_hang_under_their_text(columns: int) -> None:
    for story in stories(NIGHT):
        first, *others = ["".join(piece.text for piece in line) for line in story_lines(story, columns, 18)]
        assert story.instance in first
        assert all(line.startswith(" " * 22) for line in others)
        assert max(map(width, (first, *others))) <= columns


def test_the_caption_counts_each_kind() -> None:
    [line] = caption(NIGHT, stories(NIGHT), 80)
    since, *tallies = [piece.text for piece in line if piece.text.strip()]

    assert since.endswith("(9h00)")
    assert tallies == ["■ 2 down", "▲ 1 in trouble", "≠ 2 changed", "· 1 as asked"]
    assert len(caption(NIGHT, stories(NIGHT), 70)) == 2


def test_a_quiet_night_says_since_when() -> None:
    assert quiet_text(absence()) == f"Nothing has changed since {clock(0)}, when claw-tui last looked."
