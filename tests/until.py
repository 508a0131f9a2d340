"""Waiting for what the dashboard shows, with a deadline."""

import time
from collections.abc import Callable

from textual.pilot import Pilot

from claw_tui.shell.dashboard_app import DashboardResult
from tests.dashboard import screen_text

DEADLINE_S = 60
"""For real gateways and products' commands on a busy machine; what is there sooner is seen at once."""


async def eventually(pilot: Pilot[DashboardResult], condition: Callable[[], object], every_s: float = 0.02) -> None:
    """Wait until that holds; else the failure shows the screen."""
    limit = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < limit, screen_text(pilot.app)
        await pilot.pause(every_s)


async def press_until(pilot: Pilot[DashboardResult], key: str, condition: Callable[[], object]) -> None:
    """Press that key again and again, until the condition holds."""
    limit = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < limit, screen_text(pilot.app)
        await pilot.press(key)
        await pilot.pause(0.1)


async def until_shown(pilot: Pilot[DashboardResult], text: str) -> None:
    """Wait until the screen has that text."""
    await eventually(pilot, lambda: text in screen_text(pilot.app))
