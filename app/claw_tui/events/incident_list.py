"""The list of incidents, under the days on which they ended, and the sheet of one of them."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from datetime import date, datetime
from itertools import groupby

from textual.widgets import Static

from claw_tui.events import incident_details as details
from claw_tui.events import incident_text as text
from claw_tui.events.incident_logs import IncidentLogs
from claw_tui.events.unread import is_new
from claw_tui.shell.item_list import ItemList
from claw_tui.shell.painting import paint
from claw_tui.shell.sheet import Sheet
from claw_tui.text.cells import Tone
from claw_tui.text.sections import Line, Piece, lay_out
from gateway_core.events.incidents import Incident

_WIDEST = 88


class IncidentList(ItemList[Incident | date]):
    """A line per incident, and one per day above those that ended on it."""

    newest_on_top = True
    _drawn_for: tuple[date, datetime | None] = (date.min, None)

    def show_on(self, today: date, looked_at: datetime | None, incidents: Sequence[Incident]) -> None:
        """Show these incidents, newest first; those that went on after `looked_at` are marked as new."""
        if (today, looked_at) != self._drawn_for:
            self._drawn_for = (today, looked_at)
            self.redraw()
        items: list[Incident | date] = []
        for day, those in groupby(incidents, text.local_day):
            items.extend((day, *those))
        self.show(items)

    @property
    def chosen_incident(self) -> Incident | None:
        chosen = self.chosen
        return chosen if isinstance(chosen, Incident) else None

    def is_heading(self, item: Incident | date) -> bool:
        return isinstance(item, date)

    def lines(self, item: Incident | date, columns: int) -> Iterable[Line]:
        today, looked_at = self._drawn_for
        if isinstance(item, Incident):
            return [text.incident_line(item, columns, new=is_new(item, looked_at))]
        return [(Piece(text.day_heading(item, today), Tone.TITLE),)]

    def key(self, item: Incident | date) -> Hashable:
        return item.key if isinstance(item, Incident) else item


class IncidentSheet(Sheet[None]):
    """All of one incident; what was logged around it follows as soon as it is read."""

    def __init__(self, incident: Incident, today: date, logs: IncidentLogs) -> None:
        super().__init__("Incident")
        self._incident = incident
        self._today = today
        self._logs = logs

    def body(self) -> Static:
        return Static(id="incident")

    def on_mount(self) -> None:
        self._logs.look_at(self._incident)
        self._logs.excerpt.follow(self, self._show)

    def _show(self) -> None:
        sections = details.sections(self._incident, self._today, self._logs.about(self._incident))
        lines = lay_out(sections, self.columns(_WIDEST), details.LABEL_WIDTH)
        self.query_one("#incident", Static).update(paint(lines))
