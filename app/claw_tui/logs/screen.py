"""Mode 3: the logs of one instance, or of several merged by time."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import Static

from claw_tui.actions.model import LOGS, Situation
from claw_tui.actions.registry import bindings
from claw_tui.hosts.logs import LogQuery
from claw_tui.logs.caption import LogState, caption
from claw_tui.logs.feed import Found
from claw_tui.logs.lines import copyables
from claw_tui.logs.pane import LogPane
from claw_tui.logs.reader import LogReader
from claw_tui.shell.filtered_screen import FilteredScreen
from claw_tui.shell.mode_screen import ModeContext
from claw_tui.shell.painting import paint
from gateway_core.logs.model import Level

_LEVELS = (None, Level.INFO, Level.WARN, Level.ERROR)
_ALL = "all of them, merged"


class LogsScreen(FilteredScreen):
    """The logs that are read, and all that a user can do with them."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(LOGS.name)]
    CSS_PATH = "screen.tcss"
    AUTO_FOCUS = "#log"
    FILTER_HINT = "a regular expression, in all lines of these logs"

    def __init__(self, context: ModeContext) -> None:
        super().__init__(context)
        self._picked: str | None = None  # the instance that the user chose; without one it is all of them

    def compose_mode(self) -> ComposeResult:
        yield Static(id="log-caption")
        yield LogReader(id="reader")

    def on_mount(self) -> None:
        self.watch(self._reader, "state", self._follow_reading, init=False)

    def on_screen_resume(self) -> None:
        self.show_snapshot()
        self._reader.attend(looking=True)

    def on_screen_suspend(self) -> None:
        self._reader.attend(looking=False)

    def on_resize(self) -> None:
        self._draw_caption()

    @property
    def filtered(self) -> bool:
        return bool(self._log_query.sought) or self._log_query.level is not None

    @property
    def filter_text(self) -> str:
        return self._log_query.pattern

    @property
    def situation(self) -> Situation:
        return replace(
            super().situation,
            searched=bool(self._log_query.sought),
            sources=self._reader.sources.next_origin is not None,
        )

    def show_snapshot(self) -> None:
        snapshot, opener = self.snapshot, self.host.open_logs
        if snapshot is None or opener is None or self.app.current_mode != LOGS.name:
            return
        self._reader.find = partial(opener, snapshot)
        every = tuple(instance.id for instance in snapshot.instances)
        wanted = (self._picked,) if self._picked in every and self._picked else every
        if wanted != self._log_query.instances:
            self._reader.open(replace(self._log_query, instances=wanted, until=None))

    async def point_at(self, instance_id: str) -> None:
        self._picked = instance_id
        self.show_snapshot()

    def action_toggle_follow(self) -> None:
        if self._pane.following:
            self._reader.pause()
        else:
            self._reader.go_on()

    def action_next_level(self) -> None:
        level = _LEVELS[(_LEVELS.index(self._log_query.level) + 1) % len(_LEVELS)]
        self._reader.open(replace(self._log_query, level=level, until=None))

    def action_next_source(self) -> None:
        self._reader.open(replace(self._log_query, origin=self._reader.sources.next_origin, until=None))

    async def action_seek(self, step: int) -> None:
        """Go to the next line with what is searched for; upwards, also beyond what is loaded."""
        if await self._reader.seek(step):
            return
        if step > 0:
            self.notify("There is no later match. N goes to the one before.", timeout=4)
            return
        first = next(iter(self._pane.lines), None)
        until = first.at - timedelta(microseconds=1) if first and first.at else None
        self._reader.look_for(replace(self._log_query, pattern=self._log_query.sought, until=until))

    def action_toggle_wrap(self) -> None:
        self._pane.wrap = not self._pane.wrap

    def action_last_error(self) -> None:
        """Look for the last error, or for the one before that under the cursor."""
        line = self._pane.chosen
        until = line.at - timedelta(microseconds=1) if line and line.at and not self._pane.following else None
        self._reader.look_for(replace(self._log_query, level=Level.ERROR, pattern="", until=until))

    def action_context(self) -> None:
        if self._pane.chosen is not None:
            self._reader.show_around(self._pane.chosen)

    def action_copy(self) -> None:
        from claw_tui.shell.common_sheets import CopySheet

        pane, line = self._pane, self._pane.chosen
        if line is not None:
            things = copyables(line, pane.text_of([line]), pane.text_of(pane.lines))
            self.app.push_screen(CopySheet("Copy from the log", things))

    def action_pick(self) -> None:
        from claw_tui.shell.common_sheets import InstanceSheet

        snapshot = self.snapshot
        known = [instance.id for instance in snapshot.instances] if snapshot else []
        self.app.push_screen(InstanceSheet([_ALL, *known], "Show whose logs?"), self._pick)

    def _pick(self, instance_id: str | None) -> None:
        if instance_id is not None:
            self._picked = None if instance_id == _ALL else instance_id
            self.show_snapshot()

    def show_all(self) -> None:
        """Give up the search; without one, show lines of all levels again."""
        if self._log_query.marked and not self._log_query.pattern:
            self._reader.mark_nothing()
        elif self._log_query.pattern or self._log_query.level is None:
            self._reader.open(replace(self._log_query, pattern="", until=None))
        else:
            self._reader.open(replace(self._log_query, level=None, until=None))

    @on(Found)
    def _show_found(self, event: Found) -> None:
        if event.line is None:
            what = "error" if event.query.level is Level.ERROR else "match"
            earlier = "earlier " if event.query.until is not None else ""
            self.notify(f"There is no {earlier}{what} in these logs.", timeout=4)
        else:
            self._reader.show_around(event.line)

    def filter_by(self, text: str) -> None:
        try:
            re.compile(text)
        except re.error as error:
            self.answer_filter("", f"not a pattern: {error.msg}")
            return
        self.answer_filter("esc clears")
        self._reader.open(replace(self._log_query, pattern=text, marked="", until=None))

    def _follow_reading(self, before: LogState, now: LogState) -> None:
        self._draw_caption()
        if (before.query, before.sources) != (now.query, now.sources):
            self.refresh_bindings()

    def _draw_caption(self) -> None:
        line = self.query_one("#log-caption", Static)
        line.update(paint([caption(self._reader.state, line.size.width)]), layout=False)

    @property
    def _reader(self) -> LogReader:
        return self.query_one(LogReader)

    @property
    def _pane(self) -> LogPane:
        return self._reader.pane

    @property
    def _log_query(self) -> LogQuery:
        return self._reader.log_query
