"""The command palette: Textual's own, safe from keys that come in one burst."""

from __future__ import annotations

from textual import on
from textual.await_complete import AwaitComplete
from textual.command import CommandPalette
from textual.widgets import Input


class Palette(CommandPalette):
    """Takes nothing any more once it closes: Textual would look for its list in what is gone already."""

    def dismiss(self, result: None = None) -> AwaitComplete:
        return super().dismiss(result) if self.is_current else AwaitComplete()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        if not self.is_active:
            event.stop()
            event.prevent_default()

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        if not self.is_active:
            event.stop()
            event.prevent_default()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return self.is_active and super().check_action(action, parameters)
