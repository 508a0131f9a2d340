"""Whom a key means: the row under the cursor, the selected rows, and those of them for which it makes sense."""

import pytest

from claw_tui.instances.table import InstanceTable
from claw_tui.shell.confirm_sheet import ConfirmSheet
from gateway_core.operations import Operation
from gateway_core.snapshot import State
from tests.dashboard import SIZES, screen_text, show
from tests.operated_dashboard import BUSY, PROFILES, asked, direct, five, operated, toasts
from tests.snapshots import host
from tests.until import eventually


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


async def test_all_selects_none_of_another_home_user_or_demo_and_says_so() -> None:
    """Each of them can be selected by itself."""
    own, *others = five().instances
    foreign = [other.model_copy(update={"own": False, "demo": other.id == "openclaw:e"}) for other in others]
    async with operated(host(own, *foreign)) as (app, pilot, operator):
        await pilot.press("a")
        table = app.screen.query_one(InstanceTable)
        assert table.texts("mark") == ["✓", "", "", "", ""]
        assert table.texts("home") == ["", "other", "other", "other", "demo"]
        assert toasts(app)[-1][:2] == (
            "Left out",
            "4 gateways of other homes, other users or demos: space selects one at a time.",
        )
        await pilot.press("down", "space", "X")
        assert "Stop 2 instances?" in screen_text(app)
        await pilot.press("2", "enter")
        await eventually(pilot, lambda: operator.asked)
        assert asked(operator) == [(("openclaw:a", "openclaw:b"), Operation.STOP)]


async def test_of_others_alone_all_selects_nothing() -> None:
    async with operated(host(*(one.model_copy(update={"own": False}) for one in five().instances))) as (app, pilot, _):
        await pilot.press("a", "slash", *":c", "enter", "a")
        assert "✓" not in screen_text(app)
        assert toasts(app)[-1][1] == "1 gateway of other homes, other users or demos: space selects one at a time."


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
