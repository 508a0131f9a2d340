"""Keys that come in one burst, while what they are for comes or goes; and what is closed stays nowhere."""

import gc
from weakref import ref

import pytest
from rich.style import Style
from textual.command import CommandList, CommandPalette
from textual.events import Click, MouseDown
from textual.widgets import Input, OptionList
from textual.worker import WorkerFailed

from claw_tui.actions.model import EVENTS, LOGS, PORTS, Mode
from claw_tui.instances.screen import InstancesScreen
from claw_tui.logs.pane import LogPane
from claw_tui.shell.bars import ActionBar
from claw_tui.shell.common_sheets import InstanceSheet
from claw_tui.shell.filtered_screen import FilterBar, FilteredScreen
from claw_tui.shell.mode_screen import ModeScreen
from tests.dashboard import dashboard, screen_text
from tests.snapshots import sketch


async def test_the_palette_opens_again_while_the_last_one_is_still_closing() -> None:
    async with dashboard(sketch()) as (app, pilot):
        for _ in range(3):
            app.action_command_palette()
            palette = app.screen
            assert isinstance(palette, CommandPalette)
            await pilot.pause()
            palette.dismiss()
        app.action_command_palette()
        app.action_command_palette()
        await pilot.pause()
        assert [isinstance(screen, CommandPalette) for screen in app.screen_stack].count(True) == 1


async def test_keys_that_come_before_the_palette_is_there_do_nothing() -> None:
    async with dashboard(sketch()) as (app, pilot):
        app.action_command_palette()
        palette = app.screen
        assert isinstance(palette, CommandPalette)
        assert not palette.check_action("cursor_down", ())
        palette.dismiss()
        await pilot.pause()
        assert app.screen is palette
        assert palette.check_action("cursor_down", ())
        palette.dismiss()
        await pilot.pause()
        assert isinstance(app.screen, InstancesScreen)


async def test_page_keys_need_no_room_for_a_list() -> None:
    async with dashboard(sketch(), (60, 20)) as (app, pilot):
        app.push_screen(InstanceSheet(["openclaw:default"], "Whose?"))
        await pilot.pause()
        choices = app.screen.query_one(OptionList)
        choices.highlighted = 0
        choices.styles.height = choices.styles.min_height = 0
        await pilot.pause()
        assert not choices.scrollable_content_region
        await pilot.press("pagedown", "pageup")
        await pilot.press("escape", "ctrl+p")
        app.screen.query_one(Input).value = "nothing is called like this"
        await pilot.pause()
        for key in ("pagedown", "pageup", "down", "up"):
            await pilot.press(key)
        assert isinstance(app.screen, CommandPalette)


async def test_keys_that_come_behind_the_one_that_ends_the_dashboard_do_nothing() -> None:
    async with dashboard(sketch()) as (app, pilot):
        screen = app.screen
        assert isinstance(screen, ModeScreen)
        assert screen.check_action("filter", ())
        await pilot.press("q")
    assert not screen.check_action("filter", ())
    assert not app.failure


async def test_a_palette_that_is_gone_before_it_looks_for_commands_ends_nothing() -> None:
    async with dashboard(sketch()) as (app, pilot):
        app.action_command_palette()
        palette = app.screen
        assert isinstance(palette, CommandPalette)
        await pilot.pause()
        await palette.query_one(CommandList).remove()
        gathering = palette._gather_commands("theme")
        with pytest.raises(WorkerFailed):
            await gathering.wait()
        await pilot.pause()
        assert not app.failure


async def test_what_is_dismissed_twice_takes_nothing_else_with_it() -> None:
    async with dashboard(sketch()) as (app, pilot):
        app.action_help()
        app.action_command_palette()
        await pilot.pause()
        below, sheet = app.screen_stack[-2:]
        assert isinstance(sheet, CommandPalette)
        for _ in range(3):
            sheet.dismiss()
        await pilot.pause()
        assert app.screen is below
        below.dismiss()
        below.dismiss()
        await pilot.pause()
        assert isinstance(app.screen, InstancesScreen)


async def test_a_click_on_what_was_removed_and_is_still_to_be_seen_ends_nothing() -> None:
    async with dashboard(sketch()) as (app, pilot):
        await pilot.press("/")
        screen = app.screen
        assert isinstance(screen, FilteredScreen)
        place = screen.query_one("#filter-prompt").region
        with app.batch_update():  # nothing is painted, as where a burst of keys comes first
            await screen.remove_filter_bar()
            await app.on_event(MouseDown(None, place.x, place.y, 0, 0, 1, shift=False, meta=False, ctrl=False))
        await pilot.pause()
        assert not app.failure


async def test_a_click_on_a_choice_of_a_sheet_that_has_gone_ends_nothing() -> None:
    async with dashboard(sketch(), (80, 24)) as (app, pilot):
        await pilot.press("y")
        choices = app.screen.query_one(OptionList)
        drawn = Style.from_meta({"option": choices.option_count})
        choices.post_message(Click(choices, 1, 1, 0, 0, 1, shift=False, meta=False, ctrl=False, style=drawn))
        await pilot.pause()
        assert app.is_running
        assert app.failure is None


async def test_a_click_on_a_command_that_is_listed_no_longer_ends_nothing() -> None:
    async with dashboard(sketch()) as (app, pilot):
        await pilot.press("ctrl+p")
        commands = app.screen.query_one(CommandList)
        drawn = Style.from_meta({"option": 1000})
        commands.post_message(Click(commands, 1, 1, 0, 0, 1, shift=False, meta=False, ctrl=False, style=drawn))
        await pilot.pause()
        assert not app.failure
        await pilot.press(*"help", "enter")
        assert not isinstance(app.screen, CommandPalette)


async def test_what_lies_below_something_else_is_not_dismissed_in_its_place() -> None:
    async with dashboard(sketch()) as (app, pilot):
        app.action_help()
        app.action_command_palette()
        await pilot.pause()
        below, palette = app.screen_stack[-2:]
        below.dismiss()
        app.push_screen(InstanceSheet(["openclaw:default"], "Whose?"))
        await pilot.pause()
        for _ in range(2):
            palette.dismiss()
        await pilot.pause()
        assert app.screen_stack[-3:-1] == [below, palette]


async def test_keys_that_come_right_behind_the_one_that_closes_the_palette_do_nothing() -> None:
    async with dashboard(sketch()) as (app, pilot):
        await pilot.press("ctrl+p")
        await pilot.pause()
        palette = app.screen
        assert isinstance(palette, CommandPalette)
        typed = palette.query_one(Input)
        palette.dismiss()
        typed.value = "help"
        typed.post_message(Input.Submitted(typed, "help"))
        assert not palette.check_action("cursor_down", ())
        await pilot.pause()
        await pilot.press("2")
        assert app.current_mode == PORTS.name


async def test_a_filter_that_is_closed_stays_nowhere() -> None:
    async with dashboard(sketch()) as (app, pilot):
        gone = []
        for _ in range(3):
            await pilot.press("slash")
            await pilot.pause()
            assert isinstance(app.focused, Input)
            gone.append(ref(app.focused))
            await pilot.press("escape")
            await pilot.pause()
        await pilot.press("question_mark", "escape")  # the last one that had the focus is let go, too
        await pilot.pause()
        gc.collect()
        assert [found for found in gone[:-1] if found() is not None] == []


@pytest.mark.parametrize("mode", [PORTS, LOGS, EVENTS])
async def test_a_mode_that_is_only_being_opened_takes_no_action(mode: Mode) -> None:
    async with dashboard(sketch()) as (app, pilot):
        opening = app.switch_mode(mode.name)
        screen = app.screen
        assert isinstance(screen, ModeScreen)
        assert not screen.check_action("copy", ())
        assert screen.active_bindings  # what a key of the same burst is looked up in
        await opening
        await pilot.pause()
        assert screen.check_action("filter", ())


async def test_a_filter_bar_is_answered_while_it_comes_and_while_it_goes() -> None:
    async with dashboard(sketch()) as (app, pilot):
        screen = app.screen
        assert isinstance(screen, FilteredScreen)
        coming = screen.mount(FilterBar("hint", "text"), before=screen.query_one(ActionBar))
        screen.answer_filter("1 of 2")
        await coming
        await pilot.pause()
        screen.answer_filter("2 of 2")
        await pilot.pause()
        assert "2 of 2" in screen_text(app)
        going = screen.remove_filter_bar()
        screen.answer_filter("3 of 3")
        screen.query(FilterBar).remove()
        screen.answer_filter("4 of 4")
        await going


async def test_a_log_that_has_lost_its_last_line_has_none_under_the_cursor() -> None:
    async with dashboard(sketch()) as (app, pilot):
        await pilot.press("3")
        await pilot.pause()
        pane = app.screen.query_one(LogPane)
        assert not pane.lines
        pane._append(())
        assert pane.chosen is None
