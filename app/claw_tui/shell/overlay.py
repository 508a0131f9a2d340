"""What lies over a mode until it is dismissed."""

from typing import TypeVar

from textual.await_complete import AwaitComplete
from textual.screen import ModalScreen

from claw_tui.shell.toasts import take_away_read

OverlayResult = TypeVar("OverlayResult")


class Overlay(ModalScreen[OverlayResult]):
    """A modal screen that is dismissed once: of a burst of keys, the second would dismiss what is below it."""

    def on_mount(self) -> None:
        take_away_read(self.app)

    def dismiss(self, result: OverlayResult | None = None) -> AwaitComplete:
        return super().dismiss(result) if self.is_active else AwaitComplete()
