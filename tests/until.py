"""Waiting for what the dashboard shows, with a deadline."""

import time
from collections.abc import Callable

from textual.pilot import Pilot

from tests.dashboard import screen_text

DEADLINE_S = 20


async def eventually(pilot: Pilot[object], condition: Callable[[], bool]) -> None:
    """Wait until that holds; else the failure shows the screen."""
    limit = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < limit, screen_text(pilot.app)
        await pilot.pause(0.02)


async def until_shown(pilot: Pilot[object], text: str) -> None:
    """Wait until the screen has that text."""
    await eventually(pilot, lambda: text in screen_text(pilot.app))
