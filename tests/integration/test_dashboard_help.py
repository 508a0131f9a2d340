"""The sheet of help: its columns, its search, and the words of what the cursor is on."""

import pytest
from textual.widgets import Input

from claw_tui.actions.model import Situation
from claw_tui.app import ClawTui
from claw_tui.settings import LoadedSettings, Settings
from claw_tui.shell.help_entries import help_entries
from claw_tui.shell.help_sheet import HelpSheet
from gateway_core.snapshot import State
from tests.dashboard import SIZES, dashboard, screen_text
from tests.snapshots import host, instance, sketch


def is_open(app: ClawTui) -> bool:
    return isinstance(app.screen, HelpSheet)


def titles(app: ClawTui) -> str:
    return str(app.screen.query_one("KeyColumns Static").render())


@pytest.mark.parametrize("size", SIZES)
async def test_every_size_shows_columns_and_the_words_of_the_first_key(size: tuple[int, int]) -> None:
    async with dashboard(sketch(), size) as (app, pilot):
        await pilot.press("question_mark")
        lines = screen_text(app).splitlines()
        assert "▌/      Filter" in screen_text(app)
        assert "Show only rows that match a regular expression" in screen_text(app)
        assert "In the settings: filter" in screen_text(app)
        assert "esc closes" in lines[next(at for at, line in enumerate(lines) if "╰" in line)]
        first = next(line for line in lines if "The list" in line)
        assert len(first.replace("│", "").split("  ")) > 2, "more than one column"
        assert all(len(line) == size[0] for line in lines)


async def test_a_key_leads_to_what_it_does_and_does_nothing() -> None:
    async with dashboard(host(instance(state=State.STOPPED)), (80, 24)) as (app, pilot):
        await pilot.press("question_mark", "h")
        assert "▌h      (History of operations)" in screen_text(app)
        assert "Not now: Nothing was started, stopped or restarted in this session yet." in screen_text(app)
        assert is_open(app)
        await pilot.press("4")
        assert app.current_mode == "instances"
        assert "▌4      Events" in screen_text(app)
        await pilot.press("question_mark")
        assert not is_open(app)


async def test_the_settings_are_found_by_a_key_and_in_the_palette() -> None:
    async with dashboard(sketch(), (80, 24)) as (app, pilot):
        await pilot.press("comma")
        text = screen_text(app)
        for shown in ("Where they are kept", "In a demo nothing is kept", "theme", "bell", "[keys]", "[groups]"):
            assert shown in text, text
        await pilot.press("escape")
        assert "Settings" in {command.title for command in app.get_system_commands(app.screen)}


async def test_the_search_leaves_what_matches_and_esc_gives_it_up_before_it_closes() -> None:
    async with dashboard(sketch(), (80, 24)) as (app, pilot):
        await pilot.press("question_mark", "slash", *"qui")
        assert "▌q      Quit" in screen_text(app)
        assert "Its logs" not in titles(app)
        await pilot.press("enter", "j", "k", "escape")
        assert "Its logs" in titles(app)
        assert app.screen.query_one(Input).value == ""
        await pilot.press("slash", *"xyzzy")
        assert "Nothing in the help matches xyzzy" in screen_text(app)
        await pilot.press("escape", "escape")
        assert not is_open(app)


async def test_arrows_and_letters_move_over_the_columns_and_what_is_out_of_sight_is_scrolled_to() -> None:
    async with dashboard(sketch(), (80, 24)) as (app, pilot):
        await pilot.press("question_mark", "down", "j")
        assert "▌s      Sort by the next column" in screen_text(app)
        await pilot.press("k", "up", "G")
        assert "▌their file" in screen_text(app)
        await pilot.press("g")
        assert "▌/      Filter" in screen_text(app)
        assert "The list" in screen_text(app)
        await pilot.press("right", "left", "pagedown", "pageup", "home")
        assert "▌/      Filter" in screen_text(app)


async def test_a_click_tells_of_a_key() -> None:
    async with dashboard(sketch()) as (app, pilot):
        await pilot.press("question_mark")
        lines = screen_text(app).splitlines()
        (row,) = (number for number, line in enumerate(lines) if "Its logs" in line)
        await pilot.click(offset=(lines[row].index("Its logs"), row))
        assert "Show the logs of the instance under the cursor." in screen_text(app)


async def test_the_users_own_keys_are_shown_and_lead_there() -> None:
    settings = LoadedSettings(Settings(keys={"refresh": "f5"}))
    async with dashboard(sketch(), (80, 24), settings) as (app, pilot):
        await pilot.press("question_mark", "f5")
        assert "▌f5     Look again" in screen_text(app)


def test_keys_that_come_before_there_is_a_size_are_not_lost() -> None:
    entries = help_entries("instances", Situation(), {}, lambda binding: binding.key, None)
    sheet = HelpSheet(entries)
    assert sheet._grid.along(entries[0].id, 2) == entries[2].id
