"""The table of instances. It follows row keys: the cursor stays on its instance whatever comes, goes or is sorted."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import DataTable

from claw_tui.presentation.cells import Cell
from claw_tui.presentation.fitting import Placed, fit
from claw_tui.presentation.instances import Row
from claw_tui.presentation.listing import Sorting
from claw_tui.presentation.values import pad
from claw_tui.widgets.cell_painter import CellPainter, RowText


class InstanceTable(DataTable[RowText], inherit_bindings=False):
    """Shows rows; changes only the cells that changed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "cursor_up", "Up", show=False),
        Binding("down,j", "cursor_down", "Down", show=False),
        Binding("pageup,ctrl+b", "page_up", "Page up", show=False),
        Binding("pagedown,ctrl+f", "page_down", "Page down", show=False),
        Binding("home,g", "scroll_top", "First", show=False),
        Binding("end,G", "scroll_bottom", "Last", show=False),
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
        super().__init__(id=id, cursor_type="row", cursor_foreground_priority="renderable")
        self.chosen: str | None = None
        """The instance under the cursor."""
        self._rows: Sequence[Row] = ()
        self._sorting = Sorting()
        self._layout: tuple[tuple[Placed, ...], Sorting, CellPainter] | None = None
        self._cells: dict[str, tuple[Cell, ...]] = {}
        self._painter = CellPainter({})

    def on_mount(self) -> None:
        """Paint in the colours of the theme, now and after each change of it."""
        self._follow_theme()
        self.app.theme_changed_signal.subscribe(self, lambda _: self._follow_theme())

    def on_resize(self) -> None:
        """Choose the columns that fit now."""
        self._draw()

    def show(self, rows: Sequence[Row], sorting: Sorting) -> None:
        """Show exactly these rows in this order."""
        self._rows, self._sorting = rows, sorting
        self.styles.height = len(rows) + self.header_height
        self._draw()

    @on(DataTable.RowHighlighted)
    def _cursor_moved(self, event: DataTable.RowHighlighted) -> None:
        event.stop()
        self._choose(event.row_key.value)

    @on(DataTable.HeaderSelected)
    def _title_clicked(self, event: DataTable.HeaderSelected) -> None:
        event.stop()
        self.post_message(self.SortRequested(str(event.column_key.value)))

    def _choose(self, key: str | None) -> None:
        if key != self.chosen:
            self.chosen = key
            self.post_message(self.Chosen(key))

    def _follow_theme(self) -> None:
        self._painter = CellPainter(self.app.theme_variables)
        self._draw()

    def _draw(self) -> None:
        available = self.scrollable_content_region.width
        if not available:
            return
        layout = (fit(available, self._rows), self._sorting, self._painter)
        with self.prevent(DataTable.RowHighlighted), self.app.batch_update():
            if layout != self._layout:
                self._rebuild(layout)
            self._update(layout[0])
            self._restore_cursor()

    def _rebuild(self, layout: tuple[tuple[Placed, ...], Sorting, CellPainter]) -> None:
        offset = self.scroll_offset
        self.clear(columns=True)
        self._cells = {}
        self._layout = layout
        for placed in layout[0]:
            self.add_column(self._title(placed), width=placed.width, key=placed.column.key)
        self._update(layout[0])
        self.scroll_to(*offset, animate=False)

    def _title(self, placed: Placed) -> Text:
        title = placed.column.title
        if placed.column.key == self._sorting.column:
            title += "↓" if self._sorting.descending else "↑"
        return Text(pad(title, placed.width, right=placed.column.right), no_wrap=True, end="")

    def _update(self, columns: Sequence[Placed]) -> None:
        wanted = {row.key: tuple(placed.column.cell(row) for placed in columns) for row in self._rows}
        for key in self._cells.keys() - wanted.keys():
            self.remove_row(key)
        for key, cells in wanted.items():
            if key not in self._cells:
                self.add_row(*self._paint_row(key, cells, columns), key=key)
            else:
                self._update_row(key, cells, columns)
        self._cells = wanted
        self._reorder(list(wanted))

    def _paint_row(self, key: str, cells: Sequence[Cell], columns: Sequence[Placed]) -> list[RowText]:
        return [self._painter.paint(key, cell, placed) for cell, placed in zip(cells, columns, strict=True)]

    def _update_row(self, key: str, cells: Sequence[Cell], columns: Sequence[Placed]) -> None:
        for cell, old, placed in zip(cells, self._cells[key], columns, strict=True):
            if (cell.text, cell.tone) != (old.text, old.tone):
                self.update_cell(key, placed.column.key, self._painter.paint(key, cell, placed))

    def _reorder(self, keys: Sequence[str]) -> None:
        if [row.key.value for row in self.ordered_rows] != keys:
            position = {key: index for index, key in enumerate(keys)}
            self.sort(key=lambda cells: position[cells[0].row_key])

    def _restore_cursor(self) -> None:
        keys = list(self._cells)
        if not keys:
            self._choose(None)
        elif self.chosen in self._cells:
            self.move_cursor(row=keys.index(self.chosen), scroll=False)
        else:
            self._choose(keys[min(self.cursor_row, len(keys) - 1)])
            self.move_cursor(row=keys.index(str(self.chosen)), scroll=False)
