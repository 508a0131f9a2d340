"""The memory of the dashboard: what was shown and is gone does not stay in it."""

import gc
from collections.abc import Callable
from time import monotonic
from weakref import ref

import pytest
from textual.pilot import Pilot
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets._toast import Toast, ToastHolder

from claw_tui.shell.common_sheets import TextSheet
from claw_tui.shell.dashboard_app import DashboardResult
from claw_tui.shell.problems import MOST_PROBLEMS
from tests.dashboard import dashboard
from tests.snapshots import sketch
from tests.until import eventually

DEADLINE_S = 20


async def collected(pilot: Pilot[DashboardResult], is_gone: Callable[[], bool]) -> bool:
    """Whether the garbage collector makes it go before the deadline."""
    deadline = monotonic() + DEADLINE_S
    while not is_gone() and monotonic() < deadline:
        await pilot.pause(0.1)
        gc.collect()
    return is_gone()


async def test_a_sheet_that_was_closed_is_forgotten_with_all_that_was_painted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("claw_tui.app.FORGOTTEN_EVERY_S", 0.05)
    async with dashboard(sketch()) as (app, pilot):
        painted = []
        for number in range(3):
            app.push_screen(TextSheet(f"Sheet {number}", (), 0))
            await pilot.pause()
            painted += [ref(widget._styles_cache) for widget in app.screen.query(Widget)]
            await pilot.press("escape")
        assert painted
        assert await collected(pilot, lambda: not any(one() for one in painted))
        assert await collected(pilot, lambda: not Strip.render_ansi.cache_info().currsize)


async def test_a_sheet_that_followed_the_operations_is_forgotten_although_there_is_no_further_one() -> None:
    async with dashboard(sketch()) as (app, pilot):
        app.action_operations()
        await pilot.pause()
        sheet = ref(app.screen)
        await pilot.press("escape")
        assert await collected(pilot, lambda: sheet() is None)


async def test_nothing_is_kept_of_toasts_whose_notifications_ended_before_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with dashboard(sketch(), toasts=True) as (app, pilot):
        for number in range(5):
            app.notify(f"Note {number}.")
            await pilot.pause()
            app.clear_notifications()
            await pilot.pause()
        assert len(app.screen.query(ToastHolder)) == 5
        await pilot.press("2")
        await pilot.press("1")
        assert not app.screen.query(ToastHolder)
    monkeypatch.setattr("claw_tui.app.FORGOTTEN_EVERY_S", 0.05)
    async with dashboard(sketch(), toasts=True) as (app, pilot):
        app.notify("Another note.")
        await pilot.pause()
        assert app.screen.query(Toast)
        app.clear_notifications()
        await eventually(pilot, lambda: not app.screen.query(ToastHolder))


async def test_the_dashboard_keeps_the_newest_of_its_problems() -> None:
    async with dashboard(sketch()) as (app, _):
        for number in range(2 * MOST_PROBLEMS):
            app.session.problems.note("here", f"Problem {number}.")
        messages = [problem.message for problem in app.session.problems.own.value]
        assert messages == [f"Problem {number}." for number in range(MOST_PROBLEMS, 2 * MOST_PROBLEMS)]


async def test_a_sheet_is_not_covered_by_what_answered_an_earlier_key(monkeypatch: pytest.MonkeyPatch) -> None:
    async with dashboard(sketch(), toasts=True) as (app, pilot):
        app.notify("Next problem: 1 of 3", timeout=6)
        app.notify("Cancelled: key Z undoes it", severity="warning", timeout=20)
        app.notify("It could not be started", severity="error")
        monkeypatch.setattr("claw_tui.shell.toasts._READ_S", -1.0)
        await pilot.press("question_mark")
        await eventually(pilot, lambda: len(app.screen.query(Toast)) == 2)
        assert not [note for note in app._notifications if "Next problem" in note.message]
        assert len(app.screen_stack[0].query(Toast)) == 2
        await pilot.press("escape")
        app.notify("Copied", timeout=5)
        monkeypatch.setattr("claw_tui.shell.toasts._READ_S", 60.0)
        await pilot.press("question_mark")
        assert [note for note in app._notifications if note.message == "Copied"], "nobody has read it yet"
