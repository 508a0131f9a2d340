"""A list whose cursor stays on its item, whatever comes or goes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar, Generic, TypeVar

from textual import on
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from claw_tui.shell.guarded_option_list import GuardedOptionList
from claw_tui.shell.move_keys import letters_to_move
from claw_tui.shell.painting import paint
from claw_tui.text.sections import Line

Item = TypeVar("Item")

_PADDING = 2  # what the stylesheet leaves free beside the lines


class ItemList(GuardedOptionList, Generic[Item], inherit_bindings=False):
    """A few lines per item; subclasses say which."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *letters_to_move("cursor_up", "cursor_down", "first", "last"),
        Binding("up", "cursor_up", "Up", show=False),
        Binding("down", "cursor_down", "Down", show=False),
        Binding("pageup,ctrl+b", "page_up", "Page up", show=False),
        Binding("pagedown,ctrl+f", "page_down", "Page down", show=False),
        Binding("home", "first", "First", show=False),
        Binding("end", "last", "Last", show=False),
    ]
    newest_on_top: ClassVar[bool] = False
    """A cursor on top stays there rather than on its item, and a cursor whose item has gone returns there."""

    class Chosen(Message):
        """The cursor is on another item now, or on none."""

    def __init__(self, *, id: str) -> None:  # noqa: A002  Textual's name
        super().__init__(id=id)
        self._items: Sequence[Item] = ()
        self._drawn: tuple[Sequence[Item], int] | None = None
        self._chosen_key: object = None
        self._wanted_key: object = None  # of an item that is to be chosen once the list has room to be drawn
        self._rows: list[int] = []  # how many each item takes
        self._top = 0  # the first item that is no heading

    def lines(self, item: Item, columns: int) -> Iterable[Line]:
        raise NotImplementedError

    def key(self, item: Item) -> object:
        """Return what stays the same for as long as the item is listed."""
        return item

    def is_heading(self, item: Item) -> bool:  # noqa: ARG002  for subclasses
        """Whether the cursor passes over the item, which only names those below it."""
        return False

    @property
    def room(self) -> int:
        """The columns that there are for a line; none before the list was laid out."""
        return self.scrollable_content_region.width - _PADDING

    @property
    def chosen(self) -> Item | None:
        position = self.highlighted
        return self._items[position] if position is not None and position < len(self._items) else None

    def choose(self, key: object) -> None:
        """Move the cursor to the item of that key, if it is listed."""
        keys = [self.key(item) for item in self._items]
        if key not in keys:
            return
        if self._drawn is None or self._drawn[0] != self._items:
            self._wanted_key = key
        else:
            self.highlighted = keys.index(key)

    def show(self, items: Sequence[Item]) -> None:
        self._items = items
        self._draw()

    def redraw(self) -> None:
        self._drawn = None
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    @on(OptionList.OptionHighlighted)
    @on(OptionList.OptionSelected)
    def _cursor_moved(self, event: OptionList.OptionMessage) -> None:
        event.stop()
        self._tell_chosen()

    def _tell_chosen(self) -> None:
        chosen = self.chosen
        key = None if chosen is None else self.key(chosen)
        if key != self._chosen_key:
            self._chosen_key = key
            self.post_message(self.Chosen())

    def _draw(self) -> None:
        columns = self.room
        if columns <= 0 or self._drawn == (self._items, columns):
            return
        self._drawn = (self._items, columns)
        position = self.highlighted or 0
        before = sum(self._rows[:position])
        stays_on_top = self.newest_on_top and position <= self._top and self._wanted_key is None
        drawn = [list(self.lines(item, columns)) for item in self._items]
        self._top = next((at for at, item in enumerate(self._items) if not self.is_heading(item)), 0)
        self._rows = [len(lines) for lines in drawn]
        offset = self.scroll_offset.y
        with self.prevent(OptionList.OptionHighlighted), self.app.batch_update():
            self.clear_options()
            headings = map(self.is_heading, self._items)
            self.add_options(Option(paint(lines), disabled=off) for lines, off in zip(drawn, headings, strict=True))
            if self._items:
                self.highlighted = self._top if stays_on_top else self._position(position)
        self._wanted_key = None
        self.scroll_to(0, 0 if stays_on_top else self._scrolled(offset, before), animate=False)
        self._tell_chosen()

    def _scrolled(self, offset: int, before: int) -> int:
        """Return the row to scroll to: the cursor, below `before` rows until now, stays at its height and in sight.

        A list that was not scrolled shows what comes on top of it, and a cursor out of sight stays there.
        """
        position, height = self.highlighted or 0, self.scrollable_content_region.height
        above = sum(self._rows[:position])
        wanted = offset + above - before if offset else 0
        if not self._rows or not offset <= before < offset + height:
            return wanted
        return min(max(wanted, above + self._rows[position] - height), above)

    def _position(self, before: int) -> int:
        keys = [self.key(item) for item in self._items]
        for key in (self._wanted_key, self._chosen_key):
            if key in keys:
                return keys.index(key)
        return self._top if self.newest_on_top else min(before, len(keys) - 1)
