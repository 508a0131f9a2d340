"""The letters j, k, g and G, which move in every list and text as the arrows do, and are text where text is typed."""

from __future__ import annotations

import pytest
from textual.widget import Widget
from textual.widgets import Input, OptionList

from claw_tui.instances.table import InstanceTable
from claw_tui.ports.screen import ConflictList
from claw_tui.shell.common_sheets import InstanceSheet, TextSheet
from claw_tui.shell.detail_pane import DetailPane
from claw_tui.shell.filtered_screen import FilteredScreen
from claw_tui.text.sections import Section, fact
from tests.dashboard import dashboard
from tests.operated_dashboard import five, operated
from tests.snapshots import sketch
from tests.until import eventually


async def test_they_move_in_the_table_and_in_lists_of_choices() -> None:
    async with operated(five()) as (app, pilot, _):
        table = app.screen.query_one(InstanceTable)
        places = []
        for key in "Gkgj":
            await pilot.press(key)
            places.append(table.chosen)
        assert places == ["openclaw:e", "openclaw:d", "openclaw:a", "openclaw:b"]
        app.push_screen(InstanceSheet(["a", "b", "c"], "Whose?"))
        await pilot.pause()
        choices = app.screen.query_one(OptionList)
        rows = []
        for key in "Gkgj":
            await pilot.press(key)
            rows.append(choices.highlighted)
        assert rows == [2, 1, 0, 1]


@pytest.mark.parametrize("where", ["details", "sheet"])
async def test_they_scroll_text(where: str) -> None:
    async with dashboard(sketch(), (80, 16)) as (app, pilot):
        if where == "details":
            await pilot.press("tab")
        else:
            app.push_screen(TextSheet("Long", [Section("Lines", tuple(fact("", str(n)) for n in range(50)))], 0))
            await pilot.pause()
        text = app.screen.query_one("#facts" if where == "details" else "#sheet", Widget)
        assert app.focused is text
        assert text.max_scroll_y > 1
        for key, there in (("G", text.max_scroll_y), ("k", text.max_scroll_y - 1), ("g", 0), ("j", 1)):
            await pilot.press(key)
            await eventually(pilot, lambda there=there: text.scroll_target_y == there)  # type: ignore[misc]


async def test_they_are_text_where_text_is_typed() -> None:
    async with dashboard(sketch()) as (app, pilot):
        await pilot.press("slash", *"jkgG")
        assert isinstance(app.focused, Input)
        assert app.focused.value == "jkgG"


async def test_g_chooses_a_grade_in_the_mode_of_ports_whatever_has_the_focus() -> None:
    async with dashboard(sketch()) as (app, pilot):
        await pilot.press("2")
        screen = app.screen
        assert isinstance(screen, FilteredScreen)
        for focused in (ConflictList, DetailPane):
            assert isinstance(app.focused, focused)
            await pilot.press("g")
            assert screen.filtered
            await pilot.press("escape", "tab")
