"""The caches of painting: what was shown and is gone does not stay in memory."""

import gc
from time import monotonic
from weakref import ref

import pytest
from textual.strip import Strip

from claw_tui.shell.common_sheets import TextSheet
from tests.dashboard import dashboard
from tests.snapshots import sketch

DEADLINE_S = 20


async def test_a_sheet_that_was_closed_is_forgotten_with_all_that_was_painted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("claw_tui.app.FORGOTTEN_EVERY_S", 0.05)
    async with dashboard(sketch()) as (app, pilot):
        painted = []
        for number in range(3):
            app.push_screen(TextSheet(f"Sheet {number}", (), 0))
            await pilot.pause()
            painted += [ref(widget._styles_cache) for widget in app.screen.walk_children()]
            await pilot.press("escape")
        assert painted
        deadline = monotonic() + DEADLINE_S
        while monotonic() < deadline and (any(one() for one in painted) or Strip.render_ansi.cache_info().currsize):
            await pilot.pause(0.1)
            gc.collect()
        assert not any(one() for one in painted)
        assert not Strip.render_ansi.cache_info().currsize
