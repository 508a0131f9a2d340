"""A sheet of text, laid out in sections."""

from collections.abc import Sequence

from textual.widgets import Static

from claw_tui.presentation.sections import Section, lay_out
from claw_tui.screens.sheet import Sheet
from claw_tui.widgets.painting import paint

_WIDEST = 92
_FRAME = 10


class TextSheet(Sheet):
    """Shows sections; scrolls where they are longer than the screen."""

    def __init__(self, heading: str, sections: Sequence[Section]) -> None:
        super().__init__(heading)
        self._sections = sections

    def body(self) -> Static:
        """The text."""
        return Static(paint(lay_out(self._sections, min(_WIDEST, self.app.size.width - _FRAME))))
