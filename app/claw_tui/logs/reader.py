"""The reader of logs: it opens a feed while somebody looks, owns what was read but not shown, and follows or pauses."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from functools import partial
from typing import ClassVar

from textual.signal import Signal
from textual.worker import Worker

from claw_tui.hosts.logs import LogOpener, LogQuery, Sources
from claw_tui.logs.caption import LogState
from claw_tui.logs.feed import Earlier, Found, Later, LogFeed, News, Opened
from claw_tui.logs.lines import Lanes
from claw_tui.shell.background import Background
from claw_tui.shell.dashboard_app import DashboardApp, Observed
from gateway_core.logs.model import Level, LogLine
from gateway_core.snapshot import Problem, Snapshot
from gateway_core.user_patterns import PatternTooSlowError

_MOST_WAITING = 5_000  # so many lines are read during a pause; the rest waits in the logs
_TICK_S = 0.25
_FOUND = "found"  # the worker that looks for one line


class LogReader:
    """Reads the logs of one query; those who show them take its `news` and follow its `state`.

    One feed counts at a time. What an earlier one had still to tell is dropped.
    """

    page = 400
    every_s = 0.1  # seconds between two looks at quiet logs
    patience_s = 0.0  # seconds before logs are opened
    name: ClassVar[str]  # of its workers

    def __init__(
        self, app: DashboardApp, opener: LogOpener | None, snapshot: Observed[Snapshot | None], background: Background
    ) -> None:
        """Without an `opener` no logs can be read."""
        self._app = app
        self._opener = opener
        self._snapshot = snapshot
        self._background = background
        self.query = LogQuery()
        self.sources = Sources()
        self.following = True  # what comes is shown at once
        self.target: LogLine | None = None  # the line to go to, until the user moves
        self.news = Signal[News](app, f"{self.name} news")
        self.state = Observed(app, self.name, LogState())
        """What the caption tells. It stands still while nobody looks."""
        self._feed: LogFeed | None = None
        self._at_work: dict[str, Worker[None]] = {}
        self._broken_by = ""
        self._waiting: list[LogLine] = []
        self._attended = False
        self._opening = False
        self._ticking = app.set_interval(_TICK_S, self._tell, pause=True)

    @property
    def problems(self) -> tuple[Problem, ...]:
        broken = (Problem(where="reading the logs", message=self._broken_by),) if self._broken_by else ()
        return (*broken, *(self._feed.problems if self._feed is not None else ()))

    @property
    def is_looking(self) -> bool:
        """Whether the lines that were asked for last are still to come: what is shown is from before."""
        looking_for = self._at_work.get(_FOUND)
        return self._opening or (looking_for is not None and not looking_for.is_finished)

    def open(self, query: LogQuery, target: LogLine | None = None) -> None:
        """Read these lines instead; the cursor goes to the target, or else the end is followed."""
        snapshot = self._snapshot.value
        if self._opener is None or snapshot is None:
            return
        self.close()
        self.query, self.target, self._opening = query, target, True
        self._feed = LogFeed(partial(self._opener, snapshot), self.take, page=self.page, every_s=self.every_s)
        self._work("log", partial(self._read, self._feed, query))
        self._tell()

    def close(self) -> None:
        """Stop reading; what is shown stays."""
        for worker in self._at_work.values():
            worker.cancel()
        self._at_work, self._feed, self._broken_by, self._opening = {}, None, "", False

    def attend(self, *, looking: bool) -> None:
        """Go on reading while somebody looks, else stop; what is written meanwhile is read afterwards."""
        self._attended = looking
        (self._ticking.resume if looking else self._ticking.pause)()
        self._consider_reading()

    def pause(self) -> None:
        """Stop following; what comes is counted."""
        self.following = False
        self._consider_reading()

    def go_on(self) -> None:
        """Follow the end: what could not be read, or was read from the past, is opened anew."""
        if self.query.until is not None or self.problems:
            self.open(replace(self.query, until=None))
            return
        self.news.publish(Later(self._waiting))
        self._waiting, self.following = [], True
        self._consider_reading()

    def reach_end(self) -> None:
        """Read on: the last line that was read is looked at."""
        self.target = None
        if self.query.until is None:
            self.go_on()
        else:
            self._set_reading(True)

    def reach_back(self) -> None:
        """Read earlier lines: the first one that was read is looked at."""
        self.target = None
        if self._feed is not None and not self._feed.searching:
            self._work("earlier", partial(self._feed.reach_back, self.query))

    def look_for(self, query: LogQuery) -> None:
        """Show what is around the last line that the query asks for, or say that there is none."""
        if self._feed is not None:
            self._work(_FOUND, partial(self._feed.look_for, query))

    def show_around(self, line: LogLine) -> None:
        self.open(self.query.around(line.at), line)

    def take(self, feed: LogFeed, news: News) -> None:
        """Take what a feed tells, if it is the one that counts."""
        if feed is not self._feed:
            return
        match news:
            case Opened():
                self._begin(news.lanes, news.sources)
            case Earlier():
                self._opening = self.query.until is not None and self.query.wants_all  # what is later comes at once
                self.news.publish(news)
            case Later():
                self._opening = False
                self._take_later(news.lines)
            case Found():
                self._show_found(news)
        self._consider_reading()

    def _begin(self, lanes: Lanes, sources: Sources) -> None:
        self._waiting, self.sources = [], sources
        self.following = self.target is None
        self.news.publish(Opened(lanes, sources))

    def _take_later(self, lines: Sequence[LogLine]) -> None:
        if self.query.until is not None:
            self.news.publish(Later(lines))
            self._set_reading(False)
        elif self.following:
            self.news.publish(Later(lines))
        else:
            self._waiting += lines

    def _show_found(self, found: Found) -> None:
        if found.line is not None:
            self.show_around(found.line)
            return
        what = "error" if found.query.level is Level.ERROR else "match"
        earlier = "earlier " if found.query.until is not None else ""
        self._app.notify(f"There is no {earlier}{what} in these logs.", timeout=4)

    async def _read(self, feed: LogFeed, query: LogQuery) -> None:
        await asyncio.sleep(self.patience_s)
        await feed.read(query)

    def _work(self, group: str, work: Callable[[], Coroutine[None, None, None]]) -> None:
        failed = partial(self._fail, self._feed)

        async def limited() -> None:
            try:
                await work()
            except PatternTooSlowError as error:
                failed(str(error))

        self._at_work[group] = self._background.run(limited, f"{self.name}: {group}", failed=failed)

    def _fail(self, feed: LogFeed | None, reason: str) -> None:
        if feed is self._feed:
            self._broken_by, self._opening = reason, False
            self._tell()

    def _consider_reading(self) -> None:
        """Read on while somebody looks: at the end, or in a pause that has not become long."""
        if not self._attended or self.query.until is None:
            self._set_reading(self._attended and len(self._waiting) < _MOST_WAITING)
        self._tell()

    def _set_reading(self, wanted: bool) -> None:
        if self._feed is not None:
            (self._feed.may_go_on.set if wanted else self._feed.may_go_on.clear)()

    def _tell(self) -> None:
        if self._attended:
            self.state.set(self._state())

    def _state(self) -> LogState:
        feed = self._feed
        comes = self._opener is not None and self._snapshot.value is None  # the first snapshot opens the first feed
        return LogState(
            self.query,
            following=self.following,
            waiting=len(self._waiting),
            searching=0 if comes else feed.unread if feed and feed.searching and not self._broken_by else None,
            nobody=self._snapshot.value is not None and not self._snapshot.value.instances,
            whole=feed is not None and feed.at_beginning and not self._waiting and self.query.until is None,
            sources=self.sources,
            problems=self.problems,
        )
