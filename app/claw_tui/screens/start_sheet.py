"""Picks in which way an instance is started."""

from collections.abc import Sequence

from textual import on
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from claw_tui.presentation.starting import Way
from claw_tui.presentation.values import pad, shorten
from claw_tui.screens.sheet import Sheet
from gateway_core.lifecycle.work import Options

_TITLE_WIDTH = 24
_NOTE_WIDTH = 46


class StartSheet(Sheet[Options]):
    """One line per way; those that are no choice are faint. Ends without options where none was picked."""

    AUTO_FOCUS = "OptionList"

    def __init__(self, name: str, ways: Sequence[Way]) -> None:
        super().__init__(f"Start {name}", "enter starts, esc leaves it")
        self._ways = ways

    def body(self) -> Vertical:
        """The ways."""
        return Vertical(OptionList(*map(_option, self._ways)), id="asked")

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.dismiss(self._ways[event.option_index].options)


def _option(way: Way) -> Option:
    tone = "$tone-normal" if way.options is not None else "$tone-faint"
    line = Content.assemble(
        (f" {pad(way.title, _TITLE_WIDTH)}", tone), (f"{shorten(way.note, _NOTE_WIDTH)} ", "$tone-muted")
    )
    return Option(line, disabled=way.options is None)
