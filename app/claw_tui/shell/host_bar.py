"""The first line: the modes, the host, and how many instances are in which state."""

from collections.abc import Sequence

from textual.content import Content
from textual.reactive import reactive

from claw_tui.actions.model import MODES
from claw_tui.shell.clickable_line import ClickableLine
from claw_tui.shell.painting import paint_line
from claw_tui.text.bars import Tab, Tally, header


class HostBar(ClickableLine):
    """The modes, the host and its tallies; modes and problems can be clicked."""

    host: reactive[str] = reactive("")
    tallies: reactive[Sequence[Tally]] = reactive(())
    badges: reactive[Sequence[str]] = reactive(())
    """Short notes on the session, such as `read-only`."""

    def render(self) -> Content:
        tabs = [
            Tab(mode.key, mode.title, mode.name == self.app.current_mode, f"app.switch_mode('{mode.name}')")
            for mode in MODES
        ]
        return paint_line(header(self.size.width, tabs, self.host, self.badges, self.tallies))
