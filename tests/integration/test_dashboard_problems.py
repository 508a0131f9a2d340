"""Problems in the dashboard: errors are counted, listed and survived."""

import gc
import warnings
from dataclasses import replace
from functools import partial
from typing import NoReturn

import pytest

from claw_tui.app import ClawTui
from claw_tui.shell import problems
from claw_tui.shell.bars import HostBar
from claw_tui.shell.common_sheets import TextSheet
from gateway_core.snapshot import GatewayElsewhere, Snapshot, SupportDir
from tests.dashboard import BARE_HOST, dashboard, piloted, screen_text, sheet_text
from tests.monitors import QuietMonitor, monitors
from tests.scripted_operator import ScriptedOperator
from tests.snapshots import NOW, PROBLEM, sketch
from tests.until import eventually


async def test_problems_are_counted_and_listed() -> None:
    async with dashboard(sketch().model_copy(update={"problems": (PROBLEM,)}), (80, 24)) as (app, pilot):
        assert "!1 problem" in screen_text(app)
        await pilot.press("p")
        assert "/proc/net/tcp" in sheet_text(app)
        assert "permission denied" in sheet_text(app)


@pytest.mark.parametrize(
    ("operator", "advised"),
    [(ScriptedOperator(), "key X on openclaw:rescue"), (None, "claw-tui stop openclaw:rescue")],
)
async def test_a_problem_advises_keys_where_these_can_do_something(
    operator: ScriptedOperator | None, advised: str
) -> None:
    problem = PROBLEM.model_copy(update={"message": "Stop it: claw-tui stop openclaw:rescue"})
    seen = sketch().model_copy(update={"problems": (problem,)})
    async with dashboard(seen, (80, 24), operator=operator) as (app, pilot):
        await pilot.press("p")
        assert advised in sheet_text(app)


async def test_a_problem_that_hides_a_part_of_the_host_says_so_in_the_header_and_in_its_list() -> None:
    hiding = PROBLEM.model_copy(update={"unseen": True})
    async with dashboard(sketch().model_copy(update={"problems": (PROBLEM, hiding)}), (120, 24)) as (app, pilot):
        assert "! 2 problems, not all seen" in screen_text(app)
        await pilot.press("p")
        assert sheet_text(app).count("What is not found may be there all the same.") == 1


async def test_an_error_in_the_background_is_a_problem_and_ends_nothing() -> None:
    async def broken() -> None:
        raise RuntimeError("the database is a teapot")

    async with dashboard(sketch(), (120, 36)) as (app, pilot):
        app.session.background.run(broken, "events")
        await eventually(pilot, lambda: bool(app.session.problems.all))
        (problem,) = app.session.problems.all
        assert (problem.where, "RuntimeError: the database is a teapot" in problem.message) == ("events", True)
        assert app.is_running


async def test_an_error_of_who_takes_the_error_ends_nothing_either() -> None:
    async def broken() -> None:
        raise RuntimeError("the database is a teapot")

    def fail(_reason: str) -> NoReturn:
        raise ValueError("no place for it")

    async with dashboard(sketch(), (120, 36)) as (app, pilot):
        app.session.background.run(broken, "events", failed=fail)
        await eventually(pilot, lambda: bool(app.session.problems.all))
        (problem,) = app.session.problems.all
        assert "ValueError: no place for it; after RuntimeError: the database is a teapot" in problem.message
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
                app.session.background.run(partial(work, number), "a group of its own")
            await eventually(pilot, lambda: bool(begun))
            gc.collect()
        assert begun == [2]
        assert not [str(one.message) for one in warned if "never awaited" in str(one.message)]


async def test_an_uncaught_error_is_told_once_for_its_origin_and_again_much_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with dashboard(sketch(), (120, 36)) as (app, pilot):
        for number in range(3):
            for origin in ("here", "there"):
                assert app.tell_of_uncaught(origin, f"An error in a thread: {origin}: {number}")
        await eventually(pilot, lambda: len(app.session.problems.own.value) == 2)
        monkeypatch.setattr(problems, "UNCAUGHT_AGAIN_S", 0.0)
        app.tell_of_uncaught("here", "An error in a thread: here: 0")
        await eventually(pilot, lambda: len(app.session.problems.own.value) == 3)
    assert not app.tell_of_uncaught("here", "too late")


async def test_problems_open_by_click() -> None:
    async with dashboard(sketch().model_copy(update={"problems": (PROBLEM,)}), (80, 24)) as (app, pilot):
        await pilot.click(HostBar, offset=(screen_text(app).index("!1 problem"), 0))
        await pilot.pause()
        assert isinstance(app.screen, TextSheet)


def with_unlisted() -> Snapshot:
    boxed = GatewayElsewhere(
        distribution="openclaw",
        pid=900,
        started_at=NOW,
        place="another namespace",
        engine=None,
        container=None,
        port=None,
    )
    backup = SupportDir(distribution="openclaw", path="/home/ada/.openclaw.bak", kind="copy")
    return sketch().model_copy(update={"elsewhere": (boxed,), "support_dirs": (backup,)})


async def test_what_has_no_row_is_named_all_the_same() -> None:
    """A gateway in a namespace of its own need not be in a container."""
    async with dashboard(with_unlisted(), (80, 24)) as (app, pilot):
        assert "◇1" in screen_text(app)
        await pilot.press("b")
        shown = " ".join(sheet_text(app).split())
        assert "a gateway of openclaw in another namespace (pid 900)" in shown
        assert "/home/ada/.openclaw.bak: named like a backup" in shown


async def test_the_number_of_gateways_elsewhere_leads_to_them() -> None:
    async with dashboard(with_unlisted(), (80, 24)) as (app, pilot):
        await pilot.click(HostBar, offset=(screen_text(app).index("◇1"), 0))
        await pilot.pause()
        assert "pid 900" in sheet_text(app)


class BrokenSource(QuietMonitor):
    opened = 0

    def subscribe(self) -> NoReturn:
        type(self).opened += 1
        raise OSError("the socket table is gone")


async def test_watching_that_fails_is_said_and_can_be_begun_anew() -> None:
    app = ClawTui(replace(BARE_HOST, monitor=monitors(BrokenSource)))
    async with piloted(app, (120, 36)) as pilot:
        await eventually(pilot, lambda: bool(app.session.problems.all))
        assert "the socket table is gone" in app.session.problems.all[0].message
        await pilot.press("r")
        await eventually(pilot, lambda: BrokenSource.opened == 2)
