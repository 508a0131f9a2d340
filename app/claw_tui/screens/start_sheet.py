"""Picks in which way an instance is started."""

from collections.abc import Sequence

from textual import on
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from claw_tui.presentation.sections import Section, fact, lay_out
from claw_tui.presentation.starting import Way
from claw_tui.presentation.values import clean, pad, shorten
from claw_tui.screens.sheet import Sheet
from claw_tui.widgets.painting import paint
from gateway_core.lifecycle.work import Options

_TITLE_WIDTH = 24
_NOTE_WIDTH = 46
_WIDEST = 72
_FRAME = 10


class StartSheet(Sheet[Options]):
    """One line per way; those that are no choice are faint. Ends without options where none was picked."""

    AUTO_FOCUS = "OptionList"

    def __init__(self, name: str, ways: Sequence[Way], command: str | None) -> None:
        """`command` is what a start without a service runs."""
        super().__init__(f"Start {name}", "enter starts, esc leaves it")
        self._ways = ways
        self._command = command

    def body(self) -> Vertical:
        """The ways, and the command in full."""
        told = (Section("Its own command", (fact("", f"$ {clean(self._command)}"),)),) if self._command else ()
        columns = min(_WIDEST, self.app.size.width - _FRAME)
        text = Static(paint(lay_out(told, columns, 0)))
        return Vertical(OptionList(*map(_option, self._ways)), text, id="asked")

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
