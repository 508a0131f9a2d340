"""Keys in the logs that come before what they are about, and the line under the cursor meanwhile."""

import asyncio

import pytest

from claw_tui.hosts.logs import FoundLogs, LogQuery, find_logs
from claw_tui.logs.pane import LogPane
from claw_tui.logs.screen import LogsScreen
from gateway_core.demo.home import DemoHome
from gateway_core.demo.installation import DemoProfile
from gateway_core.logs.output import output_path
from gateway_core.snapshot import Snapshot
from tests.bursts import at_rest, burst, key, soon
from tests.dashboard import screen_text
from tests.dashboard_logs import logs_of
from tests.log_files import append, vendor_line
from tests.until import eventually, until_shown


@pytest.fixture
def profile(demo_home: DemoHome) -> DemoProfile:
    profile = demo_home.add_profile("openclaw", "rescue")
    append(profile.log_file, *(vendor_line(f"line {n:04}", after=n) for n in range(1000)))
    return profile


@pytest.mark.parametrize("keys", [("w",), ("w", "w"), ("space",), ("up", "down")])
async def test_what_is_in_sight_stays_in_sight_while_the_search_comes_and_goes(
    demo_home: DemoHome, profile: DemoProfile, keys: tuple[str, ...]
) -> None:
    async with logs_of(demo_home) as (app, pilot):
        await until_shown(pilot, "line 0999")
        await pilot.press(*keys)
        for key in ("slash", "escape", "slash"):
            await pilot.press(key)
            await eventually(pilot, lambda: "line 0999" in screen_text(app))
        app.screen.query_one(LogPane).action_move(-300)
        await eventually(pilot, lambda: "line 0699" in screen_text(app))
        await pilot.press("escape")
        await eventually(pilot, lambda: "line 0699" in screen_text(app))


async def test_a_key_behind_the_last_error_moves_on_from_it(demo_home: DemoHome) -> None:
    profile = demo_home.add_profile("openclaw", "rescue")
    append(
        profile.log_file, *(vendor_line(f"line {n}", after=n, level="ERROR" if n == 5 else "INFO") for n in range(9))
    )
    async with logs_of(demo_home) as (app, pilot):
        await until_shown(pilot, "line 8")
        await burst(pilot, ("e", "down"))
        chosen = app.screen.query_one(LogPane).chosen
        assert chosen is not None
        assert chosen.message == "line 6"


async def test_another_source_may_be_asked_for_before_it_is_known(demo_home: DemoHome, profile: DemoProfile) -> None:
    append(output_path(demo_home.host(), profile.id), "what it printed for people")
    async with logs_of(demo_home, keys="3s") as (_, pilot):
        await until_shown(pilot, "what it printed for people")


async def test_behind_an_error_on_the_last_line_nothing_more_is_waited_for(demo_home: DemoHome) -> None:
    profile = demo_home.add_profile("openclaw", "rescue")
    append(
        profile.log_file, *(vendor_line(f"line {n}", after=n, level="ERROR" if n == 8 else "INFO") for n in range(9))
    )
    async with logs_of(demo_home) as (app, pilot):
        await until_shown(pilot, "line 8")
        await pilot.press("e")
        await until_shown(pilot, "in the past")
        assert isinstance(app.screen, LogsScreen)
        reader = app.screen._logs
        await eventually(pilot, lambda: not reader.is_looking)


@pytest.mark.parametrize(("later_s", "level"), [(0.01, True), (1.0, False)])
async def test_esc_gives_up_a_key_that_waits_for_the_logs_unless_it_came_with_it(
    demo_home: DemoHome, profile: DemoProfile, later_s: float, level: bool
) -> None:
    may_read = asyncio.Event()
    may_read.set()

    async def open_logs(snapshot: Snapshot, query: LogQuery) -> FoundLogs:
        await may_read.wait()
        return await find_logs(demo_home.host(), snapshot, query)

    async with logs_of(demo_home, opener=open_logs) as (app, pilot):
        await until_shown(pilot, "line 0999")
        may_read.clear()
        picks, escapes = key("i"), key("escape")
        escapes.time = picks.time + later_s
        app.post_message(key("l"))
        app.post_message(picks)
        await soon(app._input_queue._is_held_back)
        app.post_message(escapes)
        await soon(lambda: not app.message_queue_size)
        may_read.set()
        await eventually(pilot, lambda: at_rest(app))
        await until_shown(pilot, "line 0999")
        assert ("info and worse" in screen_text(app)) is level
        assert isinstance(app.screen, LogsScreen)
