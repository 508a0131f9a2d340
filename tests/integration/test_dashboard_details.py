"""The tabs of the details: how they are turned, and the newest log lines in the last of them."""

from functools import partial

import pytest
from textual.widget import Widget
from textual.worker import Worker

from claw_tui.app import ClawTui
from claw_tui.hosts.logs import FoundLogs, LogOpener, LogQuery, find_logs
from claw_tui.instances.detail_tabs import DetailTab, DetailTabs, TabLine
from claw_tui.instances.graph_pane import GraphPane
from claw_tui.instances.table import InstanceTable
from claw_tui.logs.controller import TailController
from claw_tui.logs.pane import LogPane
from claw_tui.session import SnapshotTaken
from claw_tui.shell.detail_pane import DetailPane
from claw_tui.text.sections import Fact, Piece, Section
from gateway_core.demo.home import DemoHome
from gateway_core.demo.installation import DemoProfile
from gateway_core.monitor.monitor import take_snapshot
from gateway_core.snapshot import Snapshot
from tests.dashboard import SIZES, dashboard, screen_text
from tests.log_files import append, vendor_line
from tests.operated_dashboard import toasts
from tests.program import instances_of
from tests.snapshots import host, instance, sketch
from tests.until import eventually, press_until, until_shown

NEXT, BEFORE = "right_square_bracket", "left_square_bracket"
NAMES = ("default", "dev", "rescue")


@pytest.fixture
def profiles(demo_home: DemoHome) -> dict[str, DemoProfile]:
    profiles = {name: demo_home.add_profile("openclaw", name) for name in NAMES}
    for name in ("default", "rescue"):
        append(profiles[name].log_file, *(vendor_line(f"{name} {n:03}", after=n) for n in range(300)))
    return profiles


def opener_on(home: DemoHome) -> LogOpener:
    return partial(find_logs, home.host())


class CountingOpener:
    """Opens real logs, and knows whose were asked for."""

    def __init__(self, home: DemoHome) -> None:
        self.asked: list[str] = []
        self._open = opener_on(home)

    async def __call__(self, snapshot: Snapshot, query: LogQuery) -> FoundLogs:
        self.asked += query.instances
        return await self._open(snapshot, query)


async def picture(home: DemoHome) -> Snapshot:
    snapshot = await take_snapshot(home.host())
    return snapshot.model_copy(update={"instances": tuple(instances_of(snapshot, home).values()), "problems": ()})


def focused(app: ClawTui) -> Widget | None:
    return app.focused


def tabs(app: ClawTui) -> DetailTabs:
    return app.screen.query_one(DetailTabs)


def under_way(app: ClawTui) -> list[Worker[object]]:
    return [worker for worker in app.workers if worker.group.startswith(TailController.name) and worker.is_running]


def reading(app: ClawTui) -> bool:
    return bool(under_way(app))


@pytest.mark.parametrize("size", SIZES)
async def test_tabs_are_turned_by_keys_and_by_mouse(size: tuple[int, int]) -> None:
    async with dashboard(sketch(), size) as (app, pilot):
        turned = []
        for key in (NEXT, "right", NEXT, NEXT, BEFORE, "left"):
            await pilot.press(key)
            turned.append(tabs(app).active)
        logs, graphs = DetailTab.LOGS, DetailTab.GRAPHS
        assert turned == [DetailTab.AUDIT, graphs, logs, DetailTab.OVERVIEW, logs, graphs]
        line = app.screen.query_one(TabLine)
        assert "┤Graphs├" in line.render().plain
        await pilot.click(TabLine, offset=(line.render().plain.index("Overview"), 0))
        assert tabs(app).active is DetailTab.OVERVIEW
        assert line.render().cell_length == size[0]


async def test_the_keyboard_stays_where_it_is() -> None:
    async with dashboard(sketch()) as (app, pilot):
        await pilot.press(NEXT, "down", "j", "right")
        table = app.screen.query_one(InstanceTable)
        assert focused(app) is table
        assert table.chosen is not None
        assert table.keys.index(table.chosen) == 2
        assert not app.screen.query_one(TabLine).lit
        await pilot.press("tab")
        assert isinstance(focused(app), GraphPane)
        assert app.screen.query_one(TabLine).lit
        await pilot.press(NEXT)
        assert isinstance(focused(app), LogPane)
        await pilot.press(NEXT)
        assert isinstance(focused(app), DetailPane)


async def test_a_tab_opens_hidden_details_and_stays_for_other_rows(
    demo_home: DemoHome, profiles: dict[str, DemoProfile]
) -> None:
    async with dashboard(await picture(demo_home)) as (app, pilot):
        await pilot.press("enter")
        assert not tabs(app).display
        await pilot.press(NEXT)
        assert tabs(app).display
        await pilot.press("down")
        assert tabs(app).active is DetailTab.AUDIT
        assert app.screen.query_one(DetailPane).heading == "openclaw:dev"


@pytest.mark.parametrize("size", SIZES)
async def test_the_newest_lines_are_followed_through_a_rotation(
    demo_home: DemoHome, profiles: dict[str, DemoProfile], size: tuple[int, int]
) -> None:
    log = profiles["default"].log_file
    async with dashboard(await picture(demo_home), size, open_logs=opener_on(demo_home)) as (
        app,
        pilot,
    ):
        await pilot.press(BEFORE)
        await until_shown(pilot, "default 299")
        append(log, vendor_line("token=CANARY0123456789abcdef0123 end", after=400))
        await until_shown(pilot, "token=[redacted] end")
        log.rename(log.with_suffix(".1"))
        append(log, vendor_line("in the new file", after=500))
        await until_shown(pilot, "in the new file")
        assert "CANARY" not in screen_text(app) + app.export_screenshot()


async def test_a_cursor_that_passes_opens_nothing(demo_home: DemoHome, profiles: dict[str, DemoProfile]) -> None:
    opener = CountingOpener(demo_home)
    async with dashboard(await picture(demo_home), open_logs=opener) as (app, pilot):
        tail = tabs(app)._tail
        tail.patience_s = 3600
        await pilot.press(BEFORE, "down", "up", "down")
        await eventually(pilot, lambda: len(under_way(app)) == 1)
        tail.patience_s = 0
        await pilot.press("down")
        await until_shown(pilot, "rescue 299")
        assert opener.asked == ["openclaw:rescue"]
        assert len(under_way(app)) == 1
        assert "default 299" not in screen_text(app)


async def test_the_newest_lines_know_what_came_before_them_too(
    demo_home: DemoHome, profiles: dict[str, DemoProfile]
) -> None:
    async with dashboard(await picture(demo_home), open_logs=opener_on(demo_home)) as (app, pilot):
        await pilot.press(BEFORE, "tab")
        await until_shown(pilot, "default 299")
        await press_until(pilot, "home", lambda: "default 000" in screen_text(app))


async def test_without_an_instance_there_is_but_the_overview(
    demo_home: DemoHome, profiles: dict[str, DemoProfile]
) -> None:
    async with dashboard(await picture(demo_home), open_logs=opener_on(demo_home)) as (app, pilot):
        await pilot.press(BEFORE)
        await until_shown(pilot, "default 299")
        await pilot.press("slash", *"nobody")
        await until_shown(pilot, "0 of 3 instances")
        await eventually(pilot, lambda: not reading(app))
        assert not tabs(app).tail.display
        assert "default 299" not in screen_text(app)
        await pilot.press("escape")
        await until_shown(pilot, "default 299")


async def test_an_overview_without_a_word_is_not_taken_for_the_logs(
    demo_home: DemoHome, profiles: dict[str, DemoProfile]
) -> None:
    async with dashboard(await picture(demo_home)) as (app, _):
        tabs(app).show(DetailTab.OVERVIEW, (), {}, lambda columns, rows: [])
        assert not tabs(app).tail.display


async def test_what_nobody_sees_is_not_read(demo_home: DemoHome, profiles: dict[str, DemoProfile]) -> None:
    seen = await picture(demo_home)
    async with dashboard(seen, open_logs=opener_on(demo_home)) as (app, pilot):
        assert not reading(app)
        for away, back in ((NEXT, BEFORE), ("enter", "enter"), ("2", "1"), ("question_mark", "escape")):
            if not reading(app):
                await pilot.press(BEFORE)
            await eventually(pilot, lambda: reading(app))
            await until_shown(pilot, "default 299")
            await pilot.press(away)
            await eventually(pilot, lambda: not reading(app))
            seen = seen.model_copy(update={"host": f"{seen.host}'"})
            app.post_message(SnapshotTaken(seen))
            await eventually(pilot, lambda: app.session.snapshot.value is seen)  # noqa: B023  it is waited for here
            await pilot.pause()
            assert not reading(app)
            await pilot.press(back)
            await eventually(pilot, lambda: reading(app))


async def test_moving_up_pauses_and_end_follows_again(demo_home: DemoHome, profiles: dict[str, DemoProfile]) -> None:
    log = profiles["default"].log_file
    async with dashboard(await picture(demo_home), open_logs=opener_on(demo_home)) as (_, pilot):
        await pilot.press(BEFORE, "tab")
        await until_shown(pilot, "default 299")
        await pilot.press("up")
        await until_shown(pilot, "paused; end follows")
        append(log, vendor_line("meanwhile", after=400))
        await until_shown(pilot, "paused, 1 new line; end follows")
        await pilot.press("home")
        await pilot.press("end")
        await until_shown(pilot, "following")
        await until_shown(pilot, "meanwhile")


async def test_without_a_log_it_is_said_where_one_was_looked_for(
    demo_home: DemoHome, profiles: dict[str, DemoProfile]
) -> None:
    async with dashboard(await picture(demo_home), (160, 48), open_logs=opener_on(demo_home)) as (
        _,
        pilot,
    ):
        await pilot.press(BEFORE, "down")
        await until_shown(pilot, "No log was found")
        await until_shown(pilot, profiles["dev"].log_file.name)
        append(profiles["dev"].log_file, vendor_line("at last"))
        await until_shown(pilot, "at last")


async def test_l_leads_to_all_of_it(demo_home: DemoHome, profiles: dict[str, DemoProfile]) -> None:
    async with dashboard(await picture(demo_home), open_logs=opener_on(demo_home)) as (app, pilot):
        await pilot.press(BEFORE)
        await until_shown(pilot, "l shows all of it")
        await pilot.press("l")
        await eventually(pilot, lambda: app.current_mode == "logs")
        await until_shown(pilot, "default 299")


async def test_an_error_of_reading_is_said(demo_home: DemoHome, profiles: dict[str, DemoProfile]) -> None:
    async def broken(snapshot: Snapshot, query: LogQuery) -> FoundLogs:
        raise OSError("the disk is gone")

    async with dashboard(await picture(demo_home), open_logs=broken) as (_, pilot):
        await pilot.press(BEFORE)
        await until_shown(pilot, "OSError: the disk is gone")


async def test_any_word_of_a_fact_that_names_an_action_can_be_clicked() -> None:
    async with dashboard(host(instance())) as (app, pilot):
        facts = (Fact("r", (Piece("look at everything again", call="app.refresh"), Piece("or do not"))),)
        pane = app.screen.query_one(DetailPane)
        pane.show((Section("Clicks", facts),))
        await pilot.pause()
        lines = screen_text(app).splitlines()
        (row,) = (number for number, line in enumerate(lines) if "everything" in line)
        await pilot.click(offset=(lines[row].index("or do not"), row))
        assert toasts(app) == []
        await pilot.click(offset=(lines[row].index("everything"), row))
        await eventually(pilot, lambda: toasts(app))
        assert toasts(app)[0][1] == "Looking at everything again."
