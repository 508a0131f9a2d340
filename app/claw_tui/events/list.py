"""The list of events, the newest on top. The cursor stays on its event, or on top if it is there."""

from collections.abc import Sequence
from datetime import date
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from claw_tui.events.text import entry
from claw_tui.shell.painting import paint
from gateway_core.events.model import Event

_PADDING = 2
"""What the stylesheet leaves free beside the lines."""


class EventList(OptionList, inherit_bindings=False):
    """A line per event."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "cursor_up", "Up", show=False),
        Binding("down,j", "cursor_down", "Down", show=False),
        Binding("pageup,ctrl+b", "page_up", "Page up", show=False),
        Binding("pagedown,ctrl+f", "page_down", "Page down", show=False),
        Binding("home", "first", "First", show=False),
        Binding("end,G", "last", "Last", show=False),
    ]

    class Chosen(Message):
        """The cursor is on another event now, or on none."""

    def __init__(self, *, id: str) -> None:  # noqa: A002  Textual's name
        super().__init__(id=id)
        self._events: Sequence[Event] = ()
        self._today = date.min
        self._drawn: tuple[Sequence[Event], date, int] | None = None

    @property
    def chosen(self) -> Event | None:
        """The event under the cursor."""
        position = self.highlighted
        return self._events[position] if position is not None and position < len(self._events) else None

    def show(self, events: Sequence[Event], today: date) -> None:
        """Show exactly these, in this order."""
        before, at_top = self.chosen, not self.highlighted
        self._events, self._today = events, today
        self._draw(None if at_top else before)

    def on_resize(self) -> None:
        """Fit the lines into the new width."""
        self._draw(self.chosen)

    @on(OptionList.OptionHighlighted)
    @on(OptionList.OptionSelected)
    def _cursor_moved(self, event: OptionList.OptionMessage) -> None:
        event.stop()
        self.post_message(self.Chosen())

    def _draw(self, chosen: Event | None) -> None:
        columns = self.scrollable_content_region.width - _PADDING
        picture = (self._events, self._today, columns)
        if columns <= 0 or self._drawn == picture:
            return
        self._drawn = picture
        offset = self.scroll_offset
        with self.prevent(OptionList.OptionHighlighted), self.app.batch_update():
            self.clear_options()
            self.add_options(Option(paint([entry(event, columns, self._today)])) for event in self._events)
            if self._events:
                self.highlighted = self._events.index(chosen) if chosen in self._events else 0
        if chosen is None:
            self.scroll_home(animate=False)
        else:
            self.scroll_to(*offset, animate=False)
        self.post_message(self.Chosen())
