"""A real dashboard on a pseudo terminal that watches a home while others act on it, and can be used meanwhile."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from claw_tui.instances.columns import column
from gateway_core.demo.home import DemoHome
from tests.terminal import Terminal, terminal

DEADLINE_S = 30
"""How long it may take to show what is so, on a machine that is busy with other tests."""
LOOK_EVERY_S = 0.1
_KEYS = {"start": "U", "stop": "X", "restart": "R"}


@dataclass(frozen=True)
class ShownRow:
    """What the table says of one instance."""

    state: str
    base: str
    pid: str


_STATE_WIDTH = column("state").width
_TITLES = ("State", "Instance↑", "Base", "Pid")


class PtyDashboard:
    """The dashboard, what its screen shows, and its one keyboard."""

    def __init__(self, screen: Terminal) -> None:
        self.shown = screen.text
        self._screen = screen
        self._keyboard = asyncio.Lock()

    async def follow(self) -> None:
        """Look at the screen, all the time."""
        while self._screen.process.poll() is None:
            await asyncio.to_thread(self._screen.watch, 0.001)
            self.shown = self._screen.text
        await asyncio.to_thread(self._screen.read_to_end)
        self.shown = self._screen.text

    async def until(self, holds: Callable[[], bool], history: list[str]) -> None:
        limit = time.monotonic() + DEADLINE_S
        while not holds():
            assert time.monotonic() < limit, f"{' '.join(history)}\n{self.shown}"
            assert self._screen.process.poll() is None, f"it ended: {' '.join(history)}\n{self._screen.text}"
            await asyncio.sleep(LOOK_EVERY_S)

    def row(self, instance: str) -> ShownRow | None:
        """That instance's row; `None` if there is none in sight, or not yet the whole line of titles."""
        lines = self.shown.splitlines()
        titles = next((line for line in lines if all(title in line for title in _TITLES)), None)
        line = next((line for line in lines if f" {instance} " in line), None)
        if titles is None or line is None:
            return None
        state = line[titles.index("State") :][:_STATE_WIDTH]
        return ShownRow(" ".join(state.split()[1:]), *(_number(line, titles, title) for title in ("Base", "Pid")))

    async def operate(self, instance: str, position: int, operation: str, history: list[str]) -> None:
        """Begin it with the keys that a user would press; the instance is at that position of the table."""
        async with self._keyboard:
            self._screen.type("g" + "j" * position + _KEYS[operation])
            if operation == "start":
                return
            question = f"{operation.capitalize()} {instance}?"
            await self.until(lambda: question in self.shown, history)
            self._screen.type("y")
            await self.until(lambda: question not in self.shown, history)


def _number(line: str, titles: str, title: str) -> str:
    """The value in that column, which is aligned to the right."""
    return line[: titles.index(title) + len(title)].rsplit(maxsplit=1)[-1]


@asynccontextmanager
async def pty_dashboard(home: DemoHome, pattern: str) -> AsyncIterator[PtyDashboard]:
    """A dashboard of that home, in which only the instances with that pattern are listed."""
    with terminal(dict(home.environment), columns=120, lines=30) as screen:
        await asyncio.to_thread(_open, screen, pattern)
        opened = PtyDashboard(screen)
        following = asyncio.create_task(opened.follow())
        try:
            yield opened
        finally:
            screen.process.kill()
            await following


def _open(screen: Terminal, pattern: str) -> None:
    screen.wait_for(lambda text: "Instance↑" in text)
    screen.type("/")
    screen.wait_for(lambda text: "a regular expression" in text)
    screen.type(f"{pattern}\r")
    screen.wait_for(lambda text: "esc Clear" in text)
