"""What reading logs takes in their mode: who reads, until when, and what becomes of the lines that come."""

from __future__ import annotations

from collections.abc import Coroutine
from dataclasses import replace

from textual import on
from textual.app import ComposeResult
from textual.widgets import Static
from textual.worker import Worker, WorkerState

from claw_tui import log_feed
from claw_tui.log_feed import LogFeed
from claw_tui.log_opening import Wish
from claw_tui.presentation.log_caption import LogState, caption, instead_of_lines
from claw_tui.presentation.log_search import Search
from claw_tui.presentation.log_sources import Sources
from claw_tui.screens.mode import ModeScreen
from claw_tui.widgets.log_pane import LogPane
from claw_tui.widgets.painting import paint
from gateway_core.logs.model import LogLine
from gateway_core.snapshot import Problem

_MOST_WAITING = 5_000
"""So many lines are read during a pause; the rest waits in the logs."""
_TICK_S = 0.25
_EARLIER = "earlier"


class LogReading(ModeScreen):
    """Keeps which lines are wanted; a worker reads them, the pane shows them."""

    def __init__(self) -> None:
        super().__init__()
        self._wish = Wish()
        self._target: LogLine | None = None
        self._waiting: list[LogLine] = []
        self._feed: LogFeed | None = None
        self._sources = Sources()
        self._told: LogState | None = None

    def compose_mode(self) -> ComposeResult:
        """What is shown, and the lines."""
        yield Static(id="log-caption")
        yield LogPane(id="log")

    def on_mount(self) -> None:
        """Let the caption tell how a search goes on, and what cannot be read any more."""
        self.set_interval(_TICK_S, self._tell)

    def on_screen_resume(self) -> None:
        """Read on."""
        self.show_snapshot()
        self._consider_reading()

    def on_screen_suspend(self) -> None:
        """Read nothing that nobody sees; nothing is missed, for the logs keep it."""
        self._set_reading(False)

    @on(LogPane.Paused)
    def _pause(self) -> None:
        self._pane.following = False
        self._consider_reading()

    @on(LogPane.BottomReached)
    def _go_on(self) -> None:
        if self._wish.until is None:
            self._resume()
        else:
            self._set_reading(True)

    @on(LogPane.TopReached)
    def _reach_back(self) -> None:
        if self._feed is not None:
            self._work(self._feed.reach_back(self._wish), _EARLIER)

    @on(log_feed.Opened)
    def _begin(self, event: log_feed.Opened) -> None:
        self._waiting = []
        self._pane.following = self._target is None
        self._pane.start((), event.lanes)
        self._sources = event.sources
        self.refresh_bindings()
        self._consider_reading()

    @on(log_feed.Earlier)
    def _show_earlier(self, event: log_feed.Earlier) -> None:
        self._pane.prepend(event.lines)
        self._show_target()
        self._tell()

    @on(log_feed.Later)
    def _show_later(self, event: log_feed.Later) -> None:
        if self._pane.following or self._wish.until is not None:
            self._pane.append(event.lines)
            self._show_target()
        else:
            self._waiting += event.lines
        if self._wish.until is not None:
            self._set_reading(False)
        self._consider_reading()

    @on(log_feed.Found)
    def _show_found(self, event: log_feed.Found) -> None:
        if event.line is None:
            self.notify("There is no earlier one in these logs.", timeout=4)
        else:
            self._show_around(event.line)

    def _look_for(self, wish: Wish) -> None:
        if self._feed is not None and self.dashboard.snapshot is not None:
            self._work(self._feed.look_for(self.dashboard.snapshot, wish), "found")

    def _show_around(self, line: LogLine) -> None:
        self._open(self._wish.around(line.at), line)

    def _show_target(self) -> None:
        if self._target is not None:
            self._pane.point_at(self._target)

    def _resume(self) -> None:
        if self._wish.until is not None or self._problems:
            self._open(replace(self._wish, until=None))
            return
        self._pane.append(self._waiting)
        self._waiting = []
        self._pane.following = True
        self._consider_reading()

    def _consider_reading(self) -> None:
        """Read on while somebody looks: at the end, or in a pause that has not become long."""
        if self._wish.until is None:
            self._set_reading(self.is_current and len(self._waiting) < _MOST_WAITING)
        self._tell()

    def _set_reading(self, wanted: bool) -> None:
        if self._feed is not None:
            (self._feed.may_go_on.set if wanted else self._feed.may_go_on.clear)()

    def _open(self, wish: Wish, target: LogLine | None = None) -> None:
        snapshot, opener = self.dashboard.snapshot, self.dashboard.services.open_logs
        if snapshot is None or opener is None:
            return
        self._wish, self._target = wish, target
        self._pane.search = Search(wish.sought)
        self.workers.cancel_group(self, _EARLIER)
        self._feed = LogFeed(opener, self.post_message)
        self._work(self._feed.read(snapshot, wish), "log")
        self.refresh_bindings()

    def _work(self, work: Coroutine[None, None, None], group: str) -> None:
        self.run_worker(work, group=group, exclusive=True, exit_on_error=False)

    @on(Worker.StateChanged)
    def _reading_ended(self, event: Worker.StateChanged) -> None:
        if event.state is WorkerState.ERROR:
            reason = f"{type(event.worker.error).__name__}: {event.worker.error}"
            self.notify(f"Reading the logs ended: {reason}", title="Problem", severity="error", markup=False)

    @property
    def _pane(self) -> LogPane:
        return self.query_one(LogPane)

    @property
    def _problems(self) -> tuple[Problem, ...]:
        return self._feed.problems if self._feed is not None else ()

    def _tell(self) -> None:
        state = self._state()
        if self.is_current and state != self._told:
            self._told = state
            self._pane.instead = instead_of_lines(state)
            self._draw_caption()

    def on_resize(self) -> None:
        """Fit the caption in."""
        self._draw_caption()

    def _draw_caption(self) -> None:
        if self._told is not None:
            line = self.query_one("#log-caption", Static)
            line.update(paint([caption(self._told, line.size.width)]), layout=False)

    def _state(self) -> LogState:
        pane, feed, wish = self._pane, self._feed, self._wish
        return LogState(
            wish.instances,
            wish.level,
            wish.pattern,
            wish.marked,
            following=pane.following,
            waiting=len(self._waiting),
            searching=feed.unread if feed is not None and feed.searching else None,
            around=wish.until is not None,
            empty=pane.empty,
            sources=self._sources,
            problems=self._problems,
        )
