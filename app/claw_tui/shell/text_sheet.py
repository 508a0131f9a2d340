"""A sheet of text, laid out in sections."""

from collections.abc import Sequence

from textual.widgets import Static

from claw_tui.shell.painting import paint
from claw_tui.shell.sheet import Sheet
from claw_tui.text.sections import Section, lay_out

_WIDEST = 88
_FRAME = 10


class TextSheet(Sheet[None]):
    """Shows sections; scrolls where they are longer than the screen."""

    def __init__(self, heading: str, sections: Sequence[Section], label_width: int) -> None:
        super().__init__(heading)
        self._sections = sections
        self._label_width = label_width

    def body(self) -> Static:
        """The text."""
        columns = min(_WIDEST, self.app.size.width - _FRAME)
        return Static(paint(lay_out(self._sections, columns, self._label_width)))
