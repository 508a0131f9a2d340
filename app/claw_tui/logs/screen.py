"""Mode 3: the logs of one instance, or of several merged by time."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.events import Event, Key
from textual.widgets import Input, Static

from claw_tui.actions.model import LOGS, Situation
from claw_tui.actions.registry import bindings
from claw_tui.logs.caption import LogState, caption
from claw_tui.logs.controller import LogController
from claw_tui.logs.lines import copyables
from claw_tui.logs.pane import LogPane
from claw_tui.shell.filtered_screen import FilteredScreen
from claw_tui.shell.mode_screen import ModeContext
from claw_tui.shell.painting import paint
from gateway_core.user_patterns import NotAPatternError, PatternTooSlowError

_ALL = "all of them, merged"


class LogsScreen(FilteredScreen):
    """The logs that are read, and all that a user can do with them."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(LOGS.name)]
    CSS_PATH = "screen.tcss"
    AUTO_FOCUS = "#log"
    FILTER_HINT = "a regular expression, in all lines of these logs"

    def __init__(self, context: ModeContext, logs: LogController) -> None:
        super().__init__(context)
        self._logs = logs

    def holds_back(self, event: Event) -> bool:
        """Have what is about a line wait for the lines that were asked for before."""
        if not isinstance(event, Key) or isinstance(self.focused, Input) or not self._logs.is_looking:
            return False
        bound = self.active_bindings.get(event.key)  # some are only once it is known whose logs these are
        return bound is None or bound.node is not self.app

    def compose_mode(self) -> ComposeResult:
        yield Static(id="log-caption")
        yield LogPane(self._logs, id="log")

    def on_mount(self) -> None:
        self.watch(self._pane, "state", self._follow_reading, init=False)

    def on_screen_resume(self) -> None:
        self.show_snapshot()
        self._logs.attend(looking=True)

    def on_screen_suspend(self) -> None:
        self._logs.attend(looking=False)

    def on_resize(self) -> None:
        self._draw_caption()

    @property
    def filtered(self) -> bool:
        return bool(self._logs.query.sought) or self._logs.query.level is not None

    @property
    def filter_text(self) -> str:
        return self._logs.query.pattern

    @property
    def situation(self) -> Situation:
        return replace(
            super().situation,
            searched=bool(self._logs.query.sought),
            sources=self._logs.sources.next_origin is not None,
        )

    def show_snapshot(self) -> None:
        if self.app.current_mode == LOGS.name:
            self._logs.keep_up()

    async def point_at(self, instance_id: str) -> None:
        self._logs.pick(instance_id)

    def action_toggle_follow(self) -> None:
        self._logs.toggle_follow()

    def action_next_level(self) -> None:
        self._logs.next_level()

    def action_next_source(self) -> None:
        self._logs.next_source()

    async def action_seek(self, step: int) -> None:
        """Go to the next line with what is searched for; upwards, also beyond what is loaded."""
        if await self._pane.seek(step):
            return
        if self._pane.search.given_up:
            self.notify(str(PatternTooSlowError()), timeout=4)
        elif step > 0:
            self.notify("There is no later match. N goes to the one before.", timeout=4)
        else:
            self._logs.find_match_before(next(iter(self._pane.lines), None))

    def action_toggle_wrap(self) -> None:
        self._pane.wrap = not self._pane.wrap

    def action_last_error(self) -> None:
        self._logs.find_error(self._pane.chosen)

    def action_context(self) -> None:
        if self._pane.chosen is not None:
            self._logs.show_around(self._pane.chosen)

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
            self._logs.pick(None if instance_id == _ALL else instance_id)

    def show_all(self) -> None:
        self._logs.widen()

    def filter_by(self, text: str) -> None:
        try:
            self._logs.search(text)
        except NotAPatternError as error:
            self.answer_filter("", f"not a pattern: {error.reason}")
        else:
            self.answer_filter("esc clears")

    def _follow_reading(self, before: LogState, now: LogState) -> None:
        self._draw_caption()
        if (before.query, before.sources) != (now.query, now.sources):
            self.refresh_bindings()

    def _draw_caption(self) -> None:
        line = self.query_one("#log-caption", Static)
        line.update(paint([caption(self._pane.state, line.size.width)]), layout=False)

    @property
    def _pane(self) -> LogPane:
        return self.query_one(LogPane)
