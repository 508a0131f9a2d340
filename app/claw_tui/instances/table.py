"""The table of instances. Its cursor is a row key, so it stays on its instance whatever comes, goes or is sorted.

Textual's DataTable has a cursor of row numbers, and draws every visible cell anew when one of them changes, which takes
five percent of a core for twenty rows once a second. This one draws the lines that changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from claw_tui.instances.columns import CURSOR_WIDTH, Placed, fit
from claw_tui.instances.rows import InstanceRow
from claw_tui.instances.view import BY_NAME, Sorting
from claw_tui.shell.move_keys import letters_to_move
from claw_tui.shell.painting import CURSOR_SIGN, tone_styles
from claw_tui.text.cells import Cell, Tone

_HEADER = 1
_NO_CURSOR = " " * CURSOR_WIDTH


class InstanceTable(ScrollView, can_focus=True):
    """A line of titles that stays, and a line per row."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {"instance-table--titles", "instance-table--cursor"}
    BINDINGS: ClassVar[list[BindingType]] = [
        *letters_to_move("move(-1)", "move(1)", "first", "last"),
        Binding("up", "move(-1)", "Up", show=False),
        Binding("down", "move(1)", "Down", show=False),
        Binding("pageup,ctrl+b", "page(-1)", "Page up", show=False),
        Binding("pagedown,ctrl+f", "page(1)", "Page down", show=False),
        Binding("home", "first", "First", show=False),
        Binding("end", "last", "Last", show=False),
    ]

    @dataclass
    class Chosen(Message):
        """The cursor is on another instance now, or on none."""

        key: str | None

    @dataclass
    class SortRequested(Message):
        """The title of a column was clicked."""

        column: str

    def __init__(self, id: str) -> None:  # noqa: A002  Textual's name
        super().__init__(id=id)
        self.chosen: str | None = None  # the instance under the cursor
        self.columns: tuple[Placed, ...] = ()
        self._rows: Sequence[InstanceRow] = ()
        self._sorting = BY_NAME
        self._cells: dict[str, tuple[Cell, ...]] = {}  # what is drawn, by row key, from top to bottom
        self._styles: dict[Tone, Style] = {}
        self._background = self._cursor_background = Style()

    @property
    def keys(self) -> list[str]:
        return list(self._cells)

    def texts(self, column: str) -> list[str]:
        position = [placed.column.key for placed in self.columns].index(column)
        return [cells[position].text for cells in self._cells.values()]

    def show(self, rows: Sequence[InstanceRow], sorting: Sorting) -> None:
        if sorting != self._sorting:
            self.refresh_line(self.scroll_offset.y)  # the arrow moves even where no row does
        self._rows, self._sorting = rows, sorting
        self.styles.height = len(rows) + _HEADER
        self._draw()

    def choose(self, key: str) -> None:
        if key in self._cells:
            self._choose(key)

    def on_mount(self) -> None:
        self._follow_theme()
        self.app.theme_changed_signal.subscribe(self, lambda _: self._follow_theme())

    def on_resize(self) -> None:
        self._draw()
        self._scroll_to_cursor()  # a filter bar or more details may have taken its place

    def on_click(self, event: events.Click) -> None:
        event.stop()
        index = self._row_at(event.y)
        if event.y < _HEADER:
            self._request_sort(event.x)
        elif index < len(self._rows):
            self._choose(self._rows[index].key)

    def action_move(self, step: int) -> None:
        self._go_to(self._position() + step)

    def action_page(self, step: int) -> None:
        self._go_to(self._position() + step * self._visible_rows)

    def action_first(self) -> None:
        self._go_to(0)

    def action_last(self) -> None:
        self._go_to(len(self._rows) - 1)

    def render_lines(self, crop: Region) -> list[Strip]:
        """Work colours out once per painting: Textual does so whenever they are asked for."""
        self._background, self._cursor_background = self.rich_style, self._style("cursor")
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        if y < _HEADER:
            return self._paint(_NO_CURSOR, self._titles(), self._style("titles"), width)
        index = self._row_at(y)
        if index >= len(self._cells):
            return Strip.blank(width, self._background)
        key = self._rows[index].key
        if key == self.chosen:
            return self._paint(CURSOR_SIGN, self._cells[key], self._cursor_background, width)
        return self._paint(_NO_CURSOR, self._cells[key], self._background, width)

    def _paint(self, sign: str, cells: Iterable[Cell], background: Style, width: int) -> Strip:
        """Paint one line: the sign of the cursor or none, and each cell in exactly the space of its column."""
        segments = [
            Segment(placed.field(cell.text), background + self._styles[cell.tone])
            for cell, placed in zip(cells, self.columns, strict=True)
        ]
        segments.insert(0, Segment(sign, background + self._styles[Tone.NOTICE]))
        return Strip(segments).adjust_cell_length(width, background)

    def _style(self, component: str) -> Style:
        return self.get_component_rich_style(f"instance-table--{component}")

    def _titles(self) -> Iterator[Cell]:
        for placed in self.columns:
            arrow = "↓" if self._sorting.descending else "↑"
            sorts = placed.column.key == self._sorting.column
            yield Cell(placed.column.title + arrow if sorts else placed.column.title, Tone.MUTED)

    def _follow_theme(self) -> None:
        self._styles = tone_styles(self.app.theme_variables)
        self.refresh()

    def _draw(self) -> None:
        available = self.scrollable_content_region.width
        if not available:
            return
        columns, before, drawn = self.columns, self._position(), self._cells
        self.columns = fit(available, self._rows)
        self._cells = {row.key: tuple(placed.column.cell(row) for placed in self.columns) for row in self._rows}
        self.virtual_size = Size(available, len(self._rows) + _HEADER)
        self._keep_cursor(before)
        if columns != self.columns or list(drawn) != self.keys:
            self.refresh()
        else:
            self._refresh_changed(drawn)

    def _refresh_changed(self, drawn: dict[str, tuple[Cell, ...]]) -> None:
        for index, (key, cells) in enumerate(self._cells.items()):
            if cells != drawn[key]:
                self.refresh_line(index + _HEADER)

    def _keep_cursor(self, before: int) -> None:
        """Keep the cursor on its row, and the row at its height; if the row is gone, the next one takes its place."""
        if self.chosen in self._cells:
            self.scroll_to(y=self.scroll_offset.y + self._position() - before, animate=False, force=True)
        else:
            self._go_to(before)

    def _position(self) -> int:
        return next((index for index, row in enumerate(self._cells) if row == self.chosen), 0)

    @property
    def _visible_rows(self) -> int:
        return max(1, self.scrollable_content_region.height - _HEADER)

    def _row_at(self, y: int) -> int:
        return y - _HEADER + self.scroll_offset.y

    def _go_to(self, index: int) -> None:
        keys = self.keys
        self._choose(keys[max(0, min(index, len(keys) - 1))] if keys else None)

    def _choose(self, key: str | None) -> None:
        if key != self.chosen:
            self.refresh_line(self._position() + _HEADER)
            self.chosen = key
            self.refresh_line(self._position() + _HEADER)
            self.post_message(self.Chosen(key))
        self._scroll_to_cursor()

    def _scroll_to_cursor(self) -> None:
        position, top = self._position(), self.scroll_offset.y
        bottom = top + self._visible_rows - 1
        if not top <= position <= bottom:
            wanted = position if position < top else position - self._visible_rows + 1
            self.scroll_to(y=wanted, animate=False, force=True)

    def _request_sort(self, x: int) -> None:
        right = CURSOR_WIDTH
        for placed in self.columns:
            right += placed.space
            if x < right:
                self.post_message(self.SortRequested(placed.column.sorts or placed.column.key))
                return
