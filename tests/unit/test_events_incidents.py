"""Which events tell one story, and what it tells."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway_core.events.incidents import Incident, Story, incidents
from gateway_core.events.model import Event, Kind, Plain
from tests.snapshots import NOW

WHO = "openclaw:rescue"


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def event(kind: str, after_s: float, cause: str | None = None, **detail: Plain) -> Event:
    return Event(at=at(after_s), instance=WHO, kind=kind, cause=cause, detail=detail)


def of(who: str | None, event: Event) -> Event:
    return event.model_copy(update={"instance": who})


def died(after_s: float, cause: str | None = "exited 1", pid: int = 7, **detail: Plain) -> Event:
    return event(Kind.DIED, after_s, cause, pid=pid, **detail)


def started(after_s: float, cause: str | None = None, pid: int = 8) -> Event:
    return event(Kind.STARTED, after_s, cause, pid=pid, port=19001)


def state(after_s: float, before: str, after: str) -> Event:
    return event(Kind.STATE_CHANGED, after_s, **{"from": before, "to": after, "reason": "so it is"})


def operation(after_s: float, verb: str, *, ok: bool | None = True, seconds: float = 1.2, **detail: Plain) -> Event:
    return event(
        Kind.OPERATION, after_s, None, operation=verb, ok=ok, seconds=seconds, commands=("kill -TERM 7",), **detail
    )


def told(*events: Event) -> list[tuple[Story, int]]:
    """The stories, and how many events are in each."""
    return [(found.story, len(found.events)) for found in incidents(events)]


def only(*events: Event) -> Incident:
    (found,) = incidents(events)
    assert found.events == events
    return found


def crash_loop() -> Sequence[Event]:
    return (
        died(0),
        state(0, "running", "stopped"),
        started(5, "started by openclaw-gateway.service (systemd-user)", 8),
        died(60, pid=8),
        started(66, pid=9),
        died(120, pid=9),
        event(
            Kind.SERVICE_CHANGED, 120, service="openclaw-gateway.service", manager="systemd-user", change="restarted"
        ),
        state(121, "stopped", "crash-looping"),
    )


def test_a_gateway_that_crashes_again_and_again_is_one_incident() -> None:
    found = only(*crash_loop())
    assert (found.story, found.times, found.causes) == (Story.CRASHED, 3, ("exited 1",))
    assert (found.began, found.ended, found.state, found.runs) == (at(0), at(121), "crash-looping", False)
    assert found.is_alarming


def test_a_crash_after_a_while_is_another_incident() -> None:
    assert told(died(0), died(299, pid=8)) == [(Story.CRASHED, 2)]
    assert told(died(0), died(301, pid=8)) == [(Story.CRASHED, 1), (Story.CRASHED, 1)]
    assert told(died(0), of("openclaw:other", died(1))) == [(Story.CRASHED, 1)] * 2


def test_the_ends_that_only_the_manager_saw_count_too() -> None:
    unseen = [
        event(Kind.SERVICE_CHANGED, n, "exited 1", service="x.service", manager="systemd-user", change="ended")
        for n in range(4)
    ]
    assert only(*unseen).times == 4


def test_a_stop_by_claw_tui_is_one_calm_incident_with_all_that_comes_of_it() -> None:
    found = only(
        died(0, "stopped by claw-tui"),
        event(Kind.SERVICE_CHANGED, 0, service="x.service", manager="systemd-user", change="restarted"),
        operation(1, "stop", pid_before=7),
        state(2, "running", "stopping"),
        state(20, "stopping", "stopped"),
    )
    assert (found.story, found.is_alarming, found.state, found.deaths) == (Story.OPERATION, False, "stopped", ())
    assert found.operation is not None
    assert found.operation.detail["seconds"] == 1.2


def test_the_stop_of_another_process_explains_no_death() -> None:
    assert told(died(0), operation(1, "stop", pid_before=99)) == [(Story.CRASHED, 1), (Story.OPERATION, 1)]


def test_a_start_goes_on_until_the_gateway_runs_and_no_longer() -> None:
    events = (
        started(0, "started by claw-tui"),
        state(0, "stopped", "starting"),
        operation(1, "start", pid_after=8),
        state(7, "starting", "degraded"),
        state(90, "degraded", "running"),
        state(95, "running", "degraded"),
    )
    assert told(*events) == [(Story.OPERATION, 5), (Story.STATE, 1)]


def test_a_restart_takes_end_beginning_and_the_new_version_with_it() -> None:
    found = only(
        died(0, "restarted by claw-tui"),
        started(1, "restarted by claw-tui"),
        event(Kind.VERSION_CHANGED, 1, **{"from": "2026.9.5", "to": "2026.9.6"}),
        operation(2, "restart", pid_before=7, pid_after=8),
        state(3, "starting", "running"),
    )
    assert not found.is_alarming


def test_a_gateway_that_dies_right_after_a_start_has_crashed() -> None:
    events = (operation(0, "start", pid_after=8), died(2, pid=8), state(2, "starting", "stopped"))
    assert told(*events) == [(Story.OPERATION, 1), (Story.CRASHED, 2)]


def test_a_start_that_failed_has_its_death_in_it_and_is_alarming() -> None:
    found = only(
        started(0), died(1, pid=8), operation(1, "start", ok=False, seconds=2.0, message="it died", pid_after=None)
    )
    assert (found.story, found.is_alarming) == (Story.OPERATION, True)


def test_a_stop_that_was_not_waited_for_ends_what_it_asked_to_stop_later() -> None:
    events = (operation(0, "stop", ok=None, asked_to_stop=7), died(200, "stopped by claw-tui"))
    assert told(*events) == [(Story.OPERATION, 2)]


def test_two_operations_in_a_row_are_two_incidents() -> None:
    events = (
        died(0, "stopped by claw-tui"),
        operation(1, "stop", pid_before=7),
        started(3, "started by claw-tui"),
        state(3, "stopped", "running"),
        operation(4, "start", seconds=2.0, pid_after=8),
    )
    assert told(*events) == [(Story.OPERATION, 2), (Story.OPERATION, 3)]


@pytest.mark.parametrize("cause", ["exited 0", "killed by signal 15", "killed by signal 2", "exited 143"])
def test_a_gateway_that_ended_in_order_was_stopped_and_has_not_crashed(cause: str) -> None:
    found = only(died(0, cause), state(0, "running", "stopped"))
    assert (found.story, found.is_alarming, found.causes) == (Story.STOPPED, False, (cause,))
    assert told(died(0, cause), started(3)) == [(Story.RESTARTED, 2)]
    assert told(started(0), died(3, cause, 8)) == [(Story.STOPPED, 2)]


def test_who_asked_for_an_end_may_be_named_by_the_event() -> None:
    assert told(died(0, "killed by signal 9", asked_by="systemctl")) == [(Story.STOPPED, 1)]
    assert told(died(0, "killed by signal 9", asked_by=None)) == [(Story.CRASHED, 1)]
    assert told(died(0, None)) == [(Story.CRASHED, 1)], "whoever it was"


def test_when_it_happened_counts_and_not_when_it_was_seen() -> None:
    night = [died(0, pid=n, happened_at=at(-30_000 + n * 100).isoformat()) for n in range(3)]
    found, now = incidents([*night, died(1, pid=9)])
    assert (found.times, found.began, found.ended, found.seen) == (3, at(-30_000), at(-29_800), at(0))
    assert now.times == 1
    assert only(died(0, happened_at=at(10).isoformat())).ended == at(0), "nothing is seen before it happens"
    assert only(died(0, happened_at="nonsense", count=12)).times == 12


def test_a_state_is_part_of_what_was_seen_with_it_however_long_ago_that_was() -> None:
    died_at_night = died(0, happened_at=at(-30_000).isoformat(), seen_before=at(-40_000).isoformat())
    now = state(0, "running", "stopped")
    now = now.model_copy(update={"detail": {**now.detail, "seen_before": at(-40_000).isoformat()}})
    found = only(died_at_night, now)
    assert (found.began, found.ended, found.seen) == (at(-30_000), at(-30_000), at(0))
    stop = operation(-30_000, "stop", pid_before=7)
    assert told(stop, died(0, "stopped by claw-tui", happened_at=at(-30_000).isoformat()), now) == [
        (Story.OPERATION, 3)
    ]


def test_a_state_that_changes_to_and_fro_is_one_incident() -> None:
    found = only(*(state(n * 30, "running", "degraded") for n in range(5)))
    assert (found.story, found.times, found.state) == (Story.STATE, 5, "degraded")


def test_a_conflict_is_one_from_its_beginning_to_its_end() -> None:
    def conflict(kind: Kind, after_s: float, port: int = 18789, grade: str = "active") -> Event:
        return event(kind, after_s, grade=grade, start=port, end=port, parties=(WHO, "python3 (pid 7)"), why="so")

    began, other = conflict(Kind.CONFLICT_BEGAN, 0), conflict(Kind.CONFLICT_BEGAN, 0, 18790, "possible")
    ended, again = conflict(Kind.CONFLICT_ENDED, 90_000), conflict(Kind.CONFLICT_BEGAN, 90_010)
    found = incidents([began, other, ended, again])
    assert [one.events for one in found] == [(other,), (began, ended), (again,)]
    assert [(one.is_over, one.is_alarming) for one in found] == [(False, False), (True, False), (False, True)]
    assert len({one.key for one in found}) == 3


def test_changes_of_a_config_are_one_incident_beside_what_else_happens() -> None:
    changes = [event(Kind.CONFIG_CHANGED, n * 100, keys=(f"key{n}",)) for n in range(3)]
    assert told(changes[0], started(50), changes[1], changes[2]) == [(Story.STARTED, 1), (Story.CONFIG, 3)]
    assert told(changes[0], operation(1, "new", seconds=3.0)) == [(Story.OPERATION, 2)]
    assert told(changes[0], operation(1, "start", seconds=3.0)) == [(Story.CONFIG, 1), (Story.OPERATION, 1)]


def test_what_comes_and_goes_and_what_nobody_knows_yet() -> None:
    assert told(event(Kind.APPEARED, 0), started(0)) == [(Story.APPEARED, 2)]
    assert told(event(Kind.VANISHED, 0, state="stopped")) == [(Story.VANISHED, 1)]
    assert told(event("dreamt", 0), event("dreamt", 0)) == [(Story.OTHER, 1)] * 2


KINDS = [*Kind, "dreamt"]
CAUSES = [None, "exited 1", "exited 0", "stopped by claw-tui", "started by claw-tui"]
DETAILS = st.fixed_dictionaries(
    {"pid": st.integers(1, 4)},
    optional={
        "operation": st.sampled_from(["start", "stop", "restart", "new", "undo", "dreamt"]),
        "ok": st.sampled_from([True, False, None]),
        "seconds": st.sampled_from([0.5, 30.0, -1, "x", 1e300]),
        "pid_before": st.integers(1, 4),
        "pid_after": st.integers(1, 4),
        "asked_to_stop": st.integers(1, 4),
        "to": st.sampled_from(["running", "starting", "stopped", 7]),
        "start": st.integers(1, 2),
        "count": st.sampled_from([0, 3, "x"]),
        "happened_at": st.sampled_from(["2026-11-20T09:00:00Z", "2027-01-01T00:00:00Z", "x", 7]),
    },
)
EVENTS = st.lists(
    st.builds(
        lambda after_s, who, kind, cause, detail: of(who, event(kind, after_s, cause, **detail)),
        st.integers(0, 2_000),
        st.sampled_from([WHO, "openclaw:other", None]),
        st.sampled_from(KINDS),
        st.sampled_from(CAUSES),
        DETAILS,
    ),
    max_size=40,
).map(lambda events: sorted(events, key=lambda one: one.at))


@settings(deadline=None)
@given(EVENTS)
def test_every_event_is_in_exactly_one_incident_and_all_is_in_order(events: list[Event]) -> None:
    places = {id(one): number for number, one in enumerate(events)}
    found = [[places[id(one)] for one in incident.events] for incident in incidents(events)]
    assert sorted(number for numbers in found for number in numbers) == list(range(len(events)))
    assert all(numbers == sorted(numbers) for numbers in found)
    newest = [numbers[-1] for numbers in found]
    assert newest == sorted(newest)
    for incident in incidents(events):
        assert len({one.instance for one in incident.events}) == 1 or incident.story is Story.CONFLICT
        assert incident.began <= incident.ended <= incident.seen
        assert incident.times >= 1


def test_twenty_thousand_events_take_no_time_to_speak_of() -> None:
    one = [*crash_loop(), operation(130, "start", pid_after=9), state(131, "starting", "running")]
    many = [
        found.model_copy(update={"at": found.at + timedelta(seconds=number * 140)})
        for number in range(2_000)
        for found in one
    ]
    begin = time.process_time()
    found = incidents(many)
    assert time.process_time() - begin < 2.0
    assert sum(len(incident.events) for incident in found) == 20_000


def test_what_stands_for_several_began_with_the_first_of_them() -> None:
    found = only(died(9000, count=3, first_at=at(0).isoformat(), happened_at=at(120).isoformat()))

    assert (found.began, found.ended, found.times) == (at(0), at(120), 3)
