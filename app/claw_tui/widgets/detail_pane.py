"""Everything that is known of one instance, scrollable and selectable."""

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from claw_tui.presentation.sections import Section, lay_out
from claw_tui.widgets.painting import paint


class DetailPane(VerticalScroll):
    """Lays out sections in its own width."""

    def __init__(self, id: str) -> None:  # noqa: A002  Textual's name
        super().__init__(id=id)
        self._sections: Sequence[Section] = ()
        self._laid_out: tuple[Sequence[Section], int] | None = None

    def compose(self) -> ComposeResult:
        """One text."""
        yield Static()

    def show(self, sections: Sequence[Section]) -> None:
        """Show these; nothing is drawn again if they are the same as before."""
        self._sections = sections
        self._draw()

    def on_resize(self) -> None:
        """Lay out in the new width."""
        self._draw()

    def _draw(self) -> None:
        columns = self.scrollable_content_region.width
        if columns and self._laid_out != (self._sections, columns):
            self._laid_out = (self._sections, columns)
            self.query_one(Static).update(paint(lay_out(self._sections, columns)))
