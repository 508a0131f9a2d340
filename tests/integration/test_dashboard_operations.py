"""Operations in the dashboard while they run and after: their steps, failures and history, cancelling and leaving."""

from collections.abc import Sequence
from typing import NoReturn

import pytest

from claw_tui.app import ClawTui
from claw_tui.operations.history_sheet import OperationsSheet
from claw_tui.shell.confirm_sheet import ConfirmSheet, LeaveSheet
from claw_tui.shell.detail_pane import DetailPane
from claw_tui.shell.help_sheet import HelpSheet
from gateway_core.lifecycle.backend import Options
from gateway_core.lifecycle.operate import OnTask
from gateway_core.operations import ErrorCode, Failure, Operation, OperationResult, Report
from gateway_core.snapshot import State
from tests.dashboard import SIZES, dashboard, screen_text
from tests.monitors import QuietMonitor
from tests.operated_dashboard import BUSY, PROFILES, asked, direct, five, operated, toasts
from tests.scripted_operator import ScriptedOperator
from tests.snapshots import NOW, host
from tests.until import eventually


async def test_start_needs_no_answer_and_shows_its_steps_in_the_row() -> None:
    async with operated(five(State.STOPPED)) as (app, pilot, operator):
        await pilot.press("down", "U")
        await eventually(pilot, lambda: operator.asked)
        assert asked(operator) == [(("openclaw:b",), Operation.START)]
        operator.begin("openclaw:b", "live", "openclaw --profile b gateway --port 20200")
        await eventually(pilot, lambda: "◌ waiting for an answer" in screen_text(app))
        assert "gateway --port 20200" in screen_text(app)
        operator.finish("openclaw:b")
        await eventually(pilot, lambda: toasts(app))
        assert toasts(app) == [("openclaw:b started", "live and ready", "information")]
        assert isinstance(app.session.watcher.monitor, QuietMonitor)
        assert app.session.watcher.monitor.refreshed == 1
        assert "◌" not in screen_text(app)


async def test_what_makes_no_sense_is_grey_and_does_nothing() -> None:
    async with operated(five()) as (app, pilot, operator):
        assert app.screen.check_action("start", ()) is None
        assert app.screen.check_action("stop", ()) is True
        assert app.screen.check_action("kill", ()) is False
        await pilot.press("U", "K")
        await pilot.pause()
        assert not operator.asked
    async with operated(five(State.STOPPED)) as (app, pilot, operator):
        assert app.screen.check_action("stop", ()) is None
        assert app.screen.check_action("restart", ()) is None
        await pilot.press("X", "R")
        assert not isinstance(app.screen, ConfirmSheet)


async def test_an_instance_has_one_operation_at_a_time() -> None:
    async with operated(five(State.STOPPED)) as (_, pilot, operator):
        await pilot.press("U", "U", "U")
        await eventually(pilot, lambda: operator.asked)
        assert len(operator.asked) == 1
        await pilot.press("a", "U")
        await eventually(pilot, lambda: len(operator.asked) == 2)
        assert asked(operator)[1][0] == tuple(f"openclaw:{name}" for name in PROFILES[1:])


async def test_a_failure_is_told_with_what_to_do() -> None:
    async with operated(five(State.STOPPED)) as (app, pilot, operator):
        await pilot.press("U")
        await eventually(pilot, lambda: operator.asked)
        operator.fail("openclaw:a", BUSY)
        await eventually(pilot, lambda: toasts(app))
        assert toasts(app) == [("openclaw:a not started", "Another claw-tui works on it. Wait.", "error")]
        pane = app.screen.query_one(DetailPane)
        assert "Last operation" in [section.title for section in pane._sections]
        assert "■ not started" in screen_text(app)


async def test_the_operations_are_listed_with_their_steps_and_can_be_copied() -> None:
    async with operated(five(State.STOPPED)) as (app, pilot, operator):
        assert app.check_action("operations", ()) is False
        await pilot.press("U", "down", "U")
        await eventually(pilot, lambda: len(operator.asked) == 2)
        operator.step("openclaw:a", "start", "openclaw --profile a gateway --port 20000", detail="pid 77")
        operator.fail("openclaw:a", BUSY)
        await pilot.press("h")
        assert isinstance(app.screen, OperationsSheet)
        text = screen_text(app)
        assert text.index("◌ starting  openclaw:b") < text.index("■ not started  openclaw:a")
        await pilot.press("down")
        await eventually(pilot, lambda: "$ openclaw --profile a gateway --port 20000" in screen_text(app))
        assert "bye" in screen_text(app)
        operator.finish("openclaw:b")
        await eventually(pilot, lambda: "● started" in screen_text(app))
        assert "$ openclaw --profile a gateway --port 20000" in screen_text(app)
        await pilot.press("y")
        assert "$ openclaw --profile a gateway --port 20000" in app.clipboard
        assert "Another claw-tui works on it." in app.clipboard
        assert "bye" in app.clipboard
        assert "openclaw:b" not in app.clipboard
        await pilot.press("Y")
        assert "openclaw:b" in app.clipboard


async def test_the_cursor_of_the_history_stays_in_sight_and_at_its_height_when_operations_begin() -> None:
    async with operated(five(State.STOPPED)) as (app, pilot, _):
        for number in range(6):
            _note_starts(app, f"old{number}", count=5)
        await pilot.press("h", *["down"] * 20)
        line = _line_of(app, "openclaw:old1.4")
        _note_starts(app, "new", count=3)
        await pilot.pause()
        assert "openclaw:new.0" not in screen_text(app)
        assert _line_of(app, "openclaw:old1.4") == line


def _note_starts(app: ClawTui, name: str, count: int) -> None:
    log = app.session.operations.log
    ids = [f"openclaw:{name}.{number}" for number in range(count)]
    log.set(log.value.with_requested(ids, Operation.START, NOW))


def _line_of(app: ClawTui, text: str) -> int:
    return next(number for number, line in enumerate(screen_text(app).splitlines()) if text in line)


@pytest.mark.parametrize("size", SIZES)
async def test_read_only_disables_all_of_it_and_shows_that(size: tuple[int, int]) -> None:
    async with dashboard(five(), size, badges=("read-only",)) as (app, pilot):
        assert "read-only" in screen_text(app).splitlines()[0]
        for name in ("start", "stop", "restart", "select"):
            assert app.screen.check_action(name, ()) is None
        await pilot.press("a", "space", "X", "y", "R", "y", "U", "K")
        await pilot.pause()
        app.session.operations.operate(["openclaw:a"], Operation.STOP)
        await pilot.pause()
        assert not app.session.operations.log.value.records
        await pilot.press("escape", "question_mark")
        assert isinstance(app.screen, HelpSheet)
        await pilot.press("X")
        assert "(Stop)" in screen_text(app)
        assert "Not now: This dashboard is read-only" in screen_text(app)


@pytest.mark.parametrize("key", ["q", "ctrl+c"])
async def test_leaving_asks_while_something_runs_and_says_what_was_not_waited_for(key: str) -> None:
    async with operated(five(State.STOPPED)) as (app, pilot, operator):
        await pilot.press("U", key)
        await pilot.pause()
        sheet = app.screen
        assert isinstance(sheet, LeaveSheet)
        assert "openclaw:a" in screen_text(app)
        await pilot.press("escape")
        assert not isinstance(app.screen, LeaveSheet)
        assert not operator.cancelled
        await pilot.press(key, "y")
        await eventually(pilot, lambda: app.return_value == "quit")
        assert operator.cancelled == ["openclaw:a"]
        assert "Not waited for: openclaw:a" in str(app._exit_renderables)


async def test_ctrl_c_twice_leaves() -> None:
    async with operated(five(State.STOPPED)) as (app, pilot, operator):
        await pilot.press("U", "ctrl+c", "ctrl+c")
        await eventually(pilot, lambda: app.return_value == "quit")
        assert operator.cancelled == ["openclaw:a"]


async def test_an_operator_that_breaks_is_a_problem_and_blocks_nothing() -> None:
    async def broken(*_: object, **__: object) -> NoReturn:
        raise RuntimeError("no such luck")

    async with dashboard(five(State.STOPPED), operator=broken) as (app, pilot):
        await pilot.press("U")
        await eventually(pilot, lambda: toasts(app))
        assert "no such luck" in app.session.problems.all[0].message
        assert not app.session.operations.log.value.open
        assert "◌" not in screen_text(app)


async def test_hostile_names_and_words_are_shown_as_they_are() -> None:
    evil = direct("a", 20000).model_copy(update={"id": "openclaw@[red]x[/]\x1b[31m\u202e", "reason": "[b]\x1b[2J"})
    error = Failure(code=ErrorCode.DIED, message="[b]\x1b[2J", hint="[@click=app.quit]x[/]", last_lines=("\x1b",))
    for size in SIZES:
        async with operated(host(evil, direct("b", 20200)), size) as (app, pilot, operator):
            await pilot.press("down", "X")
            assert "[red]x[/]\\x1b[31m\\u202e" in screen_text(app)
            await pilot.press("y")
            await eventually(pilot, lambda: operator.asked)
            operator.begin(evil.id, "[u]step", "[i]\x1b[2J")
            await eventually(pilot, lambda: "[u]step" in screen_text(app))
            operator.fail(evil.id, error)
            await eventually(pilot, lambda: toasts(app))
            await pilot.press("h")
            assert "\x1b" not in screen_text(app)
            assert "\u202e" not in screen_text(app)
            assert asked(operator) == [((evil.id,), Operation.STOP)]


async def test_no_operator_no_operations() -> None:
    async with dashboard(five()) as (app, pilot):
        assert isinstance(app, ClawTui)
        assert app.screen.check_action("stop", ()) is None
        await pilot.press("X")
        assert not isinstance(app.screen, ConfirmSheet)


async def test_one_running_operation_is_cancelled_and_the_others_go_on() -> None:
    async with operated(five(State.STOPPED)) as (app, pilot, operator):
        await pilot.press("a", "U")
        await eventually(pilot, lambda: operator.asked)
        await pilot.press("h", "down", "c")  # the newest is on top
        await eventually(pilot, lambda: operator.cancelled)
        assert operator.cancelled == ["openclaw:d"]
        await eventually(pilot, lambda: "? not waited for" in screen_text(app))
        assert app.session.operations.log.value.busy == {f"openclaw:{name}" for name in "abce"}
        await pilot.press("c")
        await eventually(pilot, lambda: any(title == "Nothing to wait for" for title, _, _ in toasts(app)))
        assert not app.session.operations._tasks.keys() & {"openclaw:d"}
        for name in "abce":
            operator.finish(f"openclaw:{name}")
        await eventually(pilot, lambda: not app.session.operations.log.value.open)
        await eventually(pilot, lambda: any(title == "4 instances started" for title, _, _ in toasts(app)))


async def test_the_only_operation_is_cancelled_without_a_word_of_success() -> None:
    async with operated(five(State.STOPPED)) as (app, pilot, operator):
        await pilot.press("U")
        await eventually(pilot, lambda: operator.asked)
        await pilot.press("h", "c")
        await eventually(pilot, lambda: operator.cancelled == ["openclaw:a"])
        await eventually(pilot, lambda: not any(worker.group == "operations" for worker in app.workers))
        assert [title for title, _, _ in toasts(app)] == ["openclaw:a: not waited for any more"]
        await pilot.press("escape", "U")
        await eventually(pilot, lambda: len(operator.asked) == 2)


async def test_what_cannot_be_cancelled_is_not_said_to_be() -> None:
    operator = ScriptedOperator()

    async def unheld(
        instance_ids: Sequence[str], operation: Operation, options: Options, report: Report, on_task: OnTask
    ) -> tuple[OperationResult, ...]:
        return await operator(instance_ids, operation, options, report)

    async with dashboard(five(State.STOPPED), operator=unheld) as (app, pilot):
        await pilot.press("U", "h", "c")
        await eventually(pilot, lambda: toasts(app))
        assert [title for title, _, _ in toasts(app)] == ["Nothing to wait for"]
        assert app.session.operations.log.value.busy == {"openclaw:a"}
        operator.finish("openclaw:a")
