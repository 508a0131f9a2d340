"""The details of one instance in tabs: an overview, its audit, and the newest lines of its logs."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.reactive import reactive

from claw_tui.instances.tabs import DetailTab, tab_line
from claw_tui.logs.caption import tail_note
from claw_tui.logs.tail import LogTail
from claw_tui.shell.clickable_line import ClickableLine
from claw_tui.shell.detail_pane import DetailPane
from claw_tui.shell.painting import paint_line
from claw_tui.text.cells import Tone
from claw_tui.text.sections import Line, Piece, Section

_HINT = (Piece("[ ] turns", Tone.MUTED),)


class TabLine(ClickableLine):
    """The names of the tabs."""

    active: reactive[DetailTab] = reactive(DetailTab.OVERVIEW)
    marks: reactive[dict[DetailTab, Piece]] = reactive(dict[DetailTab, Piece])
    note: reactive[Line] = reactive(())
    lit: reactive[bool] = reactive(False)

    def render(self) -> Content:
        """The line."""
        return paint_line(tab_line(self.size.width, self.active, self.marks, self.note, lit=self.lit))


class DetailTabs(Vertical):
    """Shows one of them; which one, stays as it is whoever is shown."""

    def compose(self) -> ComposeResult:
        """The tabs, and what is in them."""
        yield TabLine(id="tabs")
        yield DetailPane(id="facts")
        yield LogTail(id="tail")

    def on_mount(self) -> None:
        """Say what the tail says, while it is shown."""
        self.tail.display = False
        self.watch(self.tail, "state", self._take_note)

    @property
    def active(self) -> DetailTab:
        """The one that is shown."""
        return self._line.active

    @property
    def tail(self) -> LogTail:
        """The newest lines."""
        return self.query_one(LogTail)

    def turn_to(self, tab: DetailTab) -> None:
        """Show another one; the keyboard stays in the details if it is there."""
        focused = self.has_focus_within
        self._line.active = tab
        self._arrange(tab)
        if focused:
            (self.tail.pane if self.tail.display else self.query_one(DetailPane)).focus()

    def show(self, tab: DetailTab, sections: Sequence[Section], marks: dict[DetailTab, Piece]) -> None:
        """Show what that tab has; what the newest lines say, they know by themselves."""
        self._line.marks = marks
        self._arrange(tab)
        if tab is not DetailTab.LOGS:
            self.query_one(DetailPane).show(sections)

    def on_descendant_focus(self) -> None:
        """Show that keys go there."""
        self._line.lit = True

    def on_descendant_blur(self) -> None:
        """Show that keys go elsewhere."""
        self._line.lit = False

    def _arrange(self, tab: DetailTab) -> None:
        logs = tab is DetailTab.LOGS
        self.tail.display, self.query_one(DetailPane).display = logs, not logs
        self._take_note()

    def _take_note(self) -> None:
        self._line.note = tail_note(self.tail.state) if self.tail.display else _HINT

    @property
    def _line(self) -> TabLine:
        return self.query_one(TabLine)
