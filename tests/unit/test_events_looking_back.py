"""The look back of a dashboard: told once, written down once, and remembered for the next one."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from claw_tui.events.away_text import caption, stories
from gateway_core.dirs import events_database, last_seen_file
from gateway_core.events.last_seen import LastSeenFile
from gateway_core.events.looking_back import Absence, LookingBack, NeverSeen
from gateway_core.events.model import Event, Kind
from gateway_core.events.store import EventStore
from gateway_core.operations import Operation
from gateway_core.snapshot import Snapshot, State
from tests.fixed_host import FixedClock, FixedHost
from tests.snapshots import NOW, host, instance, signals

RESCUE = instance("rescue", 19001).model_copy(update={"signals": signals(12001, service=False)})
EVENING = host(instance().model_copy(update={"signals": signals(11789, service=False)}), RESCUE)
MORNING = host(instance(state=State.STOPPED), RESCUE, taken_at=NOW + timedelta(hours=9))


class Machine:
    """A host whose dashboards look back."""

    def __init__(self, home: Path) -> None:
        self.clock = FixedClock(NOW)
        self.host = FixedHost(home, clock=self.clock).host()
        self.store = EventStore(events_database(self.host), print)
        self.file = last_seen_file(self.host)

    def dashboard(self) -> LookingBack:
        return LookingBack(self.host, self.store)

    async def seen(self, snapshot: Snapshot) -> Absence:
        """What the next dashboard finds."""
        self.clock.at = snapshot.taken_at
        found = await self.dashboard().look_back(snapshot)
        assert isinstance(found, Absence)
        return found


@pytest.fixture
async def machine(tmp_path: Path) -> Machine:
    made = Machine(tmp_path)
    assert await made.dashboard().look_back(EVENING) == NeverSeen(), "at the first dashboard ever"
    return made


def kinds(events: tuple[Event, ...]) -> list[str]:
    return [event.kind for event in events]


async def test_what_happened_is_told_and_written_down_once(machine: Machine) -> None:
    found = await machine.seen(MORNING)
    again = await machine.seen(MORNING)

    assert found.since == NOW
    assert kinds(found.events) == [Kind.DIED, Kind.STATE_CHANGED]
    assert again.events == ()
    assert machine.store.newest(10) == found.events
    kept = LastSeenFile(machine.host).read().record
    assert kept is not None
    assert [one.state for one in kept.gateways] == [State.STOPPED, State.RUNNING]


async def test_of_dashboards_that_are_opened_at_once_one_finds_it(machine: Machine) -> None:
    machine.clock.at = MORNING.taken_at

    found = await asyncio.gather(*(machine.dashboard().look_back(MORNING) for _ in range(4)))

    told = [one for one in found if isinstance(one, Absence) and one.events]
    assert [kinds(one.events) for one in told] == [[Kind.DIED, Kind.STATE_CHANGED]]
    assert machine.store.newest(10) == told[0].events


async def test_what_a_dashboard_saw_until_it_was_killed_is_no_news(machine: Machine) -> None:
    machine.clock.at = MORNING.taken_at
    machine.dashboard().remember(MORNING)

    assert (await machine.seen(MORNING)).events == ()


async def test_what_somebody_has_written_down_already_is_not_written_again(machine: Machine) -> None:
    died = Event(at=NOW + timedelta(hours=1), instance="openclaw:default", kind=Kind.DIED, detail={"pid": 11789})
    machine.store.append([died])

    found = await machine.seen(MORNING)

    assert kinds(found.events) == [Kind.STATE_CHANGED]


async def test_what_this_dashboard_saw_first_is_not_told_again(machine: Machine) -> None:
    died = Event(at=MORNING.taken_at, instance="openclaw:default", kind=Kind.DIED, detail={"pid": 11789})

    found = await machine.dashboard().look_back(MORNING, [died])

    assert isinstance(found, Absence)
    assert kinds(found.events) == [Kind.STATE_CHANGED]


async def test_a_stop_in_another_terminal_is_told_as_such(machine: Machine) -> None:
    at = NOW + timedelta(hours=1)
    detail = {"operation": Operation.STOP.value, "ok": True, "pid_before": 11789, "commands": ("kill -TERM 11789",)}
    machine.store.append([Event(at=at, instance="openclaw:default", kind=Kind.OPERATION, detail=detail)])

    died = (await machine.seen(MORNING)).events[0]

    assert (died.cause, died.detail["asked_by"]) == ("stopped by claw-tui", "claw-tui")
    assert died.detail["happened_at"] == at.isoformat()


async def test_a_clock_that_was_put_back_tells_no_time(machine: Machine) -> None:
    found = await machine.seen(MORNING.model_copy(update={"taken_at": NOW - timedelta(days=800)}))

    [told] = stories(found)
    assert told.text == "died; nothing tells why"
    assert "Since claw-tui last looked" in caption(found, [told], 120)[0][0].text


async def test_a_spoilt_record_is_said_and_begun_anew(machine: Machine) -> None:
    machine.file.write_text('{"seen_at": "long ago"}')

    found = await machine.dashboard().look_back(MORNING)

    assert isinstance(found, NeverSeen)
    assert len(found.problems) == 1
    assert str(machine.file) in found.problems[0]
    assert (await machine.seen(MORNING)).events == ()


async def test_where_nothing_can_be_kept_it_is_told_all_the_same(machine: Machine) -> None:
    machine.file.unlink()
    await machine.dashboard().look_back(EVENING)
    path = events_database(machine.host)
    path.unlink(missing_ok=True)
    path.mkdir()

    found = await machine.seen(MORNING)

    assert kinds(found.events) == [Kind.DIED, Kind.STATE_CHANGED]
    assert len(found.problems) == 1
