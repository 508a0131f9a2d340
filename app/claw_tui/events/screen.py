"""Mode 4: what claw-tui saw and did, by day and incident."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from operator import attrgetter
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.widgets import Static

from claw_tui.actions.model import EVENTS, INSTANCES, Situation
from claw_tui.actions.registry import bindings
from claw_tui.events import incident_details, incident_text
from claw_tui.events.controller import EventsController
from claw_tui.events.incident_list import IncidentList, IncidentSheet
from claw_tui.events.incident_logs import IncidentLogs
from claw_tui.shell.detail_pane import DetailPane
from claw_tui.shell.filtered_screen import FilteredScreen
from claw_tui.shell.mode_screen import ModeContext, show_instance
from claw_tui.shell.painting import paint
from claw_tui.text.filtering import NO_FILTER, parse_filter
from claw_tui.text.values import count
from gateway_core.events.incidents import Incident

_WIDE = 140  # columns from which on the details are beside the list
_HIGH = 30  # rows from which on they are below it


class EventsScreen(FilteredScreen):
    """The incidents, newest first, the details of one, and the filter that is kept while other modes are seen."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(EVENTS.name)]
    CSS_PATH = "screen.tcss"
    AUTO_FOCUS = "#events"

    def __init__(self, context: ModeContext, events: EventsController, logs: IncidentLogs) -> None:
        super().__init__(context)
        self.HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (_WIDE, "-wide")]
        self.VERTICAL_BREAKPOINTS = [(0, "-low"), (_HIGH, "-high")]
        self._events = events
        self._logs = logs
        self._filter = NO_FILTER
        self._looked_at: datetime | None = None
        """Until when the user had seen what happened when the mode was opened: what came later is marked as new."""

    @property
    def chosen_incident(self) -> Incident | None:
        return self.query_one(IncidentList).chosen_incident

    @property
    def situation(self) -> Situation:
        return replace(super().situation, incident=self.chosen_incident)

    @property
    def filter_text(self) -> str:
        return self._filter.text

    def compose_mode(self) -> ComposeResult:
        yield Static(id="event-caption")
        with Container(id="happened"):
            yield IncidentList(id="events")
            yield DetailPane("facts", incident_details.LABEL_WIDTH)

    def on_mount(self) -> None:
        self._events.incidents.follow(self, self._show, at_once=False)
        self._logs.excerpt.follow(self, self._show_details, at_once=False)

    def on_resize(self) -> None:
        self._show_details()

    def on_screen_resume(self) -> None:
        """Look at what other claw-tuis have written meanwhile."""
        self._show()
        self._events.read()

    def on_screen_suspend(self) -> None:
        if self.app.current_mode != EVENTS.name:  # and not only a sheet lies over it
            self._looked_at = None

    def show_snapshot(self) -> None:
        """Show nothing of it: what a snapshot differs in comes as events."""
        self._show()

    async def point_at(self, instance_id: str) -> None:
        await self.remove_filter_bar()
        self.filter_by(instance_id)

    def action_details(self) -> None:
        chosen = self.chosen_incident
        if chosen is not None:
            self.app.push_screen(IncidentSheet(chosen, self._today, self._logs))

    def action_copy(self) -> None:
        from claw_tui.shell.common_sheets import CopySheet

        chosen = self.chosen_incident
        if chosen is not None:
            self.app.push_screen(CopySheet("Copy from this incident", incident_details.copyables(chosen)))

    async def action_instance(self) -> None:
        chosen = self.chosen_incident
        if chosen is not None and chosen.instance is not None:
            await show_instance(self.app, INSTANCES, chosen.instance)

    @on(IncidentList.Chosen)
    def _choose(self) -> None:
        self._show_details()
        self.query_one(DetailPane).scroll_home(animate=False)
        self.refresh_bindings()

    def filter_by(self, text: str) -> None:
        self._filter = parse_filter(text)
        self._show()
        self.refresh_bindings()

    @property
    def _today(self) -> date:
        return self.host.now().astimezone().date()

    def _show(self) -> None:
        if self.app.current_mode != EVENTS.name:
            return
        self._looked_at = self._looked_at or self._events.looked_at
        self._events.look()
        known = sorted(self._events.incidents.value, key=attrgetter("ended"))[::-1]
        shown = self._filter.pick(known, incident_text.searchable)
        said = incident_text.caption(len(shown), len(known), self._filter.text, kept=self._events.kept)
        self.query_one("#event-caption", Static).update(paint([said]))
        today = self._today if shown else date.min  # no wait for the host at an empty list
        self.query_one(IncidentList).show_on(today, self._looked_at, shown)
        self.set_class(not shown, "-nothing-listed")
        self.answer_filter(f"{count(len(shown), 'incident')}, esc clears", self._filter.error)
        self._show_details()

    def _show_details(self) -> None:
        """Show all of the incident under the cursor where there is room for it."""
        pane, chosen = self.query_one(DetailPane), self.chosen_incident
        if chosen is not None and pane.display and self.is_active:
            self._logs.look_at(chosen)
            pane.show(incident_details.sections(chosen, self._today, self._logs.about(chosen)))
