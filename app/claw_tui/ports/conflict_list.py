"""The list of conflicts. It follows conflict ids: the cursor stays on its conflict whatever comes or goes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from claw_tui.ports.conflicts import entry
from claw_tui.shell.painting import paint
from gateway_core.snapshot import Conflict

_PADDING = 2
"""What the stylesheet leaves free beside the lines."""


class ConflictList(OptionList, inherit_bindings=False):
    """A few lines per conflict."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "cursor_up", "Up", show=False),
        Binding("down,j", "cursor_down", "Down", show=False),
        Binding("pageup,ctrl+b", "page_up", "Page up", show=False),
        Binding("pagedown,ctrl+f", "page_down", "Page down", show=False),
        Binding("home", "first", "First", show=False),
        Binding("end,G", "last", "Last", show=False),
    ]

    @dataclass
    class Chosen(Message):
        """The cursor is on another conflict now, or on none."""

        key: str | None

    @dataclass
    class Opened(Message):
        """All of a conflict is wanted."""

    def __init__(self, id: str) -> None:  # noqa: A002  Textual's name
        super().__init__(id=id)
        self.chosen: str | None = None
        """The id of the conflict under the cursor."""
        self._conflicts: Sequence[Conflict] = ()
        self._drawn: tuple[Sequence[Conflict], int] | None = None

    def show(self, conflicts: Sequence[Conflict]) -> None:
        """Show exactly these, in this order."""
        self._conflicts = conflicts
        self._draw()

    def on_resize(self) -> None:
        """Fit the lines into the new width."""
        self._draw()

    @on(OptionList.OptionHighlighted)
    def _cursor_moved(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        self._choose(event.option_id)

    @on(OptionList.OptionSelected)
    def _clicked(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self._choose(event.option_id)

    def _choose(self, key: str | None) -> None:
        if key != self.chosen:
            self.chosen = key
            self.post_message(self.Chosen(key))

    def _draw(self) -> None:
        columns = self.scrollable_content_region.width - _PADDING
        if columns <= 0 or self._drawn == (self._conflicts, columns):
            return
        self._drawn = (self._conflicts, columns)
        offset, position = self.scroll_offset, self.highlighted or 0
        with self.prevent(OptionList.OptionHighlighted), self.app.batch_update():
            self.clear_options()
            self.add_options(Option(paint(entry(one, columns)), id=one.id) for one in self._conflicts)
            self._restore_cursor(position)
        self.scroll_to(*offset, animate=False)

    def _restore_cursor(self, position: int) -> None:
        keys = [conflict.id for conflict in self._conflicts]
        if self.chosen in keys:
            self.highlighted = keys.index(self.chosen)
        elif keys:
            self.highlighted = min(position, len(keys) - 1)
            self._choose(keys[self.highlighted])
        else:
            self._choose(None)
