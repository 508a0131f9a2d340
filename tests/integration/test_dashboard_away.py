"""The sheet of what happened while no dashboard was open: it opens by itself, once, and over nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.strip import Strip

from claw_tui.actions.model import EVENTS, INSTANCES, Mode
from claw_tui.app import ClawTui
from claw_tui.events import away_controller
from claw_tui.events.away_sheet import AwaySheet, StoryList
from claw_tui.instances.table import InstanceTable
from claw_tui.session import SnapshotTaken
from claw_tui.shell.dashboard_app import DashboardResult
from claw_tui.shell.help_sheet import HelpSheet
from gateway_core.dirs import events_database, last_seen_file
from gateway_core.events.last_seen import LastSeenFile
from gateway_core.events.looking_back import LookingBack
from gateway_core.events.model import Kind
from gateway_core.events.store import EventStore
from gateway_core.files import identify
from gateway_core.host import Host
from gateway_core.snapshot import HttpSignal, Snapshot, State
from tests.away import NIGHT, absence, event
from tests.dashboard import BARE_HOST, SIZES, piloted, screen_text, show
from tests.fixed_host import FixedClock, FixedHost
from tests.snapshots import NOW, host, instance, signals
from tests.until import eventually

RESCUE = instance("rescue", 19001).model_copy(update={"signals": signals(12001, service=False)})
EVENING = host(instance().model_copy(update={"signals": signals(11789, service=False)}), RESCUE)
MORNING = host(instance(state=State.STOPPED), RESCUE, taken_at=NOW + timedelta(hours=9))


@pytest.fixture(autouse=True)
def in_haste(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look back and offer the sheet as soon as can be."""
    monkeypatch.setattr(away_controller, "_OFFER_EVERY_S", 0.02)
    monkeypatch.setattr(away_controller, "_BEGIN_AFTER_S", 0.1)


@pytest.fixture
def machine(tmp_path: Path) -> Host:
    return FixedHost(tmp_path, clock=FixedClock(NOW)).host()


@pytest.fixture
async def evening(machine: Host) -> Host:
    """A machine on which a dashboard was open in the evening."""
    await LookingBack(machine, EventStore(events_database(machine), print)).look_back(EVENING)
    return machine


@asynccontextmanager
async def dashboard(
    machine: Host, snapshot: Snapshot = MORNING, size: tuple[int, int] = (120, 36)
) -> AsyncIterator[tuple[ClawTui, Pilot[DashboardResult]]]:
    watched = replace(
        BARE_HOST,
        look_back=lambda tell: LookingBack(machine, EventStore(events_database(machine), tell)),
        open_events=lambda tell: EventStore(events_database(machine), tell),
    )
    app = ClawTui(watched)
    async with piloted(app, size) as pilot:
        await show(app, pilot, snapshot)
        yield app, pilot


async def until_open(app: ClawTui, pilot: Pilot[DashboardResult]) -> None:
    await eventually(pilot, lambda: isinstance(app.screen, AwaySheet))
    await pilot.pause()


async def until_looked_back(app: ClawTui, pilot: Pilot[DashboardResult]) -> None:
    await eventually(pilot, lambda: app.session.away.absence is not None)
    await pilot.pause(0.1)


async def test_it_opens_by_itself_and_only_once(evening: Host) -> None:
    async with dashboard(evening) as (app, pilot):
        await until_open(app, pilot)
        assert "openclaw:default" in screen_text(app)
        assert "nothing tells why" in screen_text(app)
        await pilot.press("escape")
        await eventually(pilot, lambda: not isinstance(app.screen, AwaySheet))
    async with dashboard(evening) as (app, pilot):
        await until_looked_back(app, pilot)
        assert not isinstance(app.screen, AwaySheet)
        assert app.session.away.absence is not None
        assert app.session.away.absence.events == ()


async def test_at_the_first_dashboard_ever_there_is_none(machine: Host) -> None:
    async with dashboard(machine) as (app, pilot):
        await eventually(pilot, last_seen_file(machine).exists)
        await pilot.pause(0.3)
        assert not isinstance(app.screen, AwaySheet)


async def test_gateways_are_painted_before_anything_is_compared(machine: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    paint = InstanceTable.render_line

    def painted(table: InstanceTable, y: int) -> Strip:
        done.append("painted")
        return paint(table, y)

    def look_back(tell: Callable[[str], None]) -> LookingBack:
        done.append("compared")
        return LookingBack(machine, EventStore(events_database(machine), tell))

    monkeypatch.setattr(InstanceTable, "render_line", painted)
    app = ClawTui(replace(BARE_HOST, look_back=look_back))
    async with piloted(app, (120, 36)) as pilot:
        await show(app, pilot, MORNING)
        await eventually(pilot, lambda: "compared" in done)
    assert done[0] == "painted"


async def test_it_never_lies_over_another_sheet(evening: Host) -> None:
    async with dashboard(evening, unanswered()) as (app, pilot):
        await pilot.press("question_mark")
        await show(app, pilot, MORNING)
        await until_looked_back(app, pilot)
        assert isinstance(app.screen, HelpSheet)
        await pilot.press("escape")
        await until_open(app, pilot)


async def test_it_does_not_open_under_somebodys_fingers(evening: Host) -> None:
    async with dashboard(evening, unanswered()) as (app, pilot):
        await pilot.press("j")
        app.post_message(SnapshotTaken(MORNING))
        while app.session.away.absence is None:
            await pilot.press("j")
        await pilot.press("k")
        assert not isinstance(app.screen, AwaySheet)
        await until_open(app, pilot)


def unanswered() -> Snapshot:
    """The morning, before the gateways have answered."""
    silent = RESCUE.signals.model_copy(update={"http": None})
    waiting = RESCUE.model_copy(update={"signals": silent, "state": State.UNKNOWN})
    return MORNING.model_copy(update={"instances": (MORNING.instances[0], waiting)})


async def test_it_compares_once_all_gateways_have_answered(evening: Host) -> None:
    async with dashboard(evening, unanswered()) as (app, pilot):
        await pilot.pause(0.3)
        assert app.session.away.absence is None
        sick = RESCUE.signals.model_copy(
            update={
                "http": HttpSignal(
                    live=True, ready=False, failing=("discord",), not_ready="channel discord is not connected"
                )
            }
        )
        degraded = RESCUE.model_copy(update={"signals": sick, "state": State.DEGRADED, "reason": "not ready: discord"})
        await show(app, pilot, MORNING.model_copy(update={"instances": (MORNING.instances[0], degraded)}))
        await until_open(app, pilot)
        assert "is now: degraded" in screen_text(app)


@pytest.mark.parametrize(("key", "mode"), [("enter", INSTANCES), ("e", EVENTS)])
async def test_a_story_leads_to_its_gateway(evening: Host, key: str, mode: Mode) -> None:
    async with dashboard(evening) as (app, pilot):
        await until_open(app, pilot)
        await pilot.press(key)
        await eventually(pilot, lambda: not isinstance(app.screen, AwaySheet))
        await pilot.pause()
        assert app.current_mode == mode.name
        assert "openclaw:default" in screen_text(app)


async def test_it_can_be_read_again(evening: Host) -> None:
    async with dashboard(evening) as (app, pilot):
        await until_open(app, pilot)
        await pilot.press("q")
        await eventually(pilot, lambda: not isinstance(app.screen, AwaySheet))
        await pilot.press("A")
        await until_open(app, pilot)


async def test_what_happens_while_it_is_open_is_kept_for_the_next_one(evening: Host) -> None:
    async with dashboard(evening, EVENING) as (app, pilot):
        await until_looked_back(app, pilot)
        await show(app, pilot, MORNING)
    async with dashboard(evening) as (app, pilot):
        await until_looked_back(app, pilot)
        assert not isinstance(app.screen, AwaySheet)


async def test_a_dashboard_that_is_killed_leaves_what_it_saw(evening: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(away_controller, "_GATHER_S", 0.01)
    file = LastSeenFile(evening)

    def state() -> State | None:
        kept = file.read().record
        seen = kept.gateway("openclaw:default") if kept is not None else None
        return seen.state if seen is not None else None

    async with dashboard(evening, EVENING) as (app, pilot):
        await until_looked_back(app, pilot)
        assert state() is State.RUNNING
        await show(app, pilot, MORNING)
        await eventually(pilot, lambda: state() is State.STOPPED)


async def test_what_stands_still_because_watching_ended_is_not_kept_as_seen_later(evening: Host) -> None:
    async with dashboard(evening, EVENING) as (app, pilot):
        await until_looked_back(app, pilot)
        app.session.away.lose_sight()
        before = identify(last_seen_file(evening))
    assert identify(last_seen_file(evening)) == before


async def test_a_record_that_is_spoilt_is_a_problem(evening: Host) -> None:
    last_seen_file(evening).write_text("{")
    async with dashboard(evening) as (app, pilot):
        await eventually(pilot, lambda: any("begun anew" in one.message for one in app.session.problems.all))
        await pilot.press("A")
        assert not isinstance(app.screen, AwaySheet)


async def test_where_nothing_is_remembered_there_is_no_such_key() -> None:
    async with piloted(ClawTui(BARE_HOST)) as pilot:
        app = pilot.app
        assert isinstance(app, ClawTui)
        await show(app, pilot, MORNING)
        assert not app.session.away.looks_back
        assert not app.check_action("away", ())


@pytest.mark.parametrize("size", SIZES)
async def test_it_fits_every_screen(size: tuple[int, int]) -> None:
    app = ClawTui(BARE_HOST)
    async with piloted(app, size) as pilot:
        await show(app, pilot, MORNING)
        app.push_screen(AwaySheet(NIGHT))
        await pilot.pause()
        shown = screen_text(app)
        assert "While you were away" in shown
        assert "1 as asked" in shown
        assert "its events, esc closes" in shown
        assert app.screen.query_one(StoryList).option_count == 6
        assert "crashed 3×" in shown


async def test_of_many_stories_the_one_under_the_cursor_is_in_sight() -> None:
    app = ClawTui(BARE_HOST)
    many = [event(f"openclaw:bot{number}", Kind.APPEARED, {}) for number in range(40)]
    async with piloted(app, (80, 24)) as pilot:
        await show(app, pilot, MORNING)
        app.push_screen(AwaySheet(absence(*many)))
        await pilot.pause()
        await pilot.press("end")
        assert "openclaw:bot39" in screen_text(app)
        await pilot.press("home")
        assert "openclaw:bot0" in screen_text(app)


async def test_of_a_thousand_stories_the_worst_are_there_and_the_others_said() -> None:
    app = ClawTui(BARE_HOST)
    new = [event(f"openclaw:bot{number}", Kind.APPEARED, {}) for number in range(999)]
    async with piloted(app, (80, 24)) as pilot:
        await show(app, pilot, MORNING)
        app.push_screen(AwaySheet(absence(*new, event("openclaw:default", Kind.DIED, {}))))
        await pilot.pause()
        shown = screen_text(app)
        assert "1 down" in shown
        assert "999 changed" in shown
        assert "Here are the worst 200; 800 more are among the events" in shown
        assert app.screen.query_one(StoryList).option_count == 200
