"""Mode 3: the logs of one instance, or of several merged by time."""

from __future__ import annotations

import re
from collections.abc import Coroutine
from dataclasses import replace
from datetime import timedelta
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import Static
from textual.worker import Worker, WorkerState

from claw_tui import log_feed
from claw_tui.actions import bindings
from claw_tui.log_feed import LogFeed
from claw_tui.log_opening import Wish
from claw_tui.modes import LOGS
from claw_tui.presentation.log_caption import LogState, caption
from claw_tui.presentation.log_copying import copyables
from claw_tui.screens.mode import ModeScreen
from claw_tui.widgets.filter_bar import FilterBar
from claw_tui.widgets.log_pane import LogPane
from claw_tui.widgets.painting import paint
from gateway_core.logs.model import Level, LogLine

_MOST_WAITING = 5_000
"""So many lines are read during a pause; the rest waits in the logs."""
_TICK_S = 0.25
_LEVELS = (None, Level.INFO, Level.WARN, Level.ERROR)
_EARLIER = "earlier"
_ALL = "all of them, merged"
_HINT = "a regular expression, in all lines of these logs"


class LogsScreen(ModeScreen):
    """Keeps which lines are wanted; a worker reads them, the pane shows them."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(LOGS.name)]
    CSS_PATH = "logs.tcss"
    AUTO_FOCUS = "#log"

    def __init__(self) -> None:
        super().__init__()
        self._wish = Wish()
        self._picked: str | None = None
        """The instance that the user chose; without one it is all of them."""
        self._target: LogLine | None = None
        self._waiting: list[LogLine] = []
        self._feed: LogFeed | None = None

    @property
    def filtered(self) -> bool:
        """Whether a search hides lines."""
        return bool(self._wish.pattern)

    def compose_mode(self) -> ComposeResult:
        """What is shown, and the lines."""
        yield Static(id="log-caption")
        yield LogPane(id="log")

    def on_mount(self) -> None:
        """Let the caption tell how a search goes on."""
        super().on_mount()
        self.set_interval(_TICK_S, self._tell_progress)

    def on_screen_resume(self) -> None:
        """Read on."""
        self.show_snapshot()
        self._consider_reading()

    def on_screen_suspend(self) -> None:
        """Read nothing that nobody sees; nothing is missed, for the logs keep it."""
        self._set_reading(False)

    def show_snapshot(self) -> None:
        """Open the logs again when other instances are there."""
        snapshot = self.dashboard.snapshot
        if snapshot is None or self.app.current_mode != LOGS.name:
            return
        every = tuple(instance.id for instance in snapshot.instances)
        wanted = (self._picked,) if self._picked in every and self._picked else every
        if wanted != self._wish.instances:
            self._open(replace(self._wish, instances=wanted, until=None))

    async def point_at(self, instance_id: str) -> None:
        """Show the logs of that instance only."""
        self._picked = instance_id
        self.show_snapshot()

    def action_toggle_follow(self) -> None:
        """Pause, or go back to the end and follow."""
        if self._pane.following:
            self._pause()
        else:
            self._resume()

    def action_next_level(self) -> None:
        """Leave out more, or nothing again."""
        level = _LEVELS[(_LEVELS.index(self._wish.level) + 1) % len(_LEVELS)]
        self._open(replace(self._wish, level=level, until=None))

    def action_toggle_wrap(self) -> None:
        """Wrap long lines, or let them reach beyond the edge."""
        self._pane.wrap = not self._pane.wrap

    def action_last_error(self) -> None:
        """Look for the last error, or for the one before that under the cursor."""
        line = self._pane.chosen
        until = line.at - timedelta(microseconds=1) if line and line.at and not self._pane.following else None
        if self._feed is not None and self.dashboard.snapshot is not None:
            wish = replace(self._wish, level=Level.ERROR, pattern="", until=until)
            self._work(self._feed.look_for(self.dashboard.snapshot, wish), "found")

    def action_context(self) -> None:
        """Show the line under the cursor among all others."""
        if self._pane.chosen is not None:
            self._show_around(self._pane.chosen)

    def action_copy(self) -> None:
        """Offer what can be copied."""
        from claw_tui.screens.copy_sheet import CopySheet

        pane, line = self._pane, self._pane.chosen
        if line is not None:
            things = copyables(line, pane.text_of([line]), pane.text_of(pane.lines))
            self.app.push_screen(CopySheet("Copy from the log", things))

    def action_pick(self) -> None:
        """Choose whose logs are shown."""
        from claw_tui.screens.instance_sheet import InstanceSheet

        snapshot = self.dashboard.snapshot
        known = [instance.id for instance in snapshot.instances] if snapshot else []
        self.app.push_screen(InstanceSheet([_ALL, *known]), self._pick)

    def _pick(self, instance_id: str | None) -> None:
        if instance_id is not None:
            self._picked = None if instance_id == _ALL else instance_id
            self.show_snapshot()

    async def action_filter(self) -> None:
        """Type what to search for."""
        bars = self.query(FilterBar)
        bar = bars.first() if bars else FilterBar(_HINT, self._wish.pattern)
        if not bars:
            await self.mount(bar, after="#log")
        bar.edit()

    async def action_clear_filter(self) -> None:
        """Show all lines again."""
        await self.query(FilterBar).remove()
        self._pane.focus()
        self._open(replace(self._wish, pattern="", until=None))

    @on(FilterBar.Changed)
    def _search_while_typing(self, event: FilterBar.Changed) -> None:
        try:
            re.compile(event.text)
        except re.error as error:
            self.query_one(FilterBar).answer(f"not a pattern: {error.msg}", wrong=True)
            return
        self.query_one(FilterBar).answer("esc clears", wrong=False)
        self._open(replace(self._wish, pattern=event.text, until=None))

    @on(FilterBar.Accepted)
    async def _back_to_the_lines(self) -> None:
        if self.filtered:
            self._pane.focus()
        else:
            await self.action_clear_filter()

    @on(FilterBar.Cancelled)
    async def _give_up_search(self) -> None:
        await self.action_clear_filter()

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
            self.notify("There is no earlier error in these logs.", timeout=4)
        else:
            self._show_around(event.line)

    def _show_around(self, line: LogLine) -> None:
        self._open(self._wish.around(line.at), line)

    def _show_target(self) -> None:
        if self._target is not None:
            self._pane.point_at(self._target)

    def _resume(self) -> None:
        if self._wish.until is not None:
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
        snapshot, opener = self.dashboard.snapshot, self.dashboard.open_logs
        if snapshot is None or opener is None:
            return
        self._wish, self._target = wish, target
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

    def _tell_progress(self) -> None:
        if self._feed is not None and self._feed.searching:
            self._tell()

    def _tell(self) -> None:
        pane, feed = self._pane, self._feed
        searching = feed is not None and feed.searching
        state = LogState(
            self._wish.instances,
            self._wish.level,
            self._wish.pattern,
            following=pane.following,
            waiting=len(self._waiting),
            searching=feed.unread if feed is not None and searching and self.filtered else None,
            around=self._wish.until is not None,
            empty=pane.empty and not searching,
            trouble=next((f"{found.message} {found.where}" for found in (feed.problems if feed else ())), ""),
        )
        self.query_one("#log-caption", Static).update(paint([caption(state)]))
