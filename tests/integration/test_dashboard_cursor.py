"""The cursor of every list: seen without colours, in sight whatever takes space, in its place whatever is marked."""

import pytest

from claw_tui.app import ClawTui
from gateway_core.demo.home import DemoHome
from tests.dashboard import SIZES, dashboard, screen_text
from tests.operated_dashboard import direct, operated
from tests.snapshots import conflict, host, instance
from tests.until import eventually
from tests.wizard_pilot import wizard

SIGN = "▌"
CROWDED = [instance(f"p{number}", 20000 + 200 * number) for number in range(60)]


def signed(app: ClawTui) -> list[str]:
    """The lines with a sign, from the sign on."""
    return [line[line.index(SIGN) :] for line in screen_text(app).split("\n") if SIGN in line]


@pytest.mark.parametrize("size", SIZES)
async def test_the_cursor_of_the_table_and_of_conflicts_is_a_sign(size: tuple[int, int]) -> None:
    two = host(instance("a", 20000), instance("b", 20200), conflicts=(conflict("openclaw:a", "openclaw:b"),))
    async with dashboard(two, size) as (app, pilot):
        await pilot.press("down")
        [line] = signed(app)
        assert line.split()[3] == "openclaw:b"
        await pilot.press("2")
        assert "possible" in signed(app)[0]


@pytest.mark.parametrize(
    ("keys", "chosen"),
    [
        (("y", "down"), "port"),
        (("X",), "Leave"),
        (("f", "down"), "needs attention"),
        (("ctrl+p", *"cop"), "Copy"),
    ],
)
async def test_the_cursor_of_every_sheet_is_a_sign(keys: tuple[str, ...], chosen: str) -> None:
    found = host(direct("a", 20000), direct("b", 20200), direct("c", 20400))
    async with operated(found) as (app, pilot, _):
        await pilot.press(*keys)
        await eventually(pilot, lambda: any(chosen in line for line in signed(app)))


async def test_the_cursor_of_the_wizard_is_a_sign(demo_home: DemoHome) -> None:
    async with wizard(demo_home) as (screen, pilot):
        app = pilot.app
        assert isinstance(app, ClawTui)
        assert screen.is_current
        assert any("OpenClaw" in line for line in signed(app))


async def test_the_row_under_the_cursor_stays_in_sight_while_the_filter_comes_and_goes() -> None:
    for up in (0, 5, 11, 30):
        async with dashboard(host(*CROWDED), (80, 24)) as (app, pilot):
            await pilot.press("end", *["up"] * up)
            for key in ("slash", "escape"):
                await pilot.press(key)
                [line] = signed(app)
                assert line.split()[3] == f"openclaw:p{59 - up}"


@pytest.mark.parametrize("size", SIZES)
async def test_nothing_moves_when_rows_are_marked(size: tuple[int, int]) -> None:
    async with operated(host(*CROWDED[:4]), size) as (app, pilot, _):
        before = screen_text(app).split("\n")[1:6]
        await pilot.press("space")
        after = screen_text(app).split("\n")[1:6]
        assert "✓" in after[1]
        assert [line.replace("✓", " ") for line in after] == before
