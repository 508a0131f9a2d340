"""The screen of a text that could not be copied: all of it, ready to be selected with the terminal's own mouse."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from claw_tui.actions.registry import LEAVE
from claw_tui.shell.move_keys import TextScroll
from claw_tui.shell.overlay import Overlay
from claw_tui.text.values import clean

_HINT = "Drag over it to select it: until esc, the mouse is the terminal's own. ↑ ↓ scroll."
_MOUSE_MODES = (1000, 1003, 1015, 1006)  # that Textual's drivers turn on


class ShownText(Overlay[None]):
    """A text at the left edge of the whole screen: a frame beside it would be selected with it."""

    CSS_PATH = str(Path(__file__).with_name("shown_text.tcss"))
    AUTO_FOCUS = "VerticalScroll"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q", "dismiss", "Close"), *LEAVE]

    def __init__(self, what: str, text: str, why: str) -> None:
        super().__init__()
        self._what = what
        self._text = "\n".join(map(clean, text.splitlines()))
        self._why = why

    def compose(self) -> ComposeResult:
        yield Static(Content.styled(f"To be selected: the {self._what}", "bold $tone-title"))
        if self._why:
            yield Static(Content.styled(self._why, "$tone-normal"))
        yield Static(Content.styled(_HINT, "$tone-muted"), id="hint")
        with TextScroll():
            yield Static(Content(self._text), id="text")

    def on_screen_resume(self) -> None:
        self._let_terminal_have_mouse(True)

    def on_screen_suspend(self) -> None:
        """Take the mouse back. At the end of the dashboard nobody does: its driver lets go of it before."""
        self._let_terminal_have_mouse(False)

    def _let_terminal_have_mouse(self, it_has: bool) -> None:
        driver = self.app._driver  # noqa: SLF001  it has no public name
        if driver is not None and not driver.is_headless and not driver.is_web:
            driver.write("".join(f"\x1b[?{mode}{'l' if it_has else 'h'}" for mode in _MOUSE_MODES))
            driver.flush()
