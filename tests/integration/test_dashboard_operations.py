"""Starting and ending instances from the dashboard: whom a key means, what is asked, and what is told."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import NoReturn

import pytest
from textual import events
from textual.pilot import Pilot

from claw_tui.app import ClawTui
from claw_tui.instances.screen import InstancesScreen
from claw_tui.instances.table import InstanceTable
from claw_tui.operations.history_sheet import OperationsSheet
from claw_tui.settings import LoadedSettings
from claw_tui.shell.common_sheets import TextSheet
from claw_tui.shell.confirm_sheet import ConfirmSheet, LeaveSheet
from claw_tui.shell.dashboard_app import DashboardResult
from claw_tui.shell.detail_pane import DetailPane
from gateway_core.lifecycle.backend import Options
from gateway_core.lifecycle.operate import OnTask
from gateway_core.operations import (
    ErrorCode,
    Failure,
    Operation,
    OperationResult,
    Report,
)
from gateway_core.snapshot import Instance, ServiceSignal, Signals, Snapshot, State
from tests.dashboard import SIZES, QuietMonitor, dashboard, screen_text, show
from tests.scripted_operator import ScriptedOperator
from tests.snapshots import host, instance, signals
from tests.until import eventually

PROFILES = ("a", "b", "c", "d", "e")
BUSY = Failure(code=ErrorCode.BUSY, message="Another claw-tui works on it.", hint="Wait.", last_lines=("bye",))
STILL_RUNNING = Failure(code=ErrorCode.STILL_RUNNING, message="It still runs.", hint="Then it can be killed.")


def direct(profile: str, base: int, state: State = State.RUNNING) -> Instance:
    if state is State.RUNNING:
        return instance(profile, base, state, signals=signals(base - 7000, service=False))
    return instance(profile, base, state)


def five(state: State = State.RUNNING) -> Snapshot:
    return host(*(direct(profile, 20000 + 200 * index, state) for index, profile in enumerate(PROFILES)))


@asynccontextmanager
async def operated(
    snapshot: Snapshot, size: tuple[int, int] = (120, 36), settings: LoadedSettings | None = None
) -> AsyncIterator[tuple[ClawTui, Pilot[DashboardResult], ScriptedOperator]]:
    operator = ScriptedOperator()
    async with dashboard(snapshot, size, settings, operator=operator) as (app, pilot):
        yield app, pilot, operator


def asked(operator: ScriptedOperator) -> list[tuple[tuple[str, ...], Operation]]:
    return [(ids, operation) for ids, operation, _ in operator.asked]


def toasts(app: ClawTui) -> list[tuple[str, str, str]]:
    return [(note.title, note.message, note.severity) for note in app._notifications]


async def test_start_needs_no_answer_and_shows_its_steps_in_the_row() -> None:
    async with operated(five(State.STOPPED)) as (app, pilot, operator):
        await pilot.press("down", "U")
        await eventually(pilot, lambda: operator.asked)
        assert asked(operator) == [(("openclaw:b",), Operation.START)]
        operator.begin("openclaw:b", "live", "openclaw --profile b gateway --port 20200")
        await eventually(pilot, lambda: "◌ start: live" in screen_text(app))
        assert "gateway --port 20200" in screen_text(app)
        operator.finish("openclaw:b")
        await eventually(pilot, lambda: toasts(app))
        assert toasts(app) == [("openclaw:b started", "live and ready", "information")]
        assert isinstance(app.session.watcher.monitor, QuietMonitor)
        assert app.session.watcher.monitor.refreshed == 1
        assert "◌" not in screen_text(app)


@pytest.mark.parametrize(("key", "operation"), [("X", Operation.STOP), ("R", Operation.RESTART)])
async def test_what_ends_a_gateway_asks_and_names_instance_pid_and_command(key: str, operation: Operation) -> None:
    async with operated(five(), (80, 24)) as (app, pilot, operator):
        await pilot.press("down", key)
        text = screen_text(app)
        assert f"{operation.value.capitalize()} openclaw:b?" in text
        assert "pid 13200" in text
        assert "$ kill -TERM 13200" in text
        await pilot.press("y")
        await eventually(pilot, lambda: operator.asked)
        assert asked(operator) == [(("openclaw:b",), operation)]
        assert not isinstance(app.screen, ConfirmSheet)


async def test_a_restart_shows_the_whole_command_that_follows_wrapped_between_words() -> None:
    command = "/home/somebody/.local/share/node/installation/bin/openclaw"
    long = direct("b", 20200).model_copy(update={"command": command})
    async with operated(host(long), (80, 24)) as (app, pilot, _):
        await pilot.press("R")
        shown = " ".join(line.strip(" │║┃▌") for line in screen_text(app).splitlines())
        assert f"$ {command} --profile b gateway --port 20200" in " ".join(shown.split())


async def test_the_ways_to_start_show_the_command() -> None:
    async with operated(five(State.STOPPED), (80, 24)) as (app, pilot, _):
        await pilot.press("V")
        assert "$ /usr/local/bin/openclaw --profile a gateway --port 20000" in screen_text(app)


async def test_on_a_tiny_terminal_the_question_fits_and_scrolls_to_what_will_be_run() -> None:
    async with operated(five(), (40, 10)) as (app, pilot, _):
        await pilot.press("X")
        await pilot.pause()
        sheet = app.screen.query_one("#sheet")
        assert sheet.region.right <= 40
        assert "esc" in screen_text(app)
        await eventually(pilot, lambda: "PgDn" in screen_text(app))
        for _ in range(4):
            await pilot.press("pagedown")
        await eventually(pilot, lambda: "$ kill -TERM 13000" in screen_text(app))


@pytest.mark.parametrize("answer", ["enter", "escape", "n", "q", "X", "space"])
async def test_nothing_but_a_yes_stops_anything(answer: str) -> None:
    async with operated(five()) as (app, pilot, operator):
        await pilot.press("X", answer, "escape")
        await pilot.pause()
        assert not operator.asked
        assert not isinstance(app.screen, ConfirmSheet)
        assert app.return_value is None


async def test_the_key_means_the_row_of_its_moment_whatever_the_table_does_meanwhile() -> None:
    async with operated(five()) as (app, pilot, operator):
        await pilot.press("down", "X")
        moved = host(*(direct(profile, 30000 + 200 * index) for index, profile in enumerate("zb")))
        await show(app, pilot, moved)
        await show(app, pilot, host(direct("z", 30000)))
        assert app.screen_stack[-2].query_one(InstanceTable).chosen == "openclaw:z"
        assert "openclaw:b" in screen_text(app)
        await pilot.press("y")
        await eventually(pilot, lambda: operator.asked)
        assert asked(operator) == [(("openclaw:b",), Operation.STOP)]


async def test_the_cursor_s_row_is_meant_also_if_rows_came_above_it() -> None:
    async with operated(host(direct("m", 20000))) as (app, pilot, operator):
        await show(app, pilot, host(direct("a", 30000), direct("b", 30200), direct("m", 20000)))
        await pilot.press("X", "y")
        await eventually(pilot, lambda: operator.asked)
        assert asked(operator) == [(("openclaw:m",), Operation.STOP)]


async def test_a_selection_stays_with_its_rows_and_escape_clears_it() -> None:
    async with operated(five()) as (app, pilot, _):
        await pilot.press("space", "down", "down", "space")
        table = app.screen.query_one(InstanceTable)
        assert table.texts("mark") == ["✓", "", "✓", "", ""]
        await pilot.press("S")
        assert table.texts("mark") == ["", "", "✓", "", "✓"]
        await show(app, pilot, host(direct("0", 30000), *five().instances))
        assert dict(zip(table.keys, table.texts("mark"), strict=True))["openclaw:a"] == "✓"
        await pilot.press("space", "escape")
        assert "✓" not in screen_text(app)


async def test_escape_clears_the_selection_before_the_filter() -> None:
    async with operated(five()) as (app, pilot, _):
        await pilot.press("slash", *":[ab]", "enter", "space", "escape")
        assert app.screen.query_one(InstanceTable).keys == ["openclaw:a", "openclaw:b"]
        await pilot.press("escape")
        assert len(app.screen.query_one(InstanceTable).keys) == len(PROFILES)


async def test_several_are_stopped_after_their_number_is_typed() -> None:
    async with operated(five()) as (app, pilot, operator):
        await pilot.press("a", "X")
        assert "Stop 5 instances?" in screen_text(app)
        await pilot.press("y", "enter", "4", "enter")
        assert isinstance(app.screen, ConfirmSheet)
        assert "“4” agrees to nothing: it has to be 5" in screen_text(app)
        await pilot.press("5", "enter")
        await eventually(pilot, lambda: operator.asked)
        assert asked(operator) == [(tuple(f"openclaw:{name}" for name in PROFILES), Operation.STOP)]
        for name in PROFILES[:3]:
            operator.finish(f"openclaw:{name}")
        for name in PROFILES[3:]:
            operator.fail(f"openclaw:{name}", BUSY)
        await eventually(pilot, lambda: toasts(app))
        ((title, message, severity),) = toasts(app)
        assert (title, severity) == ("3 of 5 stopped, 2 failed", "error")
        assert message.count("Another claw-tui works on it. Wait.") == 2


async def test_what_a_filter_hides_is_not_acted_on() -> None:
    async with operated(five(State.STOPPED)) as (_, pilot, operator):
        await pilot.press("a", "slash", *":[ab]", "enter", "U")
        await eventually(pilot, lambda: operator.asked)
        assert asked(operator) == [(("openclaw:a", "openclaw:b"), Operation.START)]


async def test_of_a_mixed_selection_only_those_are_meant_for_which_it_makes_sense() -> None:
    mixed = host(direct("a", 20000), direct("b", 20200, State.STOPPED), direct("c", 20400, State.INCOMPLETE))
    async with operated(mixed) as (app, pilot, operator):
        await pilot.press("a", "X")
        text = screen_text(app)
        assert "Stop openclaw:a?" in text
        assert "Left alone" in text
        assert "openclaw:b, openclaw:c" in text
        await pilot.press("escape", "U")
        await eventually(pilot, lambda: operator.asked)
        assert asked(operator) == [(("openclaw:b",), Operation.START)]


async def test_how_many_of_a_selection_are_left_alone_is_said_first_and_why() -> None:
    some = (direct("a", 20000), direct("b", 20200), direct("c", 20400), direct("d", 20600, State.STOPPED))
    async with operated(host(*some)) as (app, pilot, operator):
        await pilot.press("X", "y")
        await eventually(pilot, lambda: operator.asked)
        await pilot.press("a", "R")
        text = " ".join(screen_text(app).split())
        assert "Restart 2 of 4 instances?" in text
        for part in ("Left alone: 2 of 4", "because nothing of it runs:", "openclaw:d", "being done to it already:"):
            assert part in text


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


async def fail_to_stop(
    pilot: Pilot[DashboardResult], operator: ScriptedOperator, name: str = "openclaw:a", pid: int = 13000
) -> None:
    await pilot.press("X", "y")
    await eventually(pilot, lambda: operator.asked)
    operator.step(name, "signal", f"kill -TERM {pid}")
    operator.step(name, "exit", ok=False)
    operator.fail(name, STILL_RUNNING)


async def test_a_kill_is_offered_after_a_stop_that_did_not_work_and_has_to_be_typed() -> None:
    async with operated(five()) as (app, pilot, operator):
        assert app.screen.check_action("kill", ()) is False
        await fail_to_stop(pilot, operator)
        await eventually(pilot, lambda: app.screen.check_action("kill", ()) is True)
        await pilot.press("K")
        assert "$ kill -KILL 13000" in screen_text(app)
        await pilot.press("y", "enter", *"kill", "enter")
        await eventually(pilot, lambda: len(operator.asked) == 2)
        ids, operation, options = operator.asked[1]
        assert (ids, operation, options.confirmed) == (("openclaw:a",), Operation.KILL, True)
        await pilot.press("down")
        assert app.screen.check_action("kill", ()) is False


async def test_no_kill_is_offered_for_another_process_or_one_that_a_service_runs() -> None:
    async with operated(five()) as (app, pilot, operator):
        await fail_to_stop(pilot, operator, pid=4711)
        await eventually(pilot, lambda: toasts(app))
        assert app.screen.check_action("kill", ()) is False
    async with operated(host(instance("a", 20000))) as (app, pilot, operator):
        await fail_to_stop(pilot, operator)
        await eventually(pilot, lambda: toasts(app))
        assert app.screen.check_action("kill", ()) is False


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
        assert isinstance(app.screen, TextSheet)
        assert "not while read-only" in str(app.screen.query_one("#sheet Static").render())


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


async def test_a_service_is_named_as_what_runs_it() -> None:
    unit = ServiceSignal(manager="systemd-user", name="x.service", active="inactive", enabled=True, restarts=0, path="")
    stopped = direct("b", 20200, State.STOPPED)
    known = stopped.model_copy(update={"signals": stopped.signals.model_copy(update={"service": unit})})
    async with operated(host(instance("a", 20000), known, direct("c", 20400))) as (app, pilot, _):
        assert "systemd-user openclaw-gateway.service" in screen_text(app)
        await pilot.press("X")
        assert "systemctl --user stop openclaw-gateway.service" in screen_text(app)
        await pilot.press("escape", "down")
        assert "systemd-user x.service" in screen_text(app)
        await pilot.press("down")
        assert "nothing but itself (direct)" in screen_text(app)


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


@pytest.mark.parametrize("burst", ["/U", "/X", "?U", "yU", "XU", "Xy"])
@pytest.mark.parametrize("state", [State.STOPPED, State.RUNNING])
async def test_keys_of_one_burst_that_were_meant_for_a_filter_or_a_sheet_do_nothing(burst: str, state: State) -> None:
    one_of_each = host(*five(state).instances[:1])
    async with operated(one_of_each) as (app, pilot, operator):
        first, second = tuple(burst)
        app.post_message(events.Key({"/": "slash", "?": "question_mark"}.get(first, first), first))
        app.post_message(events.Key(second, second))
        await pilot.pause(0.2)
        pumps = (app, *app.screen.walk_children(with_self=True))
        await eventually(pilot, lambda: not any(pump.message_queue_size for pump in pumps))
        if not (burst == "XU" and state is State.STOPPED):
            assert not operator.asked
        assert len([sheet for sheet in app.screen_stack if isinstance(sheet, ConfirmSheet)]) <= (first == "X")


async def test_a_key_from_before_a_question_was_there_does_not_answer_it() -> None:
    async with operated(host(*five(State.RUNNING).instances[:1])) as (app, pilot, operator):
        early = events.Key("y", "y")
        await pilot.press("X")
        await eventually(pilot, lambda: isinstance(app.screen, ConfirmSheet) and "Stop" in screen_text(app))
        app.post_message(early)
        await pilot.pause(0.2)
        assert isinstance(app.screen, ConfirmSheet)
        assert not operator.asked
        await pilot.press("y")
        await eventually(pilot, lambda: operator.asked)


async def test_a_key_that_reaches_a_screen_behind_a_sheet_does_nothing() -> None:
    async with operated(host(*five(State.STOPPED).instances[:1])) as (app, pilot, operator):
        behind = app.screen
        assert isinstance(behind, InstancesScreen)
        await pilot.press("question_mark")
        assert app.screen is not behind
        behind.action_start()
        await pilot.pause(0.2)
        assert not operator.asked
        await pilot.press("escape")
        behind.action_start()
        await eventually(pilot, lambda: operator.asked)


async def test_no_operator_no_operations() -> None:
    async with dashboard(five()) as (app, pilot):
        assert isinstance(app, ClawTui)
        assert app.screen.check_action("stop", ()) is None
        await pilot.press("X")
        assert not isinstance(app.screen, ConfirmSheet)


@pytest.mark.parametrize("size", SIZES)
async def test_all_of_many_can_be_read_before_they_are_stopped(size: tuple[int, int]) -> None:
    many = host(*(direct(f"n{number:02}", 20000 + 200 * number) for number in range(20)))
    async with operated(many, size) as (app, pilot, operator):
        await pilot.press("a", "X")
        await pilot.pause()
        seen = ""
        for _ in range(12):
            text = screen_text(app)
            assert "type 20 and press enter" in text
            seen += "\n".join(line for line in text.splitlines() if "│" in line)
            await pilot.press("pagedown")
            await pilot.pause()
        assert "PgDn: more" in screen_text(app)
        assert all(f"openclaw:n{number:02}" in seen for number in range(20))
        await pilot.press(*"20", "enter")
        await eventually(pilot, lambda: operator.asked)


async def test_one_that_only_its_process_tells_of_says_how_to_keep_it() -> None:
    passing = direct("a", 20000).model_copy(update={"found_by": ("lock", "process")})
    async with operated(host(passing), (120, 36)) as (app, pilot, _):
        await pilot.press("X")
        text = " ".join(str(app.screen.query_one("#question Static").render()).split())
        assert "only its process tells of it" in text
        assert (
            "$ claw-tui add --config /home/me/.openclaw-a/openclaw.json"
            " --state-dir /home/me/.openclaw-a --distribution openclaw"
        ) in text
        await pilot.press("escape", "R")
        assert "claw-tui add" not in screen_text(app)
    async with operated(host(direct("a", 20000)), (120, 36)) as (app, pilot, _):
        await pilot.press("X")
        assert "claw-tui add" not in screen_text(app)


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


@pytest.mark.parametrize(
    ("downs", "options"),
    [
        (0, Options()),
        (1, Options(backend="systemd-user")),
        (2, Options(backend="direct")),
        (3, Options(force=True)),
    ],
)
async def test_how_an_instance_is_started_can_be_chosen(downs: int, options: Options) -> None:
    unit = ServiceSignal(
        manager="systemd-user", name="x.service", active="inactive", enabled=True, restarts=0, path="/x"
    )
    stopped = instance("a", 20000, State.STOPPED, signals=Signals(service=unit))
    async with operated(host(stopped), (80, 24)) as (app, pilot, operator):
        await pilot.press("V")
        assert "Via systemd-user" in screen_text(app)
        await pilot.press(*["down"] * downs, "enter")
        await eventually(pilot, lambda: operator.asked)
        assert operator.asked == [(("openclaw:a",), Operation.START, options)]


async def test_an_omniclaw_is_never_started_in_spite_of_a_conflict() -> None:
    omni = instance("a", 20000, State.STOPPED, distribution="omniclaw")
    async with operated(host(omni)) as (app, pilot, operator):
        await pilot.press("V")
        assert "never: it ends whatever it finds on its ports" in screen_text(app)
        await pilot.press("end", "enter")
        await eventually(pilot, lambda: operator.asked)
        assert operator.asked == [(("omniclaw:a",), Operation.START, Options(backend="direct"))]
