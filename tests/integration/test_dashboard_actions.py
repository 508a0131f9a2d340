"""What a user can do in the dashboard, and where each action is offered."""

import gc
import subprocess
import sys
import warnings
import webbrowser
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NoReturn

import pytest

from claw_tui.actions import registry as actions
from claw_tui.actions.model import (
    APP,
    EVENTS,
    INSTANCES,
    LOGS,
    PORTS,
)
from claw_tui.app import ClawTui
from claw_tui.instances.detail_tabs import DetailTabs
from claw_tui.instances.screen import InstancesScreen
from claw_tui.session import SnapshotTaken
from claw_tui.settings import LoadedSettings, Settings, load_settings
from claw_tui.shell.bars import ActionBar, HostBar
from claw_tui.shell.common_sheets import CopySheet, TextSheet
from claw_tui.shell.detail_pane import DetailPane
from claw_tui.shell.mode_screen import ModeScreen
from gateway_core.events.model import Event, Kind
from gateway_core.snapshot import Instance, Problem, Snapshot, State
from tests.dashboard import BARE_HOST, SIZES, QuietMonitor, dashboard, screen_text
from tests.scripted_operator import ScriptedOperator
from tests.snapshots import NOW, host, instance, sketch
from tests.until import eventually

PROBLEM = Problem(where="/proc/net/tcp", message="permission denied")


def help_text(app: ClawTui) -> str:
    return str(app.screen.query_one("#sheet Static").render())


async def test_registry_feeds_help_palette_and_footer() -> None:
    async with dashboard(sketch().model_copy(update={"problems": (PROBLEM,)}), (200, 50)) as (app, pilot):
        screen = app.screen
        assert isinstance(screen, ModeScreen)
        offered = {command.title for command in app.get_system_commands(app.screen)}
        here = [action for action in actions.ACTIONS if action.scope in (APP, INSTANCES.name)]
        possible = {action.title for action in here if action.id != "palette" and action.needs(screen.situation)}
        assert offered == possible
        footer = str(app.screen.query_one(ActionBar).render())
        for action in here:
            if action.short and not (action.hidden and not action.needs(screen.situation)):
                assert f" {action.short} " in footer
        await pilot.press("question_mark")
        for action in actions.ACTIONS:
            assert (action.title in help_text(app)) is (action.id != "demo")  # there are gateways to look at


@pytest.mark.parametrize(
    ("mode", "first", "last"),
    [("1", "The list", "Events"), ("2", "Ports", "Events"), ("3", "Logs", "Events"), ("4", "Events", "Logs")],
)
async def test_help_begins_with_the_keys_of_where_one_is_and_goes_on_with_those_of_everywhere(
    mode: str, first: str, last: str
) -> None:
    async with dashboard(sketch()) as (app, pilot):
        await pilot.press(mode, "question_mark")
        assert help_text(app).startswith(first)
        assert help_text(app).index("Look again") < help_text(app).index(f"\n{last}\n")


def test_every_action_is_a_method_with_a_key() -> None:
    from claw_tui.events.screen import EventsScreen
    from claw_tui.instances.screen import InstancesScreen
    from claw_tui.logs.screen import LogsScreen
    from claw_tui.ports.screen import PortsScreen

    owners = {
        APP: ClawTui,
        INSTANCES.name: InstancesScreen,
        PORTS.name: PortsScreen,
        LOGS.name: LogsScreen,
        EVENTS.name: EventsScreen,
    }
    for action in actions.ACTIONS:
        assert hasattr(owners[action.scope], f"action_{action.name}"), action.id
        assert action.keys
    assert not list(actions.keymap_faults({}))


async def test_actions_that_cannot_be_done_are_grey_and_do_nothing() -> None:
    async with dashboard(host(instance("a", 20000, control_url=None))) as (app, pilot):
        assert app.screen.check_action("open_ui", ()) is None
        assert app.screen.check_action("clear", ()) is False
        await pilot.press("escape")
        assert not app._notifications


STOPPED = instance("b", 20200, State.STOPPED)


@pytest.mark.parametrize(
    ("shown", "keys", "said"),
    [
        (instance("a", 20000, control_url=None), "o", "Where its Control UI would be is not known."),
        (STOPPED, "o", "It does not run, and so its Control UI does not either: nothing runs."),
        (STOPPED, "X", "openclaw:b does not run: nothing runs."),
        (STOPPED, "R", "openclaw:b does not run: nothing runs. U starts it."),
        (instance("a", 20000), "U", "openclaw:a runs already, as pid 13000: live and ready."),
        (instance("a", 20000, State.INCOMPLETE, reason="no config"), "U", "openclaw:a cannot be started: no config."),
        (instance("a", 20000), "K", "Stop it first."),
        (instance("a", 20000), "h", "Nothing was started"),
        (instance("a", 20000), "c", "It has no conflict with anybody."),
        (instance("a", 20000), "p", "There are none"),
        (instance("a", 20000), "d", "claw-tui demo"),
        (instance("a", 20000), "2 enter", "There is no conflict under the cursor."),
        (instance("a", 20000), "2 g", "There is no conflict on this host."),
        (instance("a", 20000), "4 y", "There is no event under the cursor."),
        (instance("a", 20000), "slash z enter enter", "There is no instance under the cursor."),
    ],
)
async def test_a_key_that_cannot_do_what_it_is_for_says_why(shown: Instance, keys: str, said: str) -> None:
    async with dashboard(host(shown), operator=ScriptedOperator()) as (app, pilot):
        await pilot.press(*keys.split())
        await pilot.pause()
        (note,) = app._notifications
        assert said in note.message
        assert note.title in {action.title for action in actions.ACTIONS}


async def test_a_selection_of_which_nothing_can_be_done_is_counted() -> None:
    async with dashboard(host(STOPPED, instance("c", 20400, State.STOPPED)), operator=ScriptedOperator()) as (
        app,
        pilot,
    ):
        await pilot.press("a", "X")
        assert [note.message for note in app._notifications] == ["None of those 2 can be stopped now."]


@pytest.mark.parametrize("key", ["U", "X", "R", "K", "space", "a", "n"])
async def test_read_only_says_so_to_every_key_that_would_do_something(key: str) -> None:
    async with dashboard(host(STOPPED), badges=("read-only",)) as (app, pilot):
        await pilot.press(key)
        assert ["read-only" in note.message for note in app._notifications] == [True]


async def test_a_key_of_the_user_s_own_says_why_and_the_usual_one_is_silent() -> None:
    settings = LoadedSettings(Settings(keys={"stop": "f6"}))
    async with dashboard(host(STOPPED), operator=ScriptedOperator(), settings=settings) as (app, pilot):
        await pilot.press("X")
        assert not app._notifications
        await pilot.press("f6")
        assert len(app._notifications) == 1


async def test_what_is_typed_into_a_filter_is_text_and_no_key() -> None:
    async with dashboard(host(STOPPED), operator=ScriptedOperator()) as (app, pilot):
        await pilot.press("slash", "X", "o", "K")
        assert not app._notifications


async def test_from_an_instance_to_its_events_and_back() -> None:
    async with dashboard(host(instance("a", 20000), STOPPED)) as (app, pilot):
        seen = [Event(at=NOW, instance=f"openclaw:{name}", kind=Kind.VANISHED) for name in "abb"]
        app.session.events.newest.set(tuple(seen))
        await pilot.press("down", "e")
        await eventually(pilot, lambda: app.current_mode == EVENTS.name and app.screen.query("EventList"))
        await eventually(pilot, lambda: screen_text(app).count("openclaw:b") == 2)
        assert "openclaw:a" not in screen_text(app)
        await pilot.press("1")
        await eventually(pilot, lambda: app.current_mode == INSTANCES.name)
        assert isinstance(app.screen, InstancesScreen)
        assert app.screen.chosen is not None
        assert app.screen.chosen.id == "openclaw:b"


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("i", "openclaw:default"),
        ("p", "18789"),
        ("d", "11789"),
        ("u", "http://127.0.0.1:18789/"),
        ("c", "/home/me/.openclaw/openclaw.json"),
        ("s", "/home/me/.openclaw"),
    ],
)
async def test_copy_puts_the_exact_text_into_the_clipboard_and_says_so(key: str, text: str) -> None:
    async with dashboard(host(instance()), (80, 24)) as (app, pilot):
        await pilot.press("y")
        assert isinstance(app.screen, CopySheet)
        await pilot.press(key)
        await pilot.pause()
        assert app.clipboard == text
        assert [note.message for note in app._notifications] == [text]
        assert not isinstance(app.screen, CopySheet)


async def test_copy_by_mouse_and_leaving_without_copying() -> None:
    async with dashboard(host(instance())) as (app, pilot):
        await pilot.press("y")
        await pilot.click("OptionList", offset=(5, 1))
        assert app.clipboard == "18789"
        await pilot.press("y", "escape")
        assert not isinstance(app.screen, CopySheet)


async def test_only_what_an_instance_has_can_be_copied() -> None:
    async with dashboard(host(instance(state=State.STOPPED))) as (app, pilot):
        await pilot.press("y", "d")
        assert isinstance(app.screen, CopySheet)
        assert app.clipboard == ""


@pytest.mark.parametrize(("works", "said"), [(True, "Opened in the browser"), (False, "There is no browser here")])
async def test_control_ui_opens_in_the_browser_or_is_named(
    monkeypatch: pytest.MonkeyPatch, works: bool, said: str
) -> None:
    opened: list[str] = []

    def open_page(url: str) -> bool:
        opened.append(url)
        return works

    monkeypatch.setattr(webbrowser, "open", open_page)
    async with dashboard(host(instance())) as (app, pilot):
        await pilot.press("o")
        await eventually(pilot, lambda: bool(app._notifications))
        (note,) = app._notifications
        assert opened == [note.message] == ["http://127.0.0.1:18789/"]
        assert said in note.title


@pytest.mark.parametrize("key", ["q", "ctrl+c", "ctrl+q"])
async def test_leaving_says_that_gateways_keep_running(key: str) -> None:
    async with dashboard(sketch()) as (app, pilot):
        await pilot.press(key)
        await pilot.pause()
        assert app.return_value == "quit"
        assert "keep running" in str(app._exit_renderables)


@pytest.mark.parametrize("opener", ["question_mark", "y"])
async def test_ctrl_c_leaves_from_a_sheet_too(opener: str) -> None:
    async with dashboard(sketch()) as (app, pilot):
        await pilot.press(opener, "ctrl+c")
        await pilot.pause()
        assert app.return_value == "quit"


@pytest.mark.parametrize("size", SIZES)
async def test_empty_host_says_what_was_looked_for_and_offers_the_demo(size: tuple[int, int]) -> None:
    async with dashboard(host(), size) as (app, pilot):
        text = screen_text(app)
        for expected in ("No gateway was found", "~/.openclaw", "~/.mazelclaw", "press d", "d Demo"):
            assert expected in text
        assert "State" not in text
        await pilot.press("d")
        await pilot.pause()
        assert app.return_value == "demo"


async def test_a_toast_takes_the_place_of_one_that_says_the_same() -> None:
    async with dashboard(sketch()) as (app, pilot):
        await pilot.press("d", "d", "d", "r", "r")
        await pilot.pause()
        assert [toast.title for toast in app._notifications] == ["Try the demo", ""]


async def test_demo_is_not_offered_where_there_are_instances() -> None:
    async with dashboard(sketch()) as (app, pilot):
        await pilot.press("d")
        await pilot.pause()
        assert app.return_value is None
        assert "Demo" not in screen_text(app)


async def test_before_the_first_snapshot_it_says_that_it_is_looking() -> None:
    async with dashboard(None, (80, 24)) as (app, pilot):
        assert "Looking for gateways on this machine…" in screen_text(app)
        await pilot.press("question_mark")
        assert isinstance(app.screen, TextSheet)
        await pilot.press("escape", "q")
        await pilot.pause()
        assert app.return_value == "quit"


async def test_instances_that_appear_take_the_place_of_the_welcome() -> None:
    async with dashboard(host()) as (app, pilot):
        app.session.snapshot.set(sketch())
        await pilot.pause()
        assert "openclaw:rescue" in screen_text(app)
        assert "No gateway was found" not in screen_text(app)


async def test_problems_are_counted_and_listed() -> None:
    async with dashboard(sketch().model_copy(update={"problems": (PROBLEM,)}), (80, 24)) as (app, pilot):
        assert "! 1 problem" in screen_text(app)
        await pilot.press("p")
        assert "/proc/net/tcp" in help_text(app)
        assert "permission denied" in help_text(app)


async def test_an_error_in_the_background_is_a_problem_and_ends_nothing() -> None:
    async def broken() -> None:
        raise RuntimeError("the database is a teapot")

    async with dashboard(sketch(), (120, 36)) as (app, pilot):
        app.session.problems.run_in_background(broken, "events")
        await eventually(pilot, lambda: bool(app.session.problems.all))
        (problem,) = app.session.problems.all
        assert (problem.where, "RuntimeError: the database is a teapot" in problem.message) == ("events", True)
        assert app.is_running


async def test_background_work_given_up_before_it_begins_warns_of_nothing() -> None:
    """A warning would stand on the terminal that the dashboard gives back."""
    begun: list[int] = []

    async def work(number: int) -> None:
        begun.append(number)

    async with dashboard(sketch(), (120, 36)) as (app, pilot):
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            for number in (1, 2):
                app.session.problems.run_in_background(partial(work, number), "a group of its own")
            await eventually(pilot, lambda: bool(begun))
            gc.collect()
        assert begun == [2]
        assert not [str(one.message) for one in warned if "never awaited" in str(one.message)]


async def test_problems_open_by_click() -> None:
    async with dashboard(sketch().model_copy(update={"problems": (PROBLEM,)}), (80, 24)) as (app, pilot):
        await pilot.click(HostBar, offset=(screen_text(app).index("! 1 problem"), 0))
        await pilot.pause()
        assert isinstance(app.screen, TextSheet)


class BrokenSource(QuietMonitor):
    opened = 0

    def subscribe(self) -> NoReturn:
        type(self).opened += 1
        raise OSError("the socket table is gone")


async def test_watching_that_fails_is_said_and_can_be_begun_anew() -> None:
    app = ClawTui(replace(BARE_HOST, monitor=BrokenSource))
    async with app.run_test(size=(120, 36)) as pilot:
        await eventually(pilot, lambda: bool(app.session.problems.all))
        assert "the socket table is gone" in app.session.problems.all[0].message
        await pilot.press("r")
        await eventually(pilot, lambda: BrokenSource.opened == 2)


async def test_refresh_asks_the_monitor() -> None:
    sources: list[QuietMonitor] = []

    def open_source() -> QuietMonitor:
        sources.append(QuietMonitor())
        return sources[-1]

    app = ClawTui(replace(BARE_HOST, monitor=open_source))
    async with app.run_test() as pilot:
        await eventually(pilot, lambda: app.session.watcher.monitor is not None)
        await pilot.press("r")
        assert [source.refreshed for source in sources] == [1]


async def test_details_can_be_hidden_scrolled_and_follow_the_cursor() -> None:
    async with dashboard(sketch(), (80, 24)) as (app, pilot):
        pane = app.screen.query_one(DetailPane)
        assert pane.heading == "clawdbot:cb"
        await pilot.press("down")
        assert pane.heading == "openclaw:default"
        await pilot.press("enter")
        assert not app.screen.query_one(DetailTabs).display
        await pilot.press("enter", "tab", "pagedown")
        await eventually(pilot, lambda: pane.scroll_offset.y > 0)


async def test_theme_is_switched_and_kept(tmp_path: Path) -> None:
    settings = tmp_path / "settings.toml"
    settings.write_text('# mine\n[keys]\ncopy = "c"\n')
    async with dashboard(sketch(), settings=load_settings(tmp_path)) as (app, pilot):
        assert app.theme == "claw-dark"
        await pilot.press("t")
        await eventually(pilot, lambda: "claw-light" in settings.read_text())
    assert settings.read_text() == 'theme = "claw-light"\n# mine\n[keys]\ncopy = "c"\n'
    async with dashboard(sketch(), settings=load_settings(tmp_path)) as (app, pilot):
        assert app.theme == "claw-light"
        await pilot.press("c")
        assert isinstance(app.screen, CopySheet)


@pytest.mark.parametrize("theme", ["nord", "textual-light", "ansi-dark"])
async def test_themes_of_textual_can_be_used_too(theme: str) -> None:
    async with dashboard(sketch(), settings=LoadedSettings(Settings(theme=theme))) as (app, pilot):
        assert app.theme == theme
        assert "● running" in screen_text(app)
        await pilot.press("y")
        assert "Copy from clawdbot:cb" in screen_text(app)


async def test_unknown_theme_is_a_problem() -> None:
    async with dashboard(sketch(), settings=LoadedSettings(Settings(theme="pink"))) as (app, _):
        assert app.theme == "claw-dark"
        assert "There is no theme “pink”" in app.session.problems.all[0].message


async def test_theme_that_cannot_be_kept_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    settings = LoadedSettings(path=tmp_path / "file" / "settings.toml")
    async with dashboard(sketch(), settings=settings) as (app, pilot):
        await pilot.press("t")
        await eventually(pilot, lambda: bool(app.session.problems.all))
        assert "could not be kept" in app.session.problems.all[0].message


async def test_keymap_changes_keys_in_footer_and_help_too() -> None:
    settings = LoadedSettings(Settings(keys={"filter": "f", "nonsense": "x", "copy": "q"}))
    async with dashboard(sketch(), (120, 36), settings=settings) as (app, pilot):
        assert "f Filter" in screen_text(app)
        messages = [problem.message for problem in app.session.problems.all]
        assert any("nonsense" in message for message in messages)
        assert any("“q”" in message and "copy" in message and "quit" in message for message in messages)
        await pilot.press("f", *"resc")
        assert "1 of 5" in screen_text(app)


async def test_the_footer_is_drawn_again_only_when_something_else_is_possible() -> None:
    async with dashboard(host(instance("a", 20000)), (120, 36)) as (app, pilot):
        redrawn: list[object] = []
        app.screen.bindings_updated_signal.subscribe(app.screen, redrawn.append)
        app.post_message(SnapshotTaken(host(instance("a", 20000, reason="another"))))
        await eventually(pilot, lambda: "another" in screen_text(app))
        assert not redrawn
        app.post_message(SnapshotTaken(host()))
        await eventually(pilot, lambda: "d Demo" in screen_text(app))
        assert redrawn


async def test_hostile_names_are_shown_as_they_are() -> None:
    evil = instance(
        "default",
        18789,
        id="openclaw@[red]x[/]\x1b[31m\u202e",
        reason="[b]bold[/b]\nsecond line [@click=app.quit]x[/]",
        state_dir="/home/me/" + "very/long/" * 30 + "猫 [link=x]",
        version="[blink]1[/]",
    )
    for size in SIZES:
        async with dashboard(host(evil, instance("b", 20000)), size) as (app, pilot):
            text = screen_text(app)
            assert "\x1b" not in text
            assert "\u202e" not in text
            assert "[red]x" in text
            assert "[b]bold[/b]\\nsecond line" in text
            await pilot.press("y", "i")
            await pilot.pause()
            assert app.clipboard == evil.id


async def test_badges_say_demo_and_read_only() -> None:
    async with dashboard(sketch(), (120, 36), badges=("demo", "read-only")) as (app, _):
        assert "demo" in screen_text(app).splitlines()[0]
        assert "read-only" in screen_text(app).splitlines()[0]


async def test_footer_can_be_clicked() -> None:
    async with dashboard(sketch(), (120, 36)) as (app, pilot):
        await pilot.click(ActionBar, offset=(screen_text(app).splitlines()[-1].index("Copy"), 0))
        assert isinstance(app.screen, CopySheet)


async def test_no_color_leaves_symbols_and_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with dashboard(sketch(), (120, 36)) as (app, _):
        assert "● running" in screen_text(app)
        strips = app.screen._compositor.render_strips()
        colours = {
            segment.style.color.triplet
            for strip in strips
            for segment in strip.apply_filter(app._filters[0], app.screen.background_colors[1])
            if segment.style and segment.style.color and segment.style.color.triplet
        }
        assert colours
        assert all(red == green == blue for red, green, blue in colours)


def test_first_paint_waits_for_nothing_heavy() -> None:
    heavy = ("pydantic", "httpx", "psutil", "watchfiles", "websockets", "markdown_it", "gateway_core")
    modules = "claw_tui.app, claw_tui.hosts.gateway_host"
    code = f"import {modules}, sys; print([name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"


async def test_empty_snapshot_of_an_unnamed_host_is_no_trouble() -> None:
    async with dashboard(Snapshot(taken_at=NOW, host=""), (80, 24)) as (app, _):
        assert "No gateway was found" in screen_text(app)
