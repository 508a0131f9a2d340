"""The graphs of the running dashboard: in the table, beside the overview, and in a tab of their own."""

import pytest
from textual.screen import Screen

from claw_tui.app import ClawTui
from claw_tui.instances import usage_history
from claw_tui.instances.graph_pane import GraphPane
from claw_tui.instances.table import InstanceTable
from claw_tui.instances.usage_history import SLOT_S
from gateway_core import snapshot as model
from gateway_core.snapshot import State
from tests.dashboard import SIZES, dashboard, screen_text, show
from tests.snapshots import host, instance, signals, sketch

TO_GRAPHS = ("right_square_bracket", "right_square_bracket")


@pytest.fixture
def moment(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time of the steady clock, for tests to turn."""
    moment = [0.0]
    monkeypatch.setattr(usage_history, "monotonic", lambda: moment[0])
    return moment


def busy(cpu: float, pid: int = 77) -> model.Instance:
    seen = signals(pid)
    assert seen.process is not None
    return instance(signals=seen.model_copy(update={"process": seen.process.model_copy(update={"cpu_percent": cpu})}))


def cells(app: ClawTui, column: str) -> list[str]:
    return app.screen.query_one(InstanceTable).texts(column)


async def test_rows_have_graphs_that_begin_anew_with_a_process(moment: list[float]) -> None:
    async with dashboard(host(busy(1.0)), (160, 48)) as (app, pilot):
        for cpu in (9.9, 0.0):
            moment[0] += 6 * SLOT_S
            await show(app, pilot, host(busy(cpu)))
        assert cells(app, "cpu-graph") == ["     ▁█▁"]
        assert "CPU 2 min" in screen_text(app)
        await show(app, pilot, host(instance(state=State.STOPPED)))
        assert cells(app, "cpu-graph") == ["     ▁█▁"], "of what has just ended it can still be seen"
        await show(app, pilot, host(busy(5.0, pid=78)))
        assert cells(app, "cpu-graph") == ["       ▄"]


async def test_the_table_has_no_graphs_where_there_is_no_space_for_reasons() -> None:
    async with dashboard(sketch(), (120, 36)) as (app, pilot):
        shown = {placed.column.key for placed in app.screen.query_one(InstanceTable).columns}
        assert not shown & {"cpu-graph", "mem-graph", "why"}
        await pilot.resize_terminal(160, 48)
        await pilot.pause()
        shown = {placed.column.key for placed in app.screen.query_one(InstanceTable).columns}
        assert shown >= {"cpu-graph", "mem-graph", "why"}


async def test_a_click_on_the_title_of_a_graph_sorts_by_its_figures() -> None:
    async with dashboard(sketch(), (160, 48)) as (app, pilot):
        title = screen_text(app).split("\n")[1].index("CPU 2 min")
        await pilot.click(InstanceTable, offset=(title + len("CPU "), 0))
        assert "CPU↑ 2 min" in screen_text(app)


@pytest.mark.parametrize("size", SIZES)
async def test_the_tab_of_graphs_fits(size: tuple[int, int], moment: list[float]) -> None:
    async with dashboard(host(busy(1.0), instance("b", 20000, State.STOPPED)), size) as (app, pilot):
        await pilot.press(*TO_GRAPHS)
        moment[0] += SLOT_S
        await show(app, pilot, host(busy(3.0), instance("b", 20000, State.STOPPED)))
        shown = screen_text(app)
        for told in ("CPU  3.0%  least 1.0%, most 3.0%", "Memory  614M", "Event-loop delay", "● running 5s", "now"):
            assert told in shown
        assert app.screen.query_one(GraphPane).max_scroll_y == 0
        await pilot.press("down")
        assert "State  ○ stopped 5s" in screen_text(app)
        assert "Memory " not in screen_text(app)


async def test_graphs_stand_below_the_overview_where_both_have_space() -> None:
    async with dashboard(sketch(), (160, 48)) as (app, pilot):
        assert "Signals" in screen_text(app)
        assert "Event-loop delay" in screen_text(app)
        await pilot.press("tab", "tab")
        assert not app.screen.query_one(GraphPane).has_focus
        await pilot.resize_terminal(160, 36)
        await pilot.pause()
        assert "Event-loop delay" not in screen_text(app)
        await pilot.resize_terminal(120, 48)
        await pilot.pause()
        assert "Event-loop delay" not in screen_text(app)


async def test_new_figures_beside_the_overview_lay_nothing_out(
    monkeypatch: pytest.MonkeyPatch, moment: list[float]
) -> None:
    async with dashboard(host(busy(1.0)), (160, 48)) as (app, pilot):
        monkeypatch.setattr(Screen, "_refresh_layout", lambda *_, **__: pytest.fail("laid out"))
        moment[0] += SLOT_S
        await show(app, pilot, host(busy(3.0)))
        assert "CPU  3.0%  least 1.0%, most 3.0%" in screen_text(app)


async def test_what_is_not_seen_draws_nothing(monkeypatch: pytest.MonkeyPatch, moment: list[float]) -> None:
    async with dashboard(host(busy(1.0))) as (app, pilot):
        monkeypatch.setattr(GraphPane, "query_one", lambda *_: pytest.fail("drawn"))
        moment[0] += SLOT_S
        await show(app, pilot, host(busy(3.0)))
