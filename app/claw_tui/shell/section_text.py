"""Sections on a widget that is as wide as the screen lets it be."""

from __future__ import annotations

from collections.abc import Sequence

from textual.widgets import Static

from claw_tui.shell.painting import paint
from claw_tui.text.sections import Section, lay_out


class SectionText(Static):
    """Sections laid out for the width of the widget: what the terminal broke would not be indented."""

    _sections: Sequence[Section] = ()
    _drawn: tuple[Sequence[Section], int] = ((), 0)

    def show(self, sections: Sequence[Section]) -> None:
        self._sections = sections
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    def _draw(self) -> None:
        columns = self.content_size.width
        if columns and self._drawn != (self._sections, columns):
            self._drawn = (self._sections, columns)
            self.update(paint(lay_out(self._sections, columns)))
