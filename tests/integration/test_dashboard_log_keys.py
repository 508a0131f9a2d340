"""Keys in the logs that come before what they are about, and the line under the cursor meanwhile."""

import pytest

from claw_tui.logs.pane import LogPane
from gateway_core.demo.home import DemoHome
from gateway_core.demo.installation import DemoProfile
from gateway_core.logs.output import output_path
from tests.bursts import burst
from tests.dashboard import screen_text
from tests.dashboard_logs import logs_of
from tests.log_files import append, vendor_line
from tests.until import eventually, until_shown


@pytest.fixture
def profile(demo_home: DemoHome) -> DemoProfile:
    profile = demo_home.add_profile("openclaw", "rescue")
    append(profile.log_file, *(vendor_line(f"line {n:04}", after=n) for n in range(1000)))
    return profile


@pytest.mark.parametrize("keys", [("w",), ("w", "w"), ("space",), ("up", "down")])
async def test_what_is_in_sight_stays_in_sight_while_the_search_comes_and_goes(
    demo_home: DemoHome, profile: DemoProfile, keys: tuple[str, ...]
) -> None:
    async with logs_of(demo_home) as (app, pilot):
        await until_shown(pilot, "line 0999")
        await pilot.press(*keys)
        for key in ("slash", "escape", "slash"):
            await pilot.press(key)
            await eventually(pilot, lambda: "line 0999" in screen_text(app))
        app.screen.query_one(LogPane).action_move(-300)
        await eventually(pilot, lambda: "line 0699" in screen_text(app))
        await pilot.press("escape")
        await eventually(pilot, lambda: "line 0699" in screen_text(app))


async def test_a_key_behind_the_last_error_moves_on_from_it(demo_home: DemoHome) -> None:
    profile = demo_home.add_profile("openclaw", "rescue")
    append(
        profile.log_file, *(vendor_line(f"line {n}", after=n, level="ERROR" if n == 5 else "INFO") for n in range(9))
    )
    async with logs_of(demo_home) as (app, pilot):
        await until_shown(pilot, "line 8")
        await burst(pilot, ("e", "down"))
        chosen = app.screen.query_one(LogPane).chosen
        assert chosen is not None
        assert chosen.message == "line 6"


async def test_another_source_may_be_asked_for_before_it_is_known(demo_home: DemoHome, profile: DemoProfile) -> None:
    append(output_path(demo_home.host(), profile.id), "what it printed for people")
    async with logs_of(demo_home, keys="3s") as (_, pilot):
        await until_shown(pilot, "what it printed for people")


async def test_esc_in_a_burst_closes_what_the_key_before_it_opens(demo_home: DemoHome, profile: DemoProfile) -> None:
    async with logs_of(demo_home) as (app, pilot):
        await until_shown(pilot, "line 0999")
        await burst(pilot, ("l", "i", "escape"))
        assert "info and worse" in screen_text(app)
        assert app.screen.query_one(LogPane).display
