"""The widgets that read logs: they open a feed while somebody looks, and pass the lines it posts to their pane."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import replace
from functools import partial
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.reactive import var
from textual.worker import Worker, WorkerState

from claw_tui.hosts.logs import LogFinder, LogOpener, LogQuery, Sources
from claw_tui.logs.caption import LogState, instead_of_lines
from claw_tui.logs.feed import Earlier, Found, Later, LogFeed, News, Opened
from claw_tui.logs.lines import Lanes
from claw_tui.logs.pane import LogPane
from claw_tui.logs.rows import NO_SEARCH, Matches, Search
from gateway_core.logs.model import LogLine
from gateway_core.snapshot import Instance, Problem, Snapshot

_MOST_WAITING = 5_000  # so many lines are read during a pause; the rest waits in the logs
_TICK_S = 0.25


class LogReader(Vertical):
    """Reads logs for its pane, which shows the lines; `state` holds what the caption tells.

    One feed counts at a time. What an earlier one had still to tell is dropped.
    """

    state: var[LogState] = var(LogState(), init=False)

    page = 400
    every_s = 0.1  # seconds between two looks at quiet logs

    def __init__(self, *, id: str) -> None:  # noqa: A002 - what Textual calls it
        super().__init__(id=id)
        self.find: LogFinder | None = None  # where logs are found when they are opened; without it none are
        self.log_query = LogQuery()
        self.sources = Sources()
        self._feed: LogFeed | None = None
        self._at_work: dict[str, Worker[None]] = {}
        self._broken_by = ""
        self._waiting: list[LogLine] = []
        self._target: LogLine | None = None
        self._attended = False

    def compose(self) -> ComposeResult:
        yield LogPane(id="log")

    def on_mount(self) -> None:
        self._ticking = self.set_interval(_TICK_S, self._tell, pause=True)

    @property
    def pane(self) -> LogPane:
        return self.query_one(LogPane)

    @property
    def problems(self) -> tuple[Problem, ...]:
        broken = (Problem(where="reading the logs", message=self._broken_by),) if self._broken_by else ()
        return (*broken, *(self._feed.problems if self._feed is not None else ()))

    def open(self, query: LogQuery, target: LogLine | None = None) -> None:
        """Read these lines instead; the cursor goes to the target, or else the end is followed."""
        if self.find is None:
            return
        self.close()
        self.log_query, self._target = query, target
        self.pane.search = Search(query.sought)
        self._feed = LogFeed(self.find, self.post_message, page=self.page, every_s=self.every_s)
        self._work(self._read(self._feed, query), "log")

    def close(self) -> None:
        """Stop reading; what is shown stays."""
        for worker in self._at_work.values():
            worker.cancel()
        self._at_work, self._feed, self._broken_by = {}, None, ""

    def blank(self) -> None:
        self._waiting, self.sources = [], Sources()
        self.pane.start((), Lanes())
        self.pane.following = True
        self.state = LogState()

    def attend(self, *, looking: bool) -> None:
        """Begin or end to read: nothing is missed while nobody looks, for the logs keep it."""
        self._attended = looking
        (self._ticking.resume if looking else self._ticking.pause)()
        self._consider_reading()

    def look_for(self, query: LogQuery) -> None:
        if self._feed is not None:
            self._work(self._feed.look_for(query), "found")

    def show_around(self, line: LogLine) -> None:
        self.open(self.log_query.around(line.at), line)

    async def seek(self, step: int) -> bool:
        found = await self.pane.seek(step)
        self._tell()
        return found

    def mark_nothing(self) -> None:
        self.log_query = replace(self.log_query, marked="")
        self.pane.search = NO_SEARCH
        self._tell()

    @on(LogPane.Paused)
    def pause(self) -> None:
        """Stop following; what comes is counted."""
        self.pane.following = False
        self._consider_reading()

    def go_on(self) -> None:
        """Follow the end: what could not be read, or was read from the past, is opened anew."""
        if self.log_query.until is not None or self.problems:
            self.open(replace(self.log_query, until=None))
            return
        self.pane.append(self._waiting)
        self._waiting = []
        self.pane.following = True
        self._consider_reading()

    @on(LogPane.BottomReached)
    def _go_on(self) -> None:
        self._target = None
        if self.log_query.until is None:
            self.go_on()
        else:
            self._set_reading(True)

    @on(LogPane.TopReached)
    def _reach_back(self) -> None:
        self._target = None
        if self._feed is not None and not self._feed.searching:
            self._work(self._feed.reach_back(self.log_query), "earlier")

    @on(News)
    def _take(self, event: News) -> None:
        if event.feed is not self._feed:
            event.stop()
            return
        match event:
            case Opened():
                self._begin(event)
            case Earlier():
                self.pane.prepend(event.lines)
            case Later():
                self._take_later(event.lines)
        if self._target is not None and not isinstance(event, Found):
            self.pane.point_at(self._target)
        self._consider_reading()

    def _begin(self, event: Opened) -> None:
        self._waiting, self.sources = [], event.sources
        self.pane.following = self._target is None
        self.pane.start((), event.lanes)

    def _take_later(self, lines: Sequence[LogLine]) -> None:
        if self.log_query.until is not None:
            self.pane.append(lines)
            self._set_reading(False)
        elif self.pane.following:
            self.pane.append(lines)
        else:
            self._waiting += lines

    async def _read(self, feed: LogFeed, query: LogQuery) -> None:
        await feed.read(query)

    def _work(self, work: Coroutine[None, None, None], group: str) -> None:
        self._at_work[group] = self.run_worker(work, group=group, exclusive=True, exit_on_error=False)

    @on(Worker.StateChanged)
    def _show_failure(self, event: Worker.StateChanged) -> None:
        if event.state is WorkerState.ERROR and event.worker in self._at_work.values():
            self._broken_by = f"{type(event.worker.error).__name__}: {event.worker.error}"
            self._tell()

    def _consider_reading(self) -> None:
        """Read on while somebody looks: at the end, or in a pause that has not become long."""
        if not self._attended or self.log_query.until is None:
            self._set_reading(self._attended and len(self._waiting) < _MOST_WAITING)
        self._tell()

    def _set_reading(self, wanted: bool) -> None:
        if self._feed is not None:
            (self._feed.may_go_on.set if wanted else self._feed.may_go_on.clear)()

    def _tell(self) -> None:
        if self._attended:
            self.state = self._state()

    def watch_state(self, state: LogState) -> None:
        self.pane.instead = instead_of_lines(state)

    def _state(self) -> LogState:
        feed = self._feed
        return LogState(
            self.log_query,
            self._matches(),
            following=self.pane.following,
            waiting=len(self._waiting),
            searching=feed.unread if feed is not None and feed.searching else None,
            empty=self.pane.empty,
            sources=self.sources,
            problems=self.problems,
        )

    def _matches(self) -> Matches | None:
        matches, feed = self.pane.matches, self._feed
        if matches is None:
            return None
        whole = feed is not None and feed.at_beginning and not self._waiting and self.log_query.until is None
        return replace(matches, more=matches.more or not whole)


class LogTail(LogReader):
    """The newest lines of one instance's logs. All that is under way ends as soon as nobody looks."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("end", "to_end", show=False)]

    page = 100
    every_s = 0.5
    patience_s = 0.2  # seconds that the cursor has to stay: one that only passes opens nothing

    def __init__(self, *, id: str) -> None:  # noqa: A002 - what Textual calls it
        super().__init__(id=id)
        self._looked_at: tuple[str, str | None] | None = None

    def look_at(self, opener: LogOpener | None, snapshot: Snapshot, instance: Instance) -> None:
        """Show the logs of that instance from now on; nothing happens if it does so already."""
        self.find = partial(opener, snapshot) if opener is not None else None
        wanted = (instance.id, instance.log_file)
        if self.find is None or wanted == self._looked_at:
            return
        self._looked_at = wanted
        self.blank()
        self.open(LogQuery((instance.id,)))
        self.attend(looking=True)

    def look_away(self) -> None:
        if self._looked_at is not None:
            self._looked_at = None
            self.attend(looking=False)
            self.close()

    def action_to_end(self) -> None:
        self.go_on()

    async def _read(self, feed: LogFeed, query: LogQuery) -> None:
        await asyncio.sleep(self.patience_s)
        await super()._read(feed, query)
