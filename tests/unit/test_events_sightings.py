"""What several claw-tuis see and write down, each at its own next look, is kept once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from claw_tui.events.incident_text import headline
from gateway_core.events.incidents import incidents
from gateway_core.events.model import Event, Kind, Plain
from gateway_core.events.store import EventStore
from tests.snapshots import NOW

Opened = Callable[[], EventStore]


@pytest.fixture
def opened(tmp_path: Path) -> Opened:
    """The database as another claw-tui opens it."""
    return lambda: EventStore(tmp_path / "events.db", print)


def event(seconds: float, kind: Kind, detail: Mapping[str, Plain], cause: str | None = None) -> Event:
    return Event(
        at=NOW + timedelta(seconds=seconds), instance="openclaw:default", kind=kind, cause=cause, detail=detail
    )


def night(late: float) -> list[list[Event]]:
    """What one dashboard writes down, and when, whose looks are so late."""
    state = {"from": "running", "to": "crashed", "reason": "exit 1"}
    back = {"from": "crashed", "to": "running", "reason": ""}
    return [
        [event(late, Kind.DIED, {"pid": 5}, "exited 1"), event(late, Kind.STATE_CHANGED, state)],
        [event(late + 5, Kind.STARTED, {"pid": 6}), event(late + 5, Kind.STATE_CHANGED, back)],
    ]


def test_two_dashboards_that_see_a_crash_tell_of_one(opened: Opened) -> None:
    one, other = opened(), opened()
    for first, second in zip(night(0), night(1), strict=True):
        one.append(first)
        other.append(second)

    [told] = incidents(one.newest(100))

    assert headline(told) == "died, exit 1; runs again"
    assert [seen.at for seen in told.events] == [NOW, NOW, *[NOW + timedelta(seconds=5)] * 2]


def test_a_conflict_that_two_see_ends_once(opened: Opened) -> None:
    conflict: Mapping[str, Plain] = {"start": 18789, "end": 18789, "grade": "active", "parties": ("a", "b")}
    one, other = opened(), opened()
    for kind, at in ((Kind.CONFLICT_BEGAN, 0), (Kind.CONFLICT_ENDED, 60)):
        one.append([event(at, kind, conflict)])
        other.append([event(at + 1, kind, conflict)])

    [told] = incidents(one.newest(100))

    assert told.is_over
    assert not told.is_alarming


def test_what_happens_twice_is_told_twice_whoever_sees_it(opened: Opened) -> None:
    one, other = opened(), opened()
    restarted: Mapping[str, Plain] = {"service": "a.service", "manager": "systemd-user", "change": "restarted"}
    for at in (0, 2, 4):
        one.append([event(at, Kind.SERVICE_CHANGED, restarted)])
        other.append([event(at + 1, Kind.SERVICE_CHANGED, restarted)])
    one.append([event(6 + at, Kind.SERVICE_CHANGED, restarted) for at in (0, 1)])

    assert len(opened().newest(100)) == 5


def test_a_cause_that_only_the_second_knows_is_kept(opened: Opened) -> None:
    opened().append([event(0, Kind.DIED, {"pid": 5})])
    opened().append([event(1, Kind.DIED, {"pid": 5}, "killed by signal 9")])

    assert [known.cause for known in opened().newest(10)] == ["killed by signal 9"]


@pytest.mark.parametrize(
    "other",
    [event(60, Kind.DIED, {"pid": 5}), event(1, Kind.DIED, {"pid": 6}), event(1, Kind.STARTED, {"pid": 5})],
    ids=["later", "another-process", "another-kind"],
)
def test_another_thing_is_told(opened: Opened, other: Event) -> None:
    opened().append([event(0, Kind.DIED, {"pid": 5})])
    opened().append([other])

    assert len(opened().newest(10)) == 2


def test_that_a_thousand_gateways_end_at_once_is_told_once(opened: Opened) -> None:
    ends = [event(0, kind, {"pid": pid}) for pid in range(1000) for kind in (Kind.DIED, Kind.STARTED, Kind.VANISHED)]
    for store in (opened(), opened()):
        store.append(ends)

    assert len(opened().newest(10_000)) == len(ends)


def test_each_operation_is_told(opened: Opened) -> None:
    for _ in range(2):
        opened().append([event(0, Kind.OPERATION, {"operation": "stop", "seconds": 1.2})])

    assert len(opened().newest(10)) == 2
