"""Keys, clicks and pastes in bursts: each does what it would have done had the one before been waited for."""

from __future__ import annotations

import asyncio

import pytest
from textual.events import Paste
from textual.widgets import Input

import claw_tui.app
from claw_tui.actions.model import EVENTS, INSTANCES, PORTS
from claw_tui.instances.screen import InstancesScreen
from claw_tui.session import SnapshotTaken
from claw_tui.shell import input_queue
from claw_tui.shell.bars import HostBar
from claw_tui.shell.common_sheets import CopySheet
from claw_tui.shell.confirm_sheet import ConfirmSheet
from claw_tui.shell.filtered_screen import FilterBar, FilteredScreen
from claw_tui.shell.help_sheet import HelpSheet
from gateway_core.operations import Operation
from gateway_core.snapshot import State
from tests.bursts import burst, key, soon
from tests.dashboard import dashboard, screen_text
from tests.operated_dashboard import asked, fail_to_stop, five, operated, toasts
from tests.snapshots import host, sketch
from tests.until import eventually


@pytest.mark.parametrize("mode", ["1", "2", "4"])
async def test_what_is_typed_behind_a_slash_is_the_filter(mode: str) -> None:
    async with dashboard(sketch()) as (app, pilot):
        await burst(pilot, [*mode, *"/dev"])
        screen = app.screen
        assert isinstance(screen, FilteredScreen)
        assert isinstance(app.focused, Input)
        assert app.focused.value == "dev"
        await burst(pilot, ["\r", "/", "\x7f", "\r"])
        assert screen.query_one(FilterBar).query_one(Input).value == "de"
        assert app.focused is screen.query_one(str(screen.AUTO_FOCUS))
        await burst(pilot, [*"/x", "\x1b", "?"])
        assert not screen.query(FilterBar)
        assert isinstance(app.screen, HelpSheet)


async def test_a_sheet_takes_what_was_typed_behind_the_key_that_opened_it() -> None:
    async with dashboard(sketch()) as (app, pilot):
        await burst(pilot, "yp")
        assert not isinstance(app.screen, CopySheet)
        assert app.clipboard
        await burst(pilot, ["3", "i", "down", "\r", "2", "?", "\x1b", "4"])
        assert app.current_mode == EVENTS.name
        assert len(app.screen_stack) == 1


async def test_a_command_is_typed_into_the_palette_and_run_at_once() -> None:
    async with dashboard(sketch()) as (app, pilot):
        await burst(pilot, ":ports\r")
        await eventually(pilot, lambda: app.current_mode == PORTS.name)
        await burst(pilot, ":help\r")
        await eventually(pilot, lambda: isinstance(app.screen, HelpSheet))


@pytest.mark.parametrize("answer", ["y", "X", "\r", "j", "2", "yy", "y\r", "yq"])
async def test_what_was_pressed_before_a_question_was_there_does_not_agree_but_closes_it(answer: str) -> None:
    async with operated(five()) as (app, pilot, operator):
        await burst(pilot, ["X", *answer])
        assert app.screen_stack == [app.screen]
        assert app.current_mode == INSTANCES.name
        [(title, text, _)] = toasts(app)
        assert title == "Nothing was done: Stop openclaw:a?"
        assert text.endswith("came before the question could be read. X asks again.")
        await asyncio.sleep(input_queue.BURST_GAP_S)
        await pilot.press("y")
        assert isinstance(app.screen, CopySheet)
        assert not operator.asked


@pytest.mark.parametrize("answer", ["n", "\x1b", "q"])
async def test_a_no_that_was_pressed_before_the_question_was_there_counts(answer: str) -> None:
    async with operated(five()) as (app, pilot, operator):
        await burst(pilot, ["X", answer, "down", "y"])
        assert isinstance(app.screen, CopySheet)
        assert "openclaw:b" in screen_text(app)
        assert not toasts(app)
        assert not operator.asked


async def test_a_yes_to_a_question_that_was_seen_agrees_however_long_ago_it_was_asked() -> None:
    async with operated(five()) as (app, pilot, operator):
        early = key("y")
        await pilot.press("X")
        assert isinstance(app.screen, ConfirmSheet)
        await burst(pilot, [key("y"), early])
        assert asked(operator) == [(("openclaw:a",), Operation.STOP)]


async def test_a_key_from_before_the_question_comes_late_and_closes_it() -> None:
    async with operated(five()) as (app, pilot, operator):
        early = key("y")
        await pilot.press("X")
        await burst(pilot, [early])
        assert isinstance(app.screen, InstancesScreen)
        assert not operator.asked


async def test_a_word_typed_blind_agrees_to_no_kill_and_runs_no_command() -> None:
    async with operated(five()) as (app, pilot, operator):
        await fail_to_stop(pilot, operator)
        await eventually(pilot, lambda: app.screen.check_action("kill", ()) is True)
        await burst(pilot, "Kkill\r")
        assert len(operator.asked) == 1
        assert isinstance(app.screen, InstancesScreen)
        assert app.current_mode == INSTANCES.name
        assert ("Nothing was done: Kill openclaw:a?", "k came before the question could be read. K asks again.") in [
            told[:2] for told in toasts(app)
        ]


async def test_an_operation_meant_for_a_filter_or_a_sheet_is_none() -> None:
    async with operated(host(*five(State.STOPPED).instances[:1])) as (_, pilot, operator):
        for keys in ("/U\x1b\x1b", "?U\x1b", "yU\x1b", ":U\x1b"):
            await burst(pilot, keys)
        assert not operator.asked
        await burst(pilot, "U")
        assert asked(operator) == [(("openclaw:a",), Operation.START)]


async def test_a_paste_where_nothing_is_typed_runs_no_commands() -> None:
    async with operated(five(State.STOPPED)) as (app, pilot, operator):
        await burst(pilot, [Paste("U\nq"), "2", Paste("?")])
        assert app.current_mode == PORTS.name
        assert len(app.screen_stack) == 1
        assert {title for title, _, _ in toasts(app)} == {"Not pasted"}
        await burst(pilot, ["1", "/", Paste("open"), "c", "\r"])
        screen = app.screen
        assert isinstance(screen, FilteredScreen)
        assert screen.filter_text == "openc"
        assert not operator.asked


async def test_a_paste_is_no_answer_to_a_question() -> None:
    async with operated(five()) as (app, pilot, operator):
        await burst(pilot, ["X", Paste("y")])
        assert isinstance(app.screen, InstancesScreen)
        await asyncio.sleep(input_queue.BURST_GAP_S)
        await pilot.press("X")
        await burst(pilot, [Paste("y\n")])
        assert isinstance(app.screen, ConfirmSheet)
        assert not operator.asked


async def test_keys_behind_the_one_that_leaves_do_nothing() -> None:
    async with operated(five(State.STOPPED)) as (app, pilot, operator):
        for one in "qU?":
            app.post_message(key(one))
        await eventually(pilot, lambda: not app.is_running)
        assert not operator.asked
    assert app.return_value == "quit"


async def test_what_is_typed_before_the_first_mode_is_there_is_for_it() -> None:
    async with dashboard(None) as (app, pilot):
        for one in "/dev":
            app.post_message(key(one))
        await pilot.pause()
        assert len(app.screen_stack) == 1
        app.post_message(SnapshotTaken(sketch()))
        await eventually(pilot, lambda: isinstance(app.focused, Input) and app.focused.value == "dev")


async def test_what_hangs_keeps_no_key_waiting_for_long_and_does_not_keep_the_user(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(input_queue, "HANDLING_S", 0.1)
    async with dashboard(sketch()) as (app, _):
        app.screen.query_one(HostBar).call_later(asyncio.Event().wait)
        app.post_message(key("?"))
        await soon(lambda: isinstance(app.screen, HelpSheet))
        [problem] = app.session.problems.own.value
        assert problem.where == "keyboard and mouse"
        assert problem.message.startswith("HostBar did not come to an end")
        app.post_message(key("ctrl+c"))
        await soon(lambda: not app.is_running)
    assert app.return_value == "quit"


async def test_who_always_has_something_to_do_hangs_not_and_keeps_no_key_waiting() -> None:
    async with dashboard(sketch()) as (app, _):
        bar = app.screen.query_one(HostBar)
        ends = asyncio.Event()

        async def go_on() -> None:
            await asyncio.sleep(0)
            if not ends.is_set():
                bar.call_later(go_on)

        for _ in range(3):
            bar.call_later(go_on)
        app.post_message(key("?"))
        await soon(lambda: isinstance(app.screen, HelpSheet))
        assert app.session.problems.own.value == ()
        ends.set()


async def test_rest_is_told_from_work() -> None:
    """By something private to asyncio, which a new Python may have changed."""
    async with dashboard(sketch()) as (app, _):
        bar, ends = app.screen.query_one(HostBar), asyncio.Event()
        await soon(lambda: input_queue._is_waiting(bar))
        bar.call_later(ends.wait)
        await soon(lambda: not bar.message_queue_size)
        assert not input_queue._is_waiting(bar)
        ends.set()
        await soon(lambda: input_queue._is_waiting(bar))


async def test_an_action_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    async def hang(_screen: InstancesScreen) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(InstancesScreen, "action_sort_next", hang)
    monkeypatch.setattr(claw_tui.app, "ACTION_S", 0.05)
    async with dashboard(sketch()) as (app, _):
        for one in "s?":
            app.post_message(key(one))
        await soon(lambda: isinstance(app.screen, HelpSheet))
        [problem] = app.session.problems.own.value
        assert problem.message == "What was asked for was given up: it took longer than 0.05 s."
