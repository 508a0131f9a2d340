"""An option list that no key or mouse ends the dashboard with, whatever comes or goes meanwhile."""

from typing import ClassVar

from textual.binding import BindingType
from textual.events import Click
from textual.widgets import OptionList

from claw_tui.shell.move_keys import letters_to_move


class GuardedOptionList(OptionList):
    """Turns no page while there is no room for it, and meets no option that has gone: Textual would look for both."""

    BINDINGS: ClassVar[list[BindingType]] = letters_to_move("cursor_up", "cursor_down", "first", "last")

    def action_page_up(self) -> None:
        if self.scrollable_content_region:
            super().action_page_up()  # type: ignore[no-untyped-call]  # Textual's

    def action_page_down(self) -> None:
        if self.scrollable_content_region:
            super().action_page_down()  # type: ignore[no-untyped-call]  # Textual's

    async def _on_click(self, event: Click) -> None:
        if event.style.meta.get("option", -1) >= self.option_count:  # drawn before it went
            event.prevent_default()
