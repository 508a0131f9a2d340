"""Mode 4 of the running dashboard: what it sees and does is written down, shown, filtered and copied."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from textual.pilot import Pilot

from claw_tui.app import ClawTui
from claw_tui.events.incident_list import IncidentList, IncidentSheet
from claw_tui.events.screen import EventsScreen
from claw_tui.events.text import is_alarming
from claw_tui.hosts.gateway_host import Operator
from claw_tui.hosts.local import local_gateway_host
from claw_tui.instances.screen import InstancesScreen
from claw_tui.settings import LoadedSettings, Settings
from claw_tui.shell.dashboard_app import DashboardResult
from claw_tui.text.unread import Unread
from gateway_core.demo.home import DemoHome
from gateway_core.dirs import events_database
from gateway_core.events.incidents import Story
from gateway_core.events.looked_at import read_looked_at, write_looked_at
from gateway_core.events.model import Event, Kind
from gateway_core.events.operation_events import ECHO
from gateway_core.events.store import EventStore
from gateway_core.lifecycle.backend import Options
from gateway_core.lifecycle.operate import OnTask
from gateway_core.onboarding.plan import OnboardingResult
from gateway_core.operations import (
    Operation,
    OperationEnded,
    OperationResult,
    Report,
    Step,
    StepBegan,
    StepEnded,
)
from gateway_core.snapshot import Snapshot, State
from tests.dashboard import BARE_HOST, SIZES, piloted, screen_text, sheet_text, show
from tests.documents import rows
from tests.onboarding import choices, planned
from tests.program import claw_tui
from tests.real_processes import kernel_tells
from tests.scripted_operator import ScriptedOperator
from tests.snapshots import NOW, conflict, host, instance
from tests.until import eventually, until_shown

RUNNING = host(instance("default"), instance("rescue", 19001))
ONE_DIED = host(instance("default"), instance("rescue", 19001, State.STOPPED))


async def stop(
    instance_ids: Sequence[str], operation: Operation, options: Options, report: Report, on_task: OnTask
) -> tuple[OperationResult, ...]:
    """An operator that does what it is told."""
    step = Step(name="signal", ok=True, seconds=0.4, command="kill -TERM 12001")
    results = []
    for name in instance_ids:
        report(StepBegan(name, operation, step.name, step.command))
        results.append(OperationResult(instance=name, operation=operation, ok=True, state=State.STOPPED, steps=(step,)))
        report(OperationEnded(results[-1]))
    return tuple(results)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "events.db"


@asynccontextmanager
async def dashboard(
    path: Path, size: tuple[int, int] = (80, 24), settings: Settings | None = None, operator: Operator = stop
) -> AsyncIterator[tuple[ClawTui, Pilot[DashboardResult]]]:
    host = replace(
        BARE_HOST,
        settings=lambda: LoadedSettings(settings or Settings()),
        operator=operator,
        open_events=lambda tell: EventStore(path, tell),
    )
    app = ClawTui(host)
    async with piloted(app, size) as pilot:
        await show(app, pilot, RUNNING)
        yield app, pilot


async def until_kept(app: ClawTui, pilot: Pilot[DashboardResult], count: int) -> None:
    await eventually(pilot, lambda: len(app.session.events.newest.value) >= count)
    await pilot.pause()


def kept(path: Path) -> tuple[Event, ...]:
    return EventStore(path, print).newest(1000)


@pytest.mark.parametrize("size", SIZES)
async def test_what_happens_is_shown_newest_on_top(path: Path, size: tuple[int, int]) -> None:
    async with dashboard(path, size) as (app, pilot):
        await pilot.press("4")
        await pilot.pause()
        assert isinstance(app.screen, EventsScreen)
        assert "Nothing since claw-tui first looked" in screen_text(app)
        await show(app, pilot, ONE_DIED)
        await show(app, pilot, ONE_DIED.model_copy(update={"conflicts": (conflict("openclaw:default", "clawdbot:b"),)}))
        await until_kept(app, pilot, 4)
        await until_shown(pilot, "possible conflict")
        lines = [line.split() for line in screen_text(app).splitlines()[2:5]]
        assert lines[0][:1] == ["Today"]
        assert ["openclaw:default" in lines[1], "openclaw:rescue" in lines[2]] == [True, True]
        assert "died, cause unknown" in screen_text(app)
    assert len(kept(path)) == 4


async def test_events_of_earlier_runs_and_of_other_claw_tuis_are_there(path: Path) -> None:
    def seen(pid: int) -> Event:
        return Event(at=NOW, instance="openclaw:old", kind=Kind.STARTED, detail={"pid": pid, "port": None})

    EventStore(path, print).append([seen(4711)])
    async with dashboard(path) as (app, pilot):
        await pilot.press("4")
        await until_kept(app, pilot, 1)
        await until_shown(pilot, "pid 4711")
        assert app.session.events.unread.value == Unread(), "what happened before the first look is no news"
        EventStore(path, print).append([seen(4712)])
        await until_kept(app, pilot, 2)
        await until_shown(pilot, "pid 4712")


async def test_what_the_dashboard_does_is_written_down_and_is_the_cause_of_what_it_sees(path: Path) -> None:
    async with dashboard(path) as (app, pilot):
        app.session.operations.operate(["openclaw:rescue"], Operation.STOP)
        await pilot.pause()
        await show(app, pilot, ONE_DIED)
        await until_kept(app, pilot, 3)
    operation, died, *_ = kept(path)
    assert (operation.kind, operation.detail["commands"]) == (Kind.OPERATION, ("kill -TERM 12001",))
    assert (died.kind, died.cause) == (Kind.DIED, "stopped by claw-tui")


async def breaks(
    instance_ids: Sequence[str], operation: Operation, options: Options, report: Report, on_task: OnTask
) -> tuple[OperationResult, ...]:
    """An operator that goes wrong in the middle of a step."""
    step = Step(name="signal", ok=False, seconds=0.4, command="kill -TERM 12001")
    for name in instance_ids:
        report(StepEnded(name, operation, step))
    raise RuntimeError("no such luck")


async def cancelled(app: ClawTui, pilot: Pilot[DashboardResult], operator: ScriptedOperator) -> None:
    """Begin to stop the rescue, and wait no more for it."""
    app.session.operations.operate(["openclaw:rescue"], Operation.STOP)
    await eventually(pilot, lambda: bool(operator.asked))
    operator.begin("openclaw:rescue", "signal", "kill -TERM 12001")
    await pilot.pause()
    assert app.session.operations.cancel("openclaw:rescue")
    await eventually(pilot, lambda: not app.session.operations.log.value.open)


async def broken(app: ClawTui, pilot: Pilot[DashboardResult], _operator: object) -> None:
    app.session.operations.operate(["openclaw:rescue"], Operation.STOP)
    await eventually(pilot, lambda: not app.session.operations.log.value.open)


@pytest.mark.parametrize(
    ("operator", "abandon"), [(ScriptedOperator(), cancelled), (breaks, broken)], ids=["cancelled", "broken"]
)
async def test_what_was_abandoned_is_written_down_and_is_not_the_cause_for_ever(
    path: Path, operator: Operator, abandon: Callable[[ClawTui, Pilot[DashboardResult], Operator], Awaitable[None]]
) -> None:
    async with dashboard(path, operator=operator) as (app, pilot):
        await abandon(app, pilot, operator)
        await show(app, pilot, ONE_DIED.model_copy(update={"taken_at": NOW + ECHO * 2}))
        await until_kept(app, pilot, 3)
        await pilot.press("4")
        await until_shown(pilot, "claw-tui stop: not waited for")
    operation, died, *_ = kept(path)
    assert (operation.kind, operation.detail["commands"]) == (Kind.OPERATION, ("kill -TERM 12001",))
    assert (operation.detail["operation"], operation.detail["ok"]) == ("stop", None)
    assert (died.kind, died.cause) == (Kind.DIED, None)


async def test_what_was_not_waited_for_at_the_end_is_written_down(path: Path) -> None:
    operator = ScriptedOperator()
    async with dashboard(path, operator=operator) as (app, pilot):
        app.session.operations.operate(["openclaw:rescue"], Operation.STOP)
        await eventually(pilot, lambda: bool(operator.asked))
        operator.begin("openclaw:rescue", "signal", "kill -TERM 12001")
        await pilot.press("q", "y")
        await eventually(pilot, lambda: app.return_value == "quit")
    (operation,) = kept(path)
    assert (operation.detail["ok"], operation.detail["commands"]) == (None, ("kill -TERM 12001",))


async def test_a_run_of_the_wizard_is_written_down(path: Path, demo_home: DemoHome) -> None:
    plan = await planned(demo_home.host(), choices(profile="new"))
    made = OnboardingResult(instance=plan.instance, ok=True, plan=plan, state=State.RUNNING)
    async with dashboard(path) as (app, pilot):
        app.session.events.onboarding_ended(made)
        await pilot.pause()
    (event,) = kept(path)
    assert (event.instance, event.kind, event.detail["operation"]) == ("openclaw:new", Kind.OPERATION, "new")


@asynccontextmanager
async def watching(home: DemoHome, name: str) -> AsyncIterator[tuple[ClawTui, Pilot[DashboardResult]]]:
    """The dashboard of that home, once the instance is seen to run."""
    app = ClawTui(local_gateway_host(home.host))
    async with piloted(app, (120, 24)) as pilot:
        await eventually(pilot, lambda: _runs(app.session.snapshot.value, name))
        yield app, pilot


def _runs(snapshot: Snapshot | None, name: str) -> bool:
    found = snapshot.instance(name) if snapshot else None
    return found is not None and found.state is State.RUNNING


def deaths(app: ClawTui, name: str) -> list[Event]:
    return [event for event in app.session.events.newest.value if event.kind == Kind.DIED and event.instance == name]


@pytest.mark.slow
@pytest.mark.skipif(not kernel_tells(), reason="Linux 6.15 is the first to tell how another's child ended")
async def test_a_real_gateway_that_is_killed(demo_home: DemoHome) -> None:
    gateway = await demo_home.start("openclaw", "victim")
    name = gateway.profile.id
    async with watching(demo_home, name) as (app, pilot):
        os.kill(gateway.pid, signal.SIGKILL)
        await eventually(pilot, lambda: bool(deaths(app, name)))
        (death,) = deaths(app, name)
    assert (death.detail["pid"], death.cause) == (gateway.pid, "killed by signal 9")
    own = [event for event in kept(events_database(demo_home.host())) if event.instance == name]
    assert not [event for event in own if event.detail.get("from") == "unknown"]  # it was only not asked yet


@pytest.mark.slow
@pytest.mark.parametrize(("verb", "done"), [("stop", "stopped"), ("restart", "restarted")])
async def test_what_another_claw_tui_does_is_seen_as_its_doing_by_both(
    demo_home: DemoHome, monkeypatch: pytest.MonkeyPatch, verb: str, done: str
) -> None:
    gateway = await demo_home.start("openclaw", "shared")
    name, alarms = gateway.profile.id, list[Event]()
    async with watching(demo_home, name) as (app, pilot):
        events = app.session.events
        monkeypatch.setattr(events, "record", _listening(events.record, alarms, name))
        await pilot.press("4")
        ended = await claw_tui(demo_home.environment, verb, name)
        assert ended.code == 0, ended.errors
        await eventually(pilot, lambda: [event.cause for event in deaths(app, name)] == [f"{done} by claw-tui"])
        await eventually(pilot, lambda: f"{done} by claw-tui, " in screen_text(app))
        started = await claw_tui(demo_home.environment, "start", name)
        assert started.code == 0, started.errors
        wanted = f"{'started' if verb == 'stop' else done} by claw-tui"
        await eventually(
            pilot, lambda: any((event.kind, event.cause) == (Kind.STARTED, wanted) for event in events.newest.value)
        )
    assert not alarms
    told = (await claw_tui(demo_home.environment, "events", name, "--json")).document["events"]
    causes = {event["kind"]: event["cause"] for event in rows(told)}
    assert (causes["died"], causes["started"]) == (f"{done} by claw-tui", wanted)


def _listening(write_down: Callable[[Sequence[Event]], None], alarms: list[Event], name: str) -> object:
    """Hears for which deaths the bell would be rung; conflicts may come from other gateways on this machine."""

    def listen(events: Sequence[Event]) -> None:
        own = (event for event in events if event.kind == Kind.DIED and event.instance == name)
        alarms.extend(filter(is_alarming, own))
        write_down(events)

    return listen


async def test_leaving_writes_what_has_just_been_seen(path: Path) -> None:
    async with dashboard(path) as (app, pilot):
        await show(app, pilot, ONE_DIED)
        await pilot.press("q")
    assert next(event.kind for event in kept(path)) == Kind.DIED


async def test_a_filter_the_details_copying_and_the_way_to_the_instance(path: Path) -> None:
    async with dashboard(path) as (app, pilot):
        await pilot.press("4")
        await show(app, pilot, ONE_DIED)
        await until_kept(app, pilot, 3)
        await show(app, pilot, ONE_DIED.model_copy(update={"conflicts": (conflict("openclaw:default", "clawdbot:b"),)}))
        await until_shown(pilot, "possible conflict")
        await pilot.press("slash", *"pid 12001", "enter")
        await until_shown(pilot, "1 of 2 incidents")
        assert "possible conflict" not in screen_text(app)
        await pilot.press("enter")
        assert isinstance(app.screen, IncidentSheet)
        assert "pid 12001 is gone" in sheet_text(app)
        assert "running → stopped" in sheet_text(app)
        await pilot.press("escape", "y", "w")
        assert app.clipboard == "died, cause unknown"
        await pilot.press("i")
        await pilot.pause()
        assert isinstance(app.screen, InstancesScreen)
        assert app.screen.chosen is not None
        assert app.screen.chosen.id == "openclaw:rescue"
        await pilot.press("4", "escape")
        await pilot.pause()
        assert "2 incidents" in screen_text(app)


async def test_the_cursor_stays_on_its_incident(path: Path) -> None:
    async with dashboard(path) as (app, pilot):
        await pilot.press("4")
        fight = {"conflicts": (conflict("openclaw:default", "clawdbot:b"),)}
        await show(app, pilot, RUNNING.model_copy(update=fight))
        await show(app, pilot, ONE_DIED.model_copy(update={**fight, "taken_at": NOW + timedelta(seconds=1)}))
        await until_shown(pilot, "died")
        await pilot.press("down")
        chosen = app.screen.query_one(IncidentList).chosen_incident
        assert chosen is not None
        assert chosen.story is Story.CONFLICT
        later = host(instance("default"), taken_at=NOW + timedelta(minutes=20), **fight)
        await show(app, pilot, later)
        await until_shown(pilot, "vanished")
        assert app.screen.query_one(IncidentList).chosen_incident == chosen


async def test_a_damaged_database_is_set_aside_with_a_message_and_a_new_one_begun(path: Path) -> None:
    EventStore(path, print).append([Event(at=NOW, instance="openclaw:old", kind=Kind.VANISHED)])
    await asyncio.to_thread(path.write_bytes, b"damaged" * 1000)
    async with dashboard(path) as (app, pilot):
        await show(app, pilot, ONE_DIED)
        await until_kept(app, pilot, 3)
        await eventually(pilot, lambda: bool(app.session.problems.own.value))
        (problem,) = app.session.problems.own.value
        assert f"{path} was damaged" in problem.message
        assert "events.damaged.db" in problem.message
    assert kept(path)[0].kind == Kind.DIED


async def test_a_failing_database_is_one_problem_and_hides_nothing(path: Path) -> None:
    await asyncio.to_thread(path.mkdir, parents=True)
    async with dashboard(path) as (app, pilot):
        await pilot.press("4")
        await show(app, pilot, ONE_DIED)
        await until_kept(app, pilot, 3)
        await show(app, pilot, RUNNING)
        await pilot.press("1", "4")
        await eventually(pilot, lambda: [problem.where for problem in app.session.problems.own.value] == ["events"])
        await until_shown(pilot, "died, cause unknown; runs again")


@pytest.mark.parametrize(("wanted", "rung"), [(False, 0), (True, 1)])
async def test_the_bell_is_rung_only_if_the_settings_ask_for_it(
    path: Path, monkeypatch: pytest.MonkeyPatch, wanted: bool, rung: int
) -> None:
    bells: list[None] = []
    async with dashboard(path, settings=Settings(bell=wanted)) as (app, pilot):
        monkeypatch.setattr(app, "bell", lambda: bells.append(None))
        await show(app, pilot, ONE_DIED)
        assert len(bells) == rung
        await show(app, pilot, RUNNING)
        app.session.operations.operate(["openclaw:rescue"], Operation.STOP)
        await pilot.pause()
        await show(app, pilot, ONE_DIED)
        assert len(bells) == rung


async def test_what_is_new_is_counted_in_the_header_until_the_mode_shows_it(path: Path) -> None:
    """Also next morning, by a dashboard that has not seen it happen."""
    async with dashboard(path) as (app, pilot):
        await eventually(pilot, lambda: app.session.events.looked_at is not None)
        await show(app, pilot, ONE_DIED.model_copy(update={"taken_at": NOW + timedelta(seconds=1)}))
        await until_shown(pilot, "4 Events !1")
    async with dashboard(path) as (app, pilot):
        await until_shown(pilot, "4 Events !1")
        assert all(len(line) == 80 for line in screen_text(app).splitlines())
        await pilot.press("4")
        await until_shown(pilot, "• ")
        await eventually(pilot, lambda: "4 Events !1" not in screen_text(app))
        await pilot.press("enter", "escape")
        assert "• " in screen_text(app), "until the mode is left"
        await pilot.press("1", "4")
        await eventually(pilot, lambda: "• " not in screen_text(app))
        await eventually(pilot, lambda: read_looked_at(path, NOW + timedelta(hours=1)) == NOW + timedelta(seconds=1))
    async with dashboard(path) as (app, pilot):
        await eventually(pilot, lambda: bool(app.session.events.incidents.value))
        assert app.session.events.unread.value == Unread()


async def test_unread_incidents_are_counted_after_a_clock_was_put_back(path: Path) -> None:
    """What was dated by it, and looked at by it, lies years ahead."""
    ahead = NOW + timedelta(days=800)
    EventStore(path, print).append([Event(at=ahead, instance="openclaw:default", kind=Kind.VANISHED)])
    write_looked_at(path, ahead, ahead)
    async with dashboard(path) as (app, pilot):
        await eventually(pilot, lambda: app.session.events.looked_at is not None)
        await show(app, pilot, ONE_DIED.model_copy(update={"taken_at": NOW + timedelta(seconds=1)}))
        await until_shown(pilot, "4 Events !1")
        await pilot.press("4")
        await eventually(pilot, lambda: app.session.events.unread.value == Unread())
        await eventually(pilot, lambda: read_looked_at(path, ahead) == NOW + timedelta(seconds=1))


async def test_days_are_headings_and_the_details_use_what_is_left_of_the_screen(path: Path) -> None:
    def died(days: int, pid: int) -> Event:
        return Event(at=NOW - timedelta(days=days), instance="openclaw:rescue", kind=Kind.DIED, detail={"pid": pid})

    EventStore(path, print).append([died(2, 1), died(1, 2), died(1, 3), died(0, 4)])
    for size, beside in ((80, 24), False), ((120, 36), True), ((160, 48), True):
        async with dashboard(path, size) as (app, pilot):
            await pilot.press("4")
            await until_shown(pilot, "Wed 18 Nov")
            text = screen_text(app)
            assert text.index("Today") < text.index("Yesterday") < text.index("Wed 18 Nov")
            assert ("pid 4 is gone" in text) is beside
            await pilot.press("down")
            chosen = app.screen.query_one(IncidentList).chosen_incident
            assert chosen is not None, "the cursor passes over the days"
            assert chosen.times == 2
            assert ("pid 3 is gone" in screen_text(app)) is beside


async def test_what_a_gateway_logged_around_an_incident_is_shown_with_it(demo_home: DemoHome) -> None:
    gateway = await demo_home.start("openclaw", "chatty")
    name = gateway.profile.id
    async with watching(demo_home, name) as (app, pilot):
        app.session.events.record([Event(at=demo_home.host().clock.now(), instance=name, kind=Kind.VANISHED)])
        await pilot.press("4")
        await until_shown(pilot, "vanished")
        await pilot.press("enter")
        await eventually(pilot, lambda: "What it logged" in sheet_text(app))
        assert "gateway" in sheet_text(app).partition("What it logged")[2]
