"""A line of text, parts of which can be clicked."""

from textual import events
from textual.widget import Widget

from claw_tui.shell.painting import CALL


class ClickableLine(Widget):
    """Runs the action that the clicked piece of text names."""

    async def on_click(self, event: events.Click) -> None:
        call = event.style.meta.get(CALL)
        if call:
            event.stop()
            await self.run_action(call)
