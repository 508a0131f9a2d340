"""The table of the running dashboard: the cursor stays on its instance, cells change in place, filter and order."""

import random
from dataclasses import replace
from datetime import timedelta

import pytest
from textual.strip import Strip
from textual.widgets import Input

from claw_tui.app import ClawTui
from claw_tui.instances.screen import InstancesScreen
from claw_tui.instances.table import InstanceTable
from claw_tui.shell.detail_pane import DetailPane
from claw_tui.shell.filtered_screen import FilterBar
from gateway_core.snapshot import State
from tests.dashboard import BARE_HOST, SIZES, dashboard, piloted, screen_text, show
from tests.snapshots import NOW, host, instance, signals, sketch


def table_of(app: ClawTui) -> InstanceTable:
    return app.screen.query_one(InstanceTable)


def row_keys(app: ClawTui) -> list[str]:
    return table_of(app).keys


def cursor_line(app: ClawTui) -> tuple[int, str]:
    """The line that is painted as the cursor: its height in the table, and its text."""
    table = table_of(app)
    cursor = table.get_component_rich_style("instance-table--cursor").bgcolor
    painted = ((y, table.render_line(y)) for y in range(1, table.size.height))
    (line,) = [(y, strip.text) for y, strip in painted if (one := next(iter(strip)).style) and one.bgcolor == cursor]
    return line


def under_cursor(app: ClawTui) -> str:
    """The instance in the line that is painted as the cursor."""
    return next(word for word in cursor_line(app)[1].split() if ":" in word)


def column_of(app: ClawTui, key: str) -> list[str]:
    return table_of(app).texts(key)


@pytest.mark.parametrize("size", SIZES)
async def test_all_instances_are_listed_in_every_size(size: tuple[int, int]) -> None:
    async with dashboard(sketch(), size) as (app, _):
        assert row_keys(app) == [
            "clawdbot:cb",
            "openclaw:default",
            "openclaw:dev",
            "openclaw:rescue",
            "openclaw:resuce",
        ]
        text = screen_text(app)
        assert "● running" in text
        assert "▲ 1 conflict" in text
        assert "18789" in text


async def test_cursor_stays_on_its_instance_while_others_come_and_go() -> None:
    async with dashboard(host(instance("b", 20000), instance("d", 21000)), (120, 36)) as (app, pilot):
        await pilot.press("down")
        assert under_cursor(app) == "openclaw:d"
        await show(app, pilot, host(*(instance(name, 20000 + 200 * n) for n, name in enumerate("abcd"))))
        assert row_keys(app)[-1] == under_cursor(app) == "openclaw:d"
        await show(app, pilot, host(instance("d", 21000), instance("e", 22000)))
        assert row_keys(app)[0] == under_cursor(app) == "openclaw:d"


async def test_the_row_under_the_cursor_keeps_its_height_while_rows_come_and_go_above_it() -> None:
    many = [instance(f"p{number:02}", 20000) for number in range(60)]
    async with dashboard(host(*many), (120, 36)) as (app, pilot):
        await pilot.press("end", "up", "up", "up")
        assert under_cursor(app) == "openclaw:p56"
        height, _ = cursor_line(app)
        for above in (["a", "b"], ["a"], []):
            await show(app, pilot, host(*(instance(name, 20000) for name in above), *many))
            assert under_cursor(app) == "openclaw:p56"
            assert cursor_line(app)[0] == height


async def test_cursor_takes_the_neighbour_when_its_instance_vanishes() -> None:
    async with dashboard(host(*(instance(name, 20000) for name in "abc")), (120, 36)) as (app, pilot):
        await pilot.press("down")
        await show(app, pilot, host(instance("a", 20000), instance("c", 20000)))
        assert under_cursor(app) == table_of(app).chosen == "openclaw:c"
        await show(app, pilot, host(instance("a", 20000)))
        assert under_cursor(app) == table_of(app).chosen == "openclaw:a"


@pytest.mark.slow
async def test_random_changes_never_move_the_cursor_to_another_instance() -> None:
    choose = random.Random(7)
    names = [f"p{number}" for number in range(12)]
    async with dashboard(host(*(instance(name, 20000) for name in names)), (120, 36)) as (app, pilot):
        for _ in range(24):
            await pilot.press(choose.choice(["up", "down", "s", "S", "end", "home"]))
            before = under_cursor(app)
            present = {name for name in names if choose.random() < 0.6} | {before.removeprefix("openclaw:")}
            made = [
                instance(name, choose.randrange(2000, 60000), choose.choice([State.RUNNING, State.STOPPED]))
                for name in choose.sample(sorted(present), len(present))
            ]
            await show(app, pilot, host(*made))
            assert under_cursor(app) == table_of(app).chosen == before
            assert set(row_keys(app)) == {found.id for found in made}
            assert app.screen.query_one(DetailPane).heading == before


async def test_rows_are_sorted_by_key_and_by_click_with_absent_values_last() -> None:
    async with dashboard(sketch(), (120, 36)) as (app, pilot):
        for _ in range(2):
            await pilot.press("s")
        assert column_of(app, "base") == ["18789", "18889", "19001", "19789", "–"]
        await pilot.press("S")
        assert column_of(app, "base") == ["19789", "19001", "18889", "18789", "–"]
        await pilot.click(InstanceTable, offset=(2, 0))
        assert column_of(app, "state")[0] == "◐ degraded"
        await pilot.click(InstanceTable, offset=(2, 0))
        assert column_of(app, "state")[0] == "○ stopped"


async def test_the_arrow_is_at_the_column_that_sorts_also_where_no_row_moves() -> None:
    async with dashboard(host(instance("a", 20000)), (120, 36)) as (app, pilot):
        for title in ("Version↑", "Base↑"):
            await pilot.press("s")
            assert title in screen_text(app)
        assert screen_text(app).count("↑") == 1
        await pilot.press("S")
        assert "Base↓" in screen_text(app)


async def test_only_lines_that_changed_are_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    async with dashboard(host(instance("a", 20000), instance("b", 21000)), (120, 36)) as (app, pilot):
        drawn: list[int] = []
        original = InstanceTable.render_line

        def counted(table: InstanceTable, y: int) -> Strip:
            drawn.append(y)
            return original(table, y)

        monkeypatch.setattr(InstanceTable, "render_line", counted)
        await show(app, pilot, host(instance("a", 20000), instance("b", 21000, signals=signals(999))))
        assert drawn == [2]
        await show(app, pilot, host(instance("a", 20000), instance("b", 21000, signals=signals(999))))
        assert drawn == [2]


async def test_uptime_runs_on_between_snapshots() -> None:
    moment = NOW
    young = instance("a", 20000, signals=signals(1, timedelta(seconds=10)))
    app = ClawTui(replace(BARE_HOST, now=lambda: moment))
    async with piloted(app, (120, 36)) as pilot:
        await show(app, pilot, host(young))
        assert column_of(app, "up") == ["10s"]
        moment = NOW + timedelta(seconds=5)
        screen = app.screen
        assert isinstance(screen, InstancesScreen)
        screen.tick()
        assert column_of(app, "up") == ["15s"]


async def test_live_port_has_a_column_only_while_it_differs() -> None:
    async with dashboard(host(instance("a", 20000)), (120, 36)) as (app, pilot):
        assert "live" not in {placed.column.key for placed in table_of(app).columns}
        await show(app, pilot, host(instance("a", 20000, live_port=20008)))
        assert column_of(app, "live") == ["20008"]


async def test_filter_narrows_turns_around_and_clears() -> None:
    async with dashboard(sketch(), (80, 24)) as (app, pilot):
        await pilot.press("slash", *"claw:re")
        assert row_keys(app) == ["openclaw:rescue", "openclaw:resuce"]
        assert "2 of 5 instances" in screen_text(app)
        await pilot.press("enter", "down")
        assert under_cursor(app) == "openclaw:resuce"
        await pilot.press("slash", "home", "!")
        assert row_keys(app) == ["clawdbot:cb", "openclaw:default", "openclaw:dev"]
        await pilot.press("escape")
        assert len(row_keys(app)) == 5
        assert not app.screen.query(FilterBar)


async def test_keys_of_actions_can_be_typed_into_the_filter() -> None:
    async with dashboard(sketch(), (80, 24)) as (app, pilot):
        await pilot.press("slash", *"q", "slash", *"yt1", "question_mark")
        assert app.screen.query_one(FilterBar).query_one(Input).value == "q/yt1?"
        assert "Nothing matches q/yt1?" in screen_text(app)


async def test_wrong_pattern_is_said_beside_it_and_hides_nothing() -> None:
    async with dashboard(sketch(), (80, 24)) as (app, pilot):
        await pilot.press("slash", "left_parenthesis", *"re")
        assert "not a pattern: missing )" in screen_text(app)
        assert len(row_keys(app)) == 5


async def test_filter_stays_while_snapshots_arrive() -> None:
    async with dashboard(sketch(), (80, 24)) as (app, pilot):
        await pilot.press("slash", *"rescue", "enter")
        await show(app, pilot, host(instance("rescue", 19001), instance("main", 20000)))
        assert row_keys(app) == ["openclaw:rescue"]


async def test_two_hundred_rows_scroll_and_keep_their_place() -> None:
    many = host(*(instance(f"p{number:03}", 20000) for number in range(200)))
    async with dashboard(many, (160, 48)) as (app, pilot):
        await pilot.press("end")
        assert under_cursor(app) == "openclaw:p199"
        offset = table_of(app).scroll_offset
        await show(app, pilot, many.model_copy(update={"instances": many.instances[1:]}))
        assert under_cursor(app) == "openclaw:p199"
        assert abs(table_of(app).scroll_offset.y - offset.y) <= 1
        assert "openclaw:p199" in screen_text(app)
