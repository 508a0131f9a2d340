"""Mode 4: what claw-tui saw and did."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import Static

from claw_tui.actions.model import EVENTS, INSTANCES, Situation
from claw_tui.actions.registry import bindings
from claw_tui.events import text as events
from claw_tui.events.controller import EventsController
from claw_tui.events.text import event_line
from claw_tui.shell.filtered_screen import FilteredScreen
from claw_tui.shell.item_list import ItemList
from claw_tui.shell.mode_screen import ModeContext, show_instance
from claw_tui.shell.painting import paint
from claw_tui.text.filtering import NO_FILTER, parse_filter
from claw_tui.text.sections import Line
from claw_tui.text.values import count
from gateway_core.events.model import Event

_LABEL_WIDTH = 12


class EventList(ItemList[Event]):
    """A line per event."""

    newest_on_top = True
    _today = date.min

    def show_on(self, today: date, events: Sequence[Event]) -> None:
        """Show these events; those of other days than `today` with their date."""
        if today != self._today:
            self._today = today
            self.redraw()
        self.show(events)

    def lines(self, item: Event, columns: int) -> Iterable[Line]:
        return [event_line(item, columns, self._today)]


class EventsScreen(FilteredScreen):
    """The events, newest first, and the filter that is kept while other modes are seen."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(EVENTS.name)]
    CSS_PATH = "screen.tcss"
    AUTO_FOCUS = "#events"

    def __init__(self, context: ModeContext, events: EventsController) -> None:
        super().__init__(context)
        self._events = events
        self._filter = NO_FILTER

    @property
    def situation(self) -> Situation:
        return replace(super().situation, empty=False, event=self.query_one(EventList).chosen)

    @property
    def filter_text(self) -> str:
        return self._filter.text

    def compose_mode(self) -> ComposeResult:
        yield Static(id="event-caption")
        yield EventList(id="events")

    def on_mount(self) -> None:
        self._events.newest.follow(self, self._show, at_once=False)

    def on_screen_resume(self) -> None:
        """Look at what other claw-tuis have written meanwhile."""
        self._show()
        self._events.read()

    def show_snapshot(self) -> None:
        """Show nothing of it: what a snapshot differs in comes as events."""
        self._show()

    async def point_at(self, instance_id: str) -> None:
        await self.remove_filter_bar()
        self.filter_by(instance_id)

    def action_details(self) -> None:
        from claw_tui.shell.common_sheets import TextSheet

        chosen = self.query_one(EventList).chosen
        if chosen is not None:
            self.app.push_screen(TextSheet("Event", events.sections(chosen), _LABEL_WIDTH))

    def action_copy(self) -> None:
        from claw_tui.shell.common_sheets import CopySheet

        chosen = self.query_one(EventList).chosen
        if chosen is not None:
            self.app.push_screen(CopySheet("Copy from this event", events.copyables(chosen)))

    async def action_instance(self) -> None:
        chosen = self.query_one(EventList).chosen
        if chosen is not None and chosen.instance is not None:
            await show_instance(self.app, INSTANCES, chosen.instance)

    @on(EventList.Chosen)
    def _choose(self) -> None:
        self.refresh_bindings()

    def filter_by(self, text: str) -> None:
        self._filter = parse_filter(text)
        self._show()
        self.refresh_bindings()

    def _show(self) -> None:
        if self.app.current_mode != EVENTS.name:
            return
        known = self._events.newest.value
        shown = self._filter.pick(reversed(known), events.searchable)
        kept = self._events.kept
        said = events.caption(len(shown), len(known), self._filter.text, kept=kept)
        self.query_one("#event-caption", Static).update(paint([said]))
        today = self.host.now().astimezone().date() if shown else date.min  # no wait for the host at an empty list
        self.query_one(EventList).show_on(today, shown)
        self.answer_filter(f"{count(len(shown), 'event')}, esc clears", self._filter.error)
