"""The pane of a log, which draws only the lines in sight."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.reactive import reactive, var
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip

from claw_tui.logs.caption import LABEL_WIDTH, LogState, instead_of_lines
from claw_tui.logs.feed import Earlier, Later, News, Opened
from claw_tui.logs.lines import Lanes, row
from claw_tui.logs.reader import LogReader
from claw_tui.logs.rows import NO_SEARCH, LogRows, Matches, Search, text_of
from claw_tui.shell.move_keys import letters_to_move
from claw_tui.shell.painting import tone_styles
from claw_tui.text.cells import Tone
from claw_tui.text.sections import Line, Section, lay_out
from gateway_core.logs.model import LogLine


class LogPane(ScrollView, can_focus=True, inherit_bindings=False):
    """Shows the lines of a reader, and tells it where the user moves: away from the end pauses, back to it follows."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *letters_to_move("move(-1)", "move(1)", "to_top", "to_end"),
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("home", "to_top", show=False),
        Binding("left", "scroll_left", show=False),
        Binding("right", "scroll_right", show=False),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {"log-pane--cursor", "log-pane--match"}

    following: reactive[bool] = reactive(True)  # the last line stays in sight, and what comes is shown at once
    wrap: reactive[bool] = reactive(False)
    search: reactive[Search] = reactive(NO_SEARCH)  # its matches stand out in the lines
    instead: reactive[tuple[Section, ...]] = reactive(())
    state: var[LogState] = var(LogState(), init=False)  # what the caption tells: the reader's state, and what is loaded

    def __init__(self, reader: LogReader, *, id: str) -> None:  # noqa: A002 - what Textual calls it
        super().__init__(id=id)
        self._reader = reader
        self._rows = LogRows(Lanes())
        self._cursor = 0
        self._stays_on_top = False  # the first line was asked for while earlier ones are still being read
        self._tone_styles: dict[Tone, Style] = {}
        self._background = self._cursor_background = Style()
        self._columns = self._height = 0
        self._laid_out: list[Line] = []  # what is said instead of lines

    def on_mount(self) -> None:
        self._reader.news.subscribe(self, self._take)
        self._reader.state.follow(self, self._show, at_once=False)

    @property
    def chosen(self) -> LogLine | None:
        return self._rows.rows[self._cursor].line if self._cursor < len(self._rows.rows) else None

    @property
    def lines(self) -> list[LogLine]:
        return self._rows.lines

    @property
    def empty(self) -> bool:
        return not self._rows.rows

    @property
    def _matches(self) -> Matches | None:
        """Counts the loaded lines that have what is searched for; `None` without a search."""
        searched = self.search != NO_SEARCH and self.search == self._rows.search
        return self._rows.matches(self._cursor) if searched else None

    def _start(self, lanes: Lanes) -> None:
        self._rows = LogRows(self._fitted(lanes), self._wrap_at, self.search)
        self._cursor = 0
        self._stays_on_top = False
        self._resize()
        self._keep_cursor_in_sight()

    def _append(self, lines: Sequence[LogLine]) -> None:
        gone = self._rows.append(lines)
        self._cursor = max(0, len(self._rows.rows) - 1) if self.following else max(0, self._cursor - gone)
        self._resize()
        if self.following:
            self._keep_cursor_in_sight()
        elif gone:
            self.scroll_to(y=self.scroll_offset.y - gone, animate=False)

    def _prepend(self, lines: Sequence[LogLine]) -> None:
        """Add earlier lines; what is in sight stays where it is, unless that is to be the first of them."""
        added = self._rows.prepend(lines)
        if self._stays_on_top:
            added = 0
        self._cursor = min(self._cursor + added, max(0, len(self._rows.rows) - 1))
        self._resize()
        if self.following:
            self._keep_cursor_in_sight()
        else:
            self.scroll_to(y=self.scroll_offset.y + added, animate=False, force=True, immediate=True)

    async def seek(self, step: int) -> bool:
        """Move the cursor to the next line in that direction that has what is searched for, if one is loaded."""
        rows = self._rows
        self.search.begin_scan()
        number = await rows.find(self.search.finds, self._cursor, step)
        if number is None or rows is not self._rows:
            return False
        self.action_move(number - self._cursor)
        self._point_at(number)
        return True

    def _take(self, news: News) -> None:
        self._follow_reader()
        match news:
            case Opened():
                self._start(news.lanes)
            case Earlier():
                self._prepend(news.lines)
            case Later():
                self._append(news.lines)
        if self._reader.target is not None:
            self._point_at(self._rows.index_of(self._reader.target) or 0)
        self._show()

    def _show(self) -> None:
        self._follow_reader()
        self.state = self._reader.state.value.shown(self._matches, empty=self.empty)

    def _follow_reader(self) -> None:
        self.following = self._reader.following
        if self.search.pattern != self._reader.query.sought:
            self.search = Search(self._reader.query.sought)

    def _point_at(self, number: int) -> None:
        """Move the cursor to that row, with room around it."""
        self._cursor = number
        middle = number - self.size.height // 2
        self.scroll_to(y=max(0, middle), animate=False, force=True, immediate=True)
        self.refresh()

    def text_of(self, lines: Sequence[LogLine]) -> str:
        return text_of(lines, self._rows.lanes)

    def action_move(self, rows: int) -> None:
        self._stays_on_top = False
        last = len(self._rows.rows) - 1
        self._cursor = min(max(0, self._cursor + rows), max(0, last))
        if self.following and self._cursor < last:
            self._reader.pause()
        if self._cursor == last and not self.following:
            self._reader.reach_end()
        if self._cursor == 0:
            self._reader.reach_back()
        self._keep_cursor_in_sight()
        self._show()

    def action_page(self, pages: int) -> None:
        self.action_move(pages * max(1, self.size.height - 1))

    def action_to_top(self) -> None:
        self.action_move(-len(self._rows.rows))
        self._stays_on_top = self._reader.state.value.searching is not None

    def action_to_end(self) -> None:
        self._reader.go_on()

    def on_click(self, event: events.Click) -> None:
        target = self.scroll_offset.y + event.y
        if target < len(self._rows.rows):
            self.action_move(target - self._cursor)

    def on_mouse_scroll_up(self) -> None:
        if self.following and self.max_scroll_y:
            self._reader.pause()
        if self.scroll_offset.y == 0:
            self._reader.reach_back()

    def on_resize(self) -> None:
        top = self.scroll_offset.y
        was_in_sight = top <= self._cursor < top + self._height
        self._height = self.size.height
        if self.wrap or self._fitted(self._rows.lanes) != self._rows.lanes:
            self._rewrap()
        if was_in_sight or self.following:
            self.call_after_refresh(self._keep_cursor_in_sight)  # what can be scrolled is known only then

    def watch_show_vertical_scrollbar(self) -> None:
        """Set the position: Textual tells a scrollbar none that was reached before it was shown."""
        self.vertical_scrollbar.position = self.scroll_y

    def watch_state(self, state: LogState) -> None:
        self.instead = instead_of_lines(state)

    def watch_wrap(self) -> None:
        self._rewrap()

    def watch_following(self, following: bool) -> None:
        if following:
            self._cursor = max(0, len(self._rows.rows) - 1)
            self._keep_cursor_in_sight()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._tone_styles = {}

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        return selection.extract("\n".join(map(self._rows.text, self._rows.rows))), "\n"

    def selection_updated(self, selection: Selection | None) -> None:  # noqa: ARG002 - Textual's signature
        self.refresh()

    def render_lines(self, crop: Region) -> list[Strip]:
        """Work colours and regions out once per painting: Textual does so whenever they are asked for."""
        self.search.begin_scan()
        self._columns = self.scrollable_content_region.width
        self._background = self.rich_style
        self._cursor_background = self.get_component_rich_style("log-pane--cursor")
        self._laid_out = lay_out(self.instead, self._columns, LABEL_WIDTH) if self.empty else []
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        scroll_x, scroll_y = self.scroll_offset
        number, columns = scroll_y + y, self._columns
        if number >= len(self._rows.rows):
            return Strip(self._segments(self._instead_line(y), self._background)).adjust_cell_length(
                columns, self._background
            )
        background = self._background_of(number)
        strip = self._strip(number, background).crop_extend(scroll_x, scroll_x + columns, background)
        return strip.apply_offsets(scroll_x, number)

    def _strip(self, number: int, background: Style) -> Strip:
        found = self._rows.rows[number]
        strip = Strip(self._segments(row(found.line, self._rows.lanes), background))
        for begin, end in self.search.spans(found.line, self._rows.lanes):
            strip = _marked(strip, begin, end, self.get_component_rich_style("log-pane--match"))
        if found.end is not None:
            before = Strip(self._segments(self._rows.before(found), background))
            strip = Strip.join((before, strip.crop(found.begin, found.end)))
        return self._selected(strip, number)

    def _selected(self, strip: Strip, number: int) -> Strip:
        span = self.text_selection.get_span(number) if self.text_selection else None
        if span is None:
            return strip
        end = strip.cell_length if span[1] == -1 else span[1]
        return _marked(strip, span[0], end, self.screen.get_component_rich_style("screen--selection"))

    def _segments(self, pieces: Line, background: Style) -> list[Segment]:
        return [Segment(piece.text, background + self._style(piece.tone)) for piece in pieces]

    def _instead_line(self, y: int) -> Line:
        return self._laid_out[y - 1] if 0 < y <= len(self._laid_out) else ()

    def _background_of(self, number: int) -> Style:
        on_cursor = number == self._cursor and not self.following
        return self._cursor_background if on_cursor else self._background

    def _style(self, tone: Tone) -> Style:
        if not self._tone_styles:
            self._tone_styles = tone_styles(self.app.theme_variables)
        return self._tone_styles[tone]

    def _fitted(self, lanes: Lanes) -> Lanes:
        return lanes.fitted(self.scrollable_content_region.width)

    @property
    def _wrap_at(self) -> int | None:
        return max(20, self.scrollable_content_region.width) if self.wrap else None

    def _rewrap(self) -> None:
        chosen = self.chosen
        self._rows = self._rows.rewrapped(self._wrap_at, self._fitted(self._rows.lanes))
        if chosen is not None and not self.following:
            self._cursor = self._rows.index_of(chosen) or 0
        else:
            self._cursor = max(0, len(self._rows.rows) - 1)
        self._resize()
        self._keep_cursor_in_sight()

    def _resize(self) -> None:
        room = self.scrollable_content_region.width
        columns = room if self.wrap else max(self._rows.widest, room)
        self.virtual_size = Size(columns, len(self._rows.rows))
        self.refresh()

    def _keep_cursor_in_sight(self) -> None:
        region = Region(self.scroll_offset.x, self._cursor, 1, 1)
        self.scroll_to_region(region, animate=False, force=True, immediate=True, x_axis=False)
        self.refresh()


class LogTail(LogPane):
    """The newest lines of one instance's logs, each of them whole."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("end", "to_end", show=False)]

    wrap: reactive[bool] = reactive(True)


def _marked(strip: Strip, begin: int, end: int, style: Style) -> Strip:
    styled = Strip(Segment.apply_style(strip.crop(begin, end), post_style=style))
    return Strip.join((strip.crop(0, begin), styled, strip.crop(end)))
