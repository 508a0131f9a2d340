"""What a user can do in the dashboard, and where each action is offered."""

import webbrowser
from dataclasses import replace
from pathlib import Path

import pytest
from textual.geometry import Offset
from textual.selection import Selection

from claw_tui.actions import registry as actions
from claw_tui.actions.keymap import read_keymap
from claw_tui.actions.model import APP, EVENTS, INSTANCES, LOGS, PORTS, Situation
from claw_tui.app import ClawTui
from claw_tui.instances.detail_tabs import DetailTabs
from claw_tui.instances.screen import InstancesScreen
from claw_tui.session import SnapshotTaken
from claw_tui.settings import LoadedSettings, Settings
from claw_tui.shell.bars import ActionBar
from claw_tui.shell.common_sheets import CopySheet
from claw_tui.shell.detail_pane import DetailPane
from claw_tui.shell.help_sheet import HelpSheet
from claw_tui.shell.mode_screen import ModeScreen
from gateway_core.events.incidents import incidents
from gateway_core.events.model import Event, Kind
from gateway_core.snapshot import Instance, State
from tests.dashboard import BARE_HOST, SIZES, dashboard, piloted, screen_text
from tests.monitors import QuietMonitor, monitors
from tests.scripted_operator import ScriptedOperator
from tests.snapshots import NOW, PROBLEM, host, instance, sketch
from tests.until import eventually


async def test_registry_feeds_help_palette_and_footer() -> None:
    async with dashboard(sketch().model_copy(update={"problems": (PROBLEM,)}), (260, 50)) as (app, pilot):
        screen = app.screen
        assert isinstance(screen, ModeScreen)
        offered = {command.title for command in app.get_system_commands(app.screen)}
        here = [action for action in actions.ACTIONS if action.scope in (APP, INSTANCES.name)]
        possible = {action.title for action in here if action.id != "palette" and action.needs(screen.situation)}
        assert offered == possible
        footer = str(app.screen.query_one(ActionBar).render())
        for action in here:
            if action.short and not (action.hidden and not action.needs(screen.situation)):
                assert f" {action.short}" in footer
        await pilot.press("question_mark")
        assert isinstance(app.screen, HelpSheet)
        told = {entry.name for entry in app.screen.entries if entry.name}
        assert told == {action.id for action in actions.ACTIONS if not action.never_here(screen.situation)}


@pytest.mark.parametrize(
    ("mode", "first", "last"),
    [
        ("1", "The list", "4 Events"),
        ("2", "Ports and their conflicts", "4 Events"),
        ("3", "Logs", "4 Events"),
        ("4", "Events", "3 Logs"),
    ],
)
async def test_help_begins_with_the_keys_of_where_one_is_and_goes_on_with_those_of_everywhere(
    mode: str, first: str, last: str
) -> None:
    async with dashboard(sketch()) as (app, pilot):
        await pilot.press(mode, "question_mark")
        assert isinstance(app.screen, HelpSheet)
        groups = list(dict.fromkeys(entry.group for entry in app.screen.entries))
        assert groups[0] == first
        assert groups.index("This host") < groups.index(last) < groups.index("States") < groups.index("Settings")


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
    assert read_keymap({}) == ({}, ())


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
        (STOPPED, "R", "openclaw:b does not run: nothing runs. Start it: key U on openclaw:b"),
        (instance("a", 20000), "U", "openclaw:a runs already, as pid 13000: live and ready."),
        (instance("a", 20000, State.INCOMPLETE, reason="no config"), "U", "openclaw:a cannot be started: no config."),
        (instance("a", 20000), "K", "Stop it first."),
        (instance("a", 20000), "h", "Nothing was started"),
        (instance("a", 20000), "c", "It has no conflict with anybody."),
        (instance("a", 20000), "p", "All could be seen and read."),
        (instance("a", 20000), "d", "claw-tui demo"),
        (instance("a", 20000), "2 enter", "There is no conflict under the cursor."),
        (instance("a", 20000), "2 g", "There is no conflict on this host."),
        (instance("a", 20000), "4 y", "There is no incident under the cursor."),
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


@pytest.mark.parametrize("situation", [Situation(), Situation(empty=True)])
def test_no_key_but_esc_is_silent_where_it_can_do_nothing(situation: Situation) -> None:
    refused = [action for action in actions.ACTIONS if not action.needs(situation) and action.keys != "escape"]
    assert len(refused) > 10
    silent = [
        (action.id, key)
        for action in refused
        for key in actions.keys_of(action, {})
        if actions.refusal(key, situation, action.scope, {}) is None
    ]
    assert silent == []


async def test_a_selection_of_which_nothing_can_be_done_is_counted() -> None:
    async with dashboard(host(STOPPED, instance("c", 20400, State.STOPPED)), operator=ScriptedOperator()) as (
        app,
        pilot,
    ):
        await pilot.press("a", "X")
        assert [note.message for note in app._notifications] == ["None of those 2 can be stopped now."]


@pytest.mark.parametrize("key", ["U", "X", "R", "K", "space", "a", "n", "N", "Z"])
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
        seen = [Event(at=NOW, instance=f"openclaw:{name}", kind=Kind.VANISHED) for name in "ab"]
        app.session.events.incidents.set(incidents(seen))
        await pilot.press("down", "e")
        await eventually(pilot, lambda: app.current_mode == EVENTS.name and app.screen.query("IncidentList"))
        await eventually(pilot, lambda: "openclaw:b" in screen_text(app))
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
        assert [note.message.splitlines()[0] for note in app._notifications] == [text]
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


@pytest.mark.parametrize("variable", ["TERM", "BROWSER"])
async def test_no_browser_of_the_terminal_draws_over_the_dashboard(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str
) -> None:
    program = tmp_path / "w3m"
    program.write_text('#!/bin/sh\n: > "$0.ran"\n')
    program.chmod(0o755)
    for name in ("TERM", "BROWSER", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(variable, str(program) if variable == "BROWSER" else "xterm")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(webbrowser, "_browsers", {})
    monkeypatch.setattr(webbrowser, "_tryorder", None)
    async with dashboard(host(instance())) as (app, pilot):
        await pilot.press("o")
        await eventually(pilot, lambda: bool(app._notifications))
        (note,) = app._notifications
    assert "There is no browser here" in note.title
    assert [path.name for path in tmp_path.iterdir()] == ["w3m"]


async def test_a_dashboard_in_a_browser_opens_the_control_ui_there_and_not_on_its_own_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", lambda url: pytest.fail(f"opened {url} here"))
    monkeypatch.setattr(ClawTui, "is_web", True)
    monkeypatch.setattr(ClawTui, "open_url", lambda app, url: opened.append(url))
    async with dashboard(host(instance())) as (app, pilot):
        await pilot.press("o")
        await eventually(pilot, lambda: bool(app._notifications))
        assert opened == [note.message for note in app._notifications] == ["http://127.0.0.1:18789/"]


@pytest.mark.parametrize("key", ["q", "ctrl+c", "ctrl+q"])
async def test_leaving_says_that_gateways_keep_running(key: str) -> None:
    async with dashboard(sketch()) as (app, pilot):
        await pilot.press(key)
        await pilot.pause()
        assert app.return_value == "quit"
        assert "keep running" in str(app._exit_renderables)


async def test_ctrl_c_copies_selected_text_once_and_then_leaves() -> None:
    async with dashboard(host(instance())) as (app, pilot):
        details = app.screen.query_one("#first-stack")
        app.screen.selections = {details: Selection(Offset(0, 0), Offset(16, 0))}
        await pilot.press("ctrl+c")
        assert app.clipboard == "openclaw:default"
        await pilot.press("ctrl+c")
        await pilot.pause()
        assert app.return_value == "quit"


@pytest.mark.parametrize("opener", ["question_mark", "y"])
async def test_ctrl_c_leaves_from_a_sheet_too(opener: str) -> None:
    async with dashboard(sketch()) as (app, pilot):
        await pilot.press(opener, "ctrl+c")
        await pilot.pause()
        assert app.return_value == "quit"


async def test_a_toast_takes_the_place_of_one_that_says_the_same() -> None:
    async with dashboard(sketch()) as (app, pilot):
        await pilot.press("d", "d", "d", "r", "r")
        await pilot.pause()
        assert [toast.title for toast in app._notifications] == ["Try the demo", ""]


async def test_refresh_asks_the_monitor() -> None:
    sources: list[QuietMonitor] = []

    def open_source() -> QuietMonitor:
        sources.append(QuietMonitor())
        return sources[-1]

    app = ClawTui(replace(BARE_HOST, monitor=monitors(open_source)))
    async with piloted(app) as pilot:
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


async def test_keymap_changes_keys_in_footer_and_help_too() -> None:
    settings = LoadedSettings(Settings(keys={"filter": "f", "nonsense": "x", "copy": "q"}))
    async with dashboard(sketch(), (120, 36), settings=settings) as (app, pilot):
        assert "f Filter" in screen_text(app)
        messages = [problem.message for problem in app.session.problems.all]
        assert any("nonsense" in message for message in messages)
        assert any("“q”" in message and "copy" in message and "quit" in message for message in messages)
        await pilot.press("f", *"resc")
        assert "1 of 5" in screen_text(app)


async def test_no_keymap_locks_anybody_in_or_shows_a_key_that_nobody_hears() -> None:
    settings = LoadedSettings(
        Settings(keys={"help": "ctrl+c", "refresh": "Ctrl+Q", "filter": "\x1b[31m", "quit": "f9"})
    )
    async with dashboard(sketch(), (120, 36), settings=settings) as (app, pilot):
        assert "/ Filter" in screen_text(app)
        assert "? Help" in screen_text(app)
        await pilot.press("ctrl+c")
        assert app.return_value == "quit"


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
