"""An option list that no key or mouse ends the dashboard with, and whose cursor is seen without colours, too."""

from typing import ClassVar

from rich.segment import Segment
from textual.binding import BindingType
from textual.events import Click
from textual.strip import Strip
from textual.widgets import OptionList

from claw_tui.shell.move_keys import letters_to_move
from claw_tui.shell.painting import CURSOR_SIGN, tone_style
from claw_tui.text.cells import Tone


class GuardedOptionList(OptionList):
    """Turns no page while there is no room for it, and meets no option that has gone: Textual would look for both.

    The lines of the option under the cursor have a sign in their first column, which other lines leave free.
    """

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

    def render_line(self, y: int) -> Strip:
        strip = super().render_line(y)
        style = next(iter(strip)).style if strip.cell_length else None
        if style is None or style.meta.get("option", -1) != self.highlighted or not strip.text.startswith(" "):
            return strip
        sign = Segment(CURSOR_SIGN, style + tone_style(self.app.theme_variables, Tone.NOTICE))
        return Strip([sign, *strip.crop(1)], strip.cell_length)
