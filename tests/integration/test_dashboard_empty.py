"""What each mode says where it has nothing to show, in every size."""

import pytest

from gateway_core.snapshot import Snapshot
from tests.dashboard import SIZES, dashboard, screen_text
from tests.port_snapshots import calm, snapshot_of
from tests.until import until_shown

_NOTHING = {
    "1": "No gateway was found",
    "2": "none on this machine yet; 1 leads to how to begin",
    "3": "There is no gateway on this machine yet, and so no log",
    "4": "Nothing is written down in this session",
}
_NO_MATCH = {"1": "Nothing matches zzz", "2": "0 conflicts, esc clears", "4": "0 incidents, esc clears"}


@pytest.mark.parametrize("size", SIZES)
async def test_on_an_empty_host_every_mode_says_why_it_is_empty_and_greys_nothing_out(size: tuple[int, int]) -> None:
    async with dashboard(snapshot_of([]), size, toasts=True) as (app, pilot):
        for mode, words in _NOTHING.items():
            await pilot.press(mode)
            await until_shown(pilot, words)
            footer = screen_text(app).splitlines()[-1]
            assert "(" not in footer
            assert "Follow" not in footer
            assert "├" not in screen_text(app)
        await pilot.press("3", "w")
        await until_shown(pilot, "and so no log.")
        await pilot.press("2", "m")
        await until_shown(pilot, "and so no map.")


@pytest.mark.parametrize("mode", _NO_MATCH)
async def test_what_a_filter_leaves_empty_says_how_to_see_all_again(mode: str) -> None:
    quiet: Snapshot = calm()
    async with dashboard(quiet, (80, 24)) as (app, pilot):
        await pilot.press(mode, "slash", *"zzz", "enter")
        await until_shown(pilot, _NO_MATCH[mode])
        assert "esc" in screen_text(app)
