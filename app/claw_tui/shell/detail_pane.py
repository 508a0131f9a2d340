"""A scrollable pane of titled sections, in one or two stacks."""

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Static

from claw_tui.shell.bars import ClickableLine
from claw_tui.shell.move_keys import TextScroll
from claw_tui.shell.painting import paint
from claw_tui.text.sections import LABEL_WIDTH, Line, Section, lay_out, lay_out_abreast

_ABREAST_FROM = 110
_GUTTER = 2


class _Stack(Static, ClickableLine):  # in this order: styles are those of the first base
    """Lines below each other, of which some name an action."""


class DetailPane(TextScroll):
    """Lays out sections in its own width: in two stacks where there is space for them."""

    def __init__(self, id: str, label_width: int = LABEL_WIDTH) -> None:  # noqa: A002  Textual's name
        super().__init__(id=id)
        self._label_width = label_width
        self._sections: Sequence[Section] = ()
        self._drawn: tuple[Sequence[Section], int] | None = None
        self._filled: dict[str, list[Line]] = {}

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield _Stack(id="first-stack")
            yield _Stack(id="second-stack")

    def show(self, sections: Sequence[Section]) -> None:
        """Show these sections; nothing is drawn again if they are the same as before."""
        self._sections = sections
        self._draw()

    @property
    def heading(self) -> str:
        return self._sections[0].title if self._sections else ""

    def on_resize(self) -> None:
        self._draw()

    def _draw(self) -> None:
        columns = self.scrollable_content_region.width
        if columns and self._drawn != (self._sections, columns):
            self._drawn = (self._sections, columns)
            for name, lines in zip(("first-stack", "second-stack"), self._stacks(columns), strict=True):
                self._fill(name, lines)

    def _fill(self, name: str, lines: list[Line]) -> None:
        """Draw the stack if it changed, and lay it out only if its height did: times on it grow every second."""
        before = self._filled.get(name)
        if before != lines:
            self._filled[name] = lines
            stack = self.query_one(f"#{name}", Static)
            stack.update(paint(lines), layout=before is None or len(before) != len(lines))
            stack.display = bool(lines)

    def _stacks(self, columns: int) -> tuple[list[Line], list[Line]]:
        if columns < _ABREAST_FROM or len(self._sections) < 2:
            return lay_out(self._sections, columns, self._label_width), []
        return lay_out_abreast(self._sections, columns // 2 - _GUTTER, self._label_width)
