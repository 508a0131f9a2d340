"""The base class of all sheets: a titled box over a mode, which Esc takes away."""

from pathlib import Path
from typing import ClassVar, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Label

from claw_tui.actions.registry import LEAVE
from claw_tui.shell.move_keys import TextScroll
from claw_tui.shell.overlay import Overlay

_FRAME = 10  # columns that the frame of a sheet takes, and what is left free beside it
_USUAL_COLUMNS = 78  # the width of a list of choices, with the frame around it

SheetResult = TypeVar("SheetResult")


class Sheet(Overlay[SheetResult]):
    """A titled box over the dashboard; `SheetResult` is what it ends with."""

    CSS_PATH = str(Path(__file__).with_name("sheet.tcss"))  # else Textual looks beside each subclass
    HORIZONTAL_BREAKPOINTS: list[tuple[int, str]] | None = [(0, "-narrow"), (_USUAL_COLUMNS, "-usual")]  # noqa: RUF012  Textual's
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q", "dismiss", "Close"), *LEAVE]

    def __init__(self, heading: str, keys: str = "esc closes") -> None:
        """`keys` names at the lower edge what can be pressed."""
        super().__init__()
        self._heading = heading
        self._keys = keys

    def columns(self, widest: int) -> int:
        """Columns that there are for text, at most `widest`."""
        return min(widest, self.app.size.width - _FRAME)

    def compose(self) -> ComposeResult:
        with TextScroll(id="sheet") as box:
            box.border_title = Content(self._heading)
            box.border_subtitle = Content(self._keys)
            yield self.body()

    def body(self) -> Widget:
        return Label()
