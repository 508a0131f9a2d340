"""The screen until the first snapshot. Light on purpose: it is the first paint."""

from textual.app import ComposeResult
from textual.events import Event, Key
from textual.screen import Screen
from textual.widgets import Static

from claw_tui.shell.bars import ActionBar, HostBar

LOOKING = "Looking for gateways on this machine…"


class StartScreen(Screen[None]):
    """The two bars, with a calm line where the content will be."""

    CSS_PATH = "splash.tcss"

    def compose(self) -> ComposeResult:
        yield HostBar()
        yield Static(LOOKING)
        yield ActionBar()

    def holds_back(self, event: Event) -> bool:
        """Have the keys of a mode wait for it."""
        return isinstance(event, Key) and event.key not in self.active_bindings
