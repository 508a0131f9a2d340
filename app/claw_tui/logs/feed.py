"""The feed of a log pane: reads the logs of one query in the background and tells what came."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from claw_tui.hosts.logs import LogFinder, LogQuery, Sources
from claw_tui.logs.lines import Lanes

if TYPE_CHECKING:
    from gateway_core.logs.model import LogLine
    from gateway_core.logs.view import LogView
    from gateway_core.snapshot import Problem

_PORTION = 20  # what a search shows as soon as it has found it


@dataclass(frozen=True, slots=True)
class Opened:
    """Other logs were opened."""

    lanes: Lanes
    sources: Sources


@dataclass(frozen=True, slots=True)
class Earlier:
    """Lines from before those that are shown."""

    lines: Sequence[LogLine]


@dataclass(frozen=True, slots=True)
class Later:
    """Lines that were written since."""

    lines: Sequence[LogLine]


@dataclass(frozen=True, slots=True)
class Found:
    """The line that was looked for, if there is one."""

    line: LogLine | None
    query: LogQuery


News = Opened | Earlier | Later | Found


class LogFeed:
    """Reads the logs of one query, and tells what came. Its coroutines run in workers."""

    def __init__(self, find: LogFinder, tell: Callable[[LogFeed, News], None], *, page: int, every_s: float) -> None:
        """Read `page` earlier lines at once, and look at quiet logs `every_s` seconds apart."""
        self._page = page
        self._every_s = every_s
        self._find = find
        self._tell = tell
        self._view: LogView | None = None
        self.searching = True  # from the start: before anything is read, nobody can say that there are no lines
        self.at_beginning = False
        self.may_go_on = asyncio.Event()  # cleared, nothing is read of what is written: the logs keep it

    @property
    def unread(self) -> int:
        """Bytes that a search has still before it."""
        return self._view.unread if self._view is not None else 0

    @property
    def problems(self) -> tuple[Problem, ...]:
        return self._view.problems if self._view is not None else ()

    async def read(self, query: LogQuery) -> None:
        """Open the logs, read the last lines, and follow without end."""
        found = await self._find(query)
        async with found.view as view:
            self._view = view
            self._tell(self, Opened(Lanes.of(query.instances, shared=found.shared, brief=True), found.sources))
            await self.reach_back(query)
            async with aclosing(view.follow(self._every_s)) as news:
                async for lines in news:
                    self._tell(self, Later(lines))
                    await self.may_go_on.wait()

    async def reach_back(self, query: LogQuery) -> None:
        """Read a page of earlier lines, one call at a time; what a search finds is told bit by bit."""
        if self._view is None:
            return
        portion = self._page if query.wants_all else _PORTION
        self.searching = True
        try:
            for _ in range(self._page // portion):
                lines = await self._view.older(portion)
                self._tell(self, Earlier(lines))
                if len(lines) < portion:
                    self.at_beginning = True
                    break
        finally:
            self.searching = False

    async def look_for(self, query: LogQuery) -> None:
        """Tell by `Found` the last line that the query asks for."""
        async with (await self._find(query)).view as view:
            lines = await view.older(1)
        self._tell(self, Found(next(iter(lines), None), query))
