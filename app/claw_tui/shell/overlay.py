"""What lies over a mode until it is dismissed."""

from typing import TypeVar

from textual.await_complete import AwaitComplete
from textual.screen import ModalScreen

OverlayResult = TypeVar("OverlayResult")


class Overlay(ModalScreen[OverlayResult]):
    """A modal screen that is dismissed once: of a burst of keys, the second would dismiss what is below it."""

    def dismiss(self, result: OverlayResult | None = None) -> AwaitComplete:
        return super().dismiss(result) if self.is_active else AwaitComplete()
