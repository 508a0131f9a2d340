"""The sheet of help: keys in columns, a search, and the words of what the cursor is on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.events import Key
from textual.geometry import Region
from textual.widgets import Input, Static

from claw_tui.shell.bars import ClickableLine
from claw_tui.shell.move_keys import letters_to_move
from claw_tui.shell.painting import CURSOR_SIGN, paint, paint_line
from claw_tui.shell.sheet import Sheet
from claw_tui.text.help import HelpEntry, best_match, explained, matching, nothing_found
from claw_tui.text.help_grid import GAP, HelpGrid, Row, arranged, cell, cell_width
from claw_tui.text.sections import lay_out

_HINT = "search keys, words, settings"
_WAYS = "/ searches   a key leads to what it does   esc closes"
_HIGH = 30  # lines of a terminal from which the sheet leaves some free
_PAGE = 10


class KeyColumns(VerticalScroll, inherit_bindings=False):  # else arrows would scroll
    """The columns of keys."""

    BINDINGS: ClassVar[list[BindingType]] = letters_to_move(
        "screen.go(-1)", "screen.go(1)", "screen.go(-9999)", "screen.go(9999)"
    )

    def compose(self) -> ComposeResult:
        yield _Cells()

    @property
    def room(self) -> int:
        return self.scrollable_content_region.width

    def draw(self, grid: HelpGrid, chosen: str) -> None:
        width = cell_width(grid, self.room)
        lines = [
            Content(" " * GAP).join([_painted(stack, at, width, chosen) for stack in grid.stacks])
            for at in range(grid.height)
        ]
        self.query_one(_Cells).update(Content("\n").join(lines))
        row = grid.place(chosen)[1]
        self.call_after_refresh(self.scroll_to_region, Region(0, max(0, row - 1), 1, 3), animate=False)


class _Cells(Static, ClickableLine):  # in this order: styles are those of the first base
    """The keys as text, of which each can be clicked."""


def _painted(stack: Sequence[Row], at: int, width: int, chosen: str) -> Content:
    row = stack[at] if at < len(stack) else ""
    if isinstance(row, str) or row.id != chosen:
        return paint_line(cell(row, width, " "))
    return paint_line(cell(row, width, CURSOR_SIGN)).stylize("on $row-cursor")


class HelpSheet(Sheet[None]):
    """All that the help has; a search leaves what matches, a key leads to what it does."""

    AUTO_FOCUS = "KeyColumns"
    VERTICAL_BREAKPOINTS: list[tuple[int, str]] | None = [(0, "-low"), (_HIGH, "-high")]  # noqa: RUF012  Textual's
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "search", "Search"),
        Binding("escape", "dismiss_or_clear", "Close"),
        Binding("question_mark", "dismiss", "Close", show=False),
        Binding("up", "go(-1)", "Up", show=False),
        Binding("down", "go(1)", "Down", show=False),
        Binding("left", "turn(-1)", "Left", show=False),
        Binding("right", "turn(1)", "Right", show=False),
        Binding("pageup", f"go(-{_PAGE})", "Page up", show=False),
        Binding("pagedown", f"go({_PAGE})", "Page down", show=False),
        Binding("home", "go(-9999)", "First", show=False),
        Binding("end", "go(9999)", "Last", show=False),
    ]

    def __init__(self, entries: Sequence[HelpEntry]) -> None:
        super().__init__("Help", _WAYS)
        self.entries = entries
        self._found: Sequence[HelpEntry] = entries
        self._grid = arranged(entries, 1)  # for keys that come before there is a size
        self._chosen = entries[0].id if entries else ""

    def compose(self) -> ComposeResult:
        with Vertical(id="sheet") as box:
            box.border_title = Content(self._heading)
            box.border_subtitle = Content(self._keys)
            yield Input(placeholder=f"/ {_HINT}", compact=True, select_on_focus=False, id="search")
            yield KeyColumns()
            yield Static(id="explanation")

    def on_resize(self) -> None:
        self.call_after_refresh(self._arrange)

    def action_search(self) -> None:
        self.query_one(Input).focus()

    def action_dismiss_or_clear(self) -> None:
        """Give up the search; without one, close."""
        search = self.query_one(Input)
        if search.value or search.has_focus:
            search.value = ""
            self.query_one(KeyColumns).focus()
        else:
            self.dismiss()

    def action_go(self, steps: int) -> None:
        self.action_point_at(self._grid.along(self._chosen, steps))

    def action_turn(self, stacks: int) -> None:
        self.action_point_at(self._grid.beside(self._chosen, stacks))

    def action_point_at(self, entry_id: str) -> None:
        self._chosen = entry_id
        self._draw()

    def on_key(self, event: Key) -> None:
        """Lead to what a key does, unless it does something here."""
        if isinstance(self.focused, Input) or event.key in self.active_bindings:
            return
        found = next((entry for entry in self._found if event.key in entry.raw_keys), None)
        if found is not None:
            event.stop()
            self.action_point_at(found.id)

    @on(Input.Changed)
    def _search(self, event: Input.Changed) -> None:
        event.stop()
        self._found = matching(self.entries, event.value) if event.value.strip() else self.entries
        self._chosen = best_match(self._found, event.value)
        self._arrange()

    @on(Input.Submitted)
    def _keep_search(self, event: Input.Submitted) -> None:
        event.stop()
        self.query_one(KeyColumns).focus()

    def _arrange(self) -> None:
        columns = self.query_one(KeyColumns).room
        if columns > 0:
            self._grid = arranged(self._found, columns)
            self._draw()

    def _draw(self) -> None:
        columns = self.query_one(KeyColumns)
        columns.draw(self._grid, self._chosen)
        entry = next((one for one in self._found if one.id == self._chosen), None)
        words = explained(entry) if entry else nothing_found(self.query_one(Input).value)
        self.query_one("#explanation", Static).update(paint(lay_out(words, columns.room, 0)))
