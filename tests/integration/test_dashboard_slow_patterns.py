"""Patterns that come to no end, typed into the dashboard: it says so, and goes on."""

import pytest

from gateway_core.demo.home import DemoHome
from gateway_core.snapshot import State
from tests.dashboard import dashboard, screen_text
from tests.dashboard_logs import logs_of, shown
from tests.log_files import append, vendor_line
from tests.snapshots import conflict, host, instance
from tests.until import eventually, until_shown

EVIL, ENDLESS = "(a+)+$", "a" * 2_000 + "!"
TOO_SLOW = "This pattern takes too long on these lines; make it simpler."


async def test_a_search_of_logs_is_given_up_and_the_next_one_works(demo_home: DemoHome) -> None:
    append(demo_home.add_profile("openclaw", "rescue").log_file, vendor_line("ready"), vendor_line(ENDLESS))
    async with logs_of(demo_home) as (app, pilot):
        await until_shown(pilot, "gateway: ready")
        await pilot.press("slash", *EVIL)
        await until_shown(pilot, TOO_SLOW)
        assert shown(app) == []
        await pilot.press(*["backspace"] * len(EVIL), *"rea.*")
        await eventually(pilot, lambda: shown(app) == ["ready"])
        assert TOO_SLOW not in screen_text(app)


async def test_matches_that_cannot_be_marked_are_shown_unmarked(demo_home: DemoHome) -> None:
    append(demo_home.add_profile("openclaw", "rescue").log_file, vendor_line("x ready"), vendor_line(f"x {ENDLESS}"))
    async with logs_of(demo_home, (160, 36)) as (app, pilot):
        await until_shown(pilot, "gateway: x ready")
        await pilot.press("slash", *f"x|{EVIL}", "enter")
        await until_shown(pilot, "not marked: this pattern takes too long on these lines")
        assert shown(app) == ["x ready", f"x {ENDLESS}"]
        await pilot.press("n")
        await eventually(pilot, lambda: any(TOO_SLOW in told.message for told in app._notifications))


@pytest.mark.parametrize("mode", ["1", "2"])
async def test_a_filter_of_rows_is_given_up_and_hides_nothing(mode: str) -> None:
    rescue = instance("rescue", 19001, State.DEGRADED, reason=ENDLESS)
    between = conflict("openclaw:default", "openclaw:rescue").model_copy(update={"why": ENDLESS})
    snapshot = host(instance("default"), rescue, conflicts=(between,))
    async with dashboard(snapshot) as (app, pilot):
        await pilot.press(mode, "slash", *EVIL)
        await until_shown(pilot, TOO_SLOW)
        assert "openclaw:rescue" in screen_text(app)
        await pilot.press(*["backspace"] * len(EVIL), *"res.?cue")
        await until_shown(pilot, "1 of 2 instances" if mode == "1" else "1 conflict")
        assert TOO_SLOW not in screen_text(app)
