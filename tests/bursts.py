"""Keys that reach the dashboard in one burst, as a paste, a slow line or a fast hand bring them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable

from textual.events import Event, Key
from textual.keys import _character_to_key
from textual.pilot import Pilot

from claw_tui.app import ClawTui
from claw_tui.shell.dashboard_app import DashboardResult
from tests.until import DEADLINE_S, eventually

_NAMED = {"\r": "enter", "\x1b": "escape", "\t": "tab", " ": "space", "\x7f": "backspace"}


def key(character: str) -> Key:
    """The event of that key, which may also be a name such as `down`."""
    if len(character) > 1:
        return Key(character, None)
    return Key(_NAMED.get(character) or _character_to_key(character), character)


async def burst(pilot: Pilot[DashboardResult], keys: Iterable[str | Event]) -> None:
    """Let all of this arrive before the dashboard gets to do any of it, and wait until it has."""
    app = pilot.app
    assert isinstance(app, ClawTui)
    for event in [one if isinstance(one, Event) else key(one) for one in keys]:
        app.post_message(event)
    await eventually(pilot, lambda: at_rest(app))
    await pilot.pause()


def at_rest(app: ClawTui) -> bool:
    """Whether nothing that was typed waits or is being done."""
    return not app.message_queue_size and app._input_queue.is_idle


async def soon(condition: Callable[[], object]) -> None:
    """Wait until that holds, also where a pilot cannot: it would wait for every widget."""
    limit = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < limit
        await asyncio.sleep(0.005)
