"""The list of events, the newest on top."""

from collections.abc import Iterable, Sequence
from datetime import date

from claw_tui.events.text import event_line
from claw_tui.shell.item_list import ItemList
from claw_tui.text.sections import Line
from gateway_core.events.model import Event


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
