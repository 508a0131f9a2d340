"""Sheets that many screens open: a text, a choice of instances, a choice of what to copy."""

from collections.abc import Iterator, Sequence

from textual import events, on
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from claw_tui.shell.clipboard import copy_text
from claw_tui.shell.guarded_option_list import GuardedOptionList
from claw_tui.shell.painting import paint
from claw_tui.shell.sheet import Sheet
from claw_tui.text.sections import Section, lay_out
from claw_tui.text.sheet_contents import Copyable
from claw_tui.text.values import clean, pad, shorten

_WIDEST = 88


class TextSheet(Sheet[None]):
    """Sections of text; it scrolls where they are longer than the screen."""

    def __init__(self, heading: str, sections: Sequence[Section], label_width: int) -> None:
        super().__init__(heading)
        self._sections = sections
        self._label_width = label_width

    def body(self) -> Static:
        return Static(paint(lay_out(self._sections, self.columns(_WIDEST), self._label_width)))


class InstanceSheet(Sheet[str]):
    """A choice of instances; ends with the id of the one that was picked."""

    AUTO_FOCUS = "OptionList"

    def __init__(self, instances: Sequence[str], question: str = "Go to which instance?") -> None:
        super().__init__(question)
        self._instances = instances

    def body(self) -> OptionList:
        return GuardedOptionList(
            *(Option(f" {clean(instance)} ", id=instance) for instance in self._instances), markup=False
        )

    @on(OptionList.OptionSelected)
    def _picked(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.dismiss(event.option_id)


_WHAT_WIDTH = 25
_TEXT_WIDTH = 39


class CopySheet(Sheet[None]):
    """A choice of what to copy: one line per thing, most with a key of their own."""

    AUTO_FOCUS = "OptionList"

    def __init__(self, heading: str, things: Sequence[Copyable]) -> None:
        super().__init__(heading)
        self._copyables = things

    def body(self) -> OptionList:
        return GuardedOptionList(*self._options())

    def _options(self) -> Iterator[Option]:
        for copyable in self._copyables:
            text = shorten(clean(copyable.text), _TEXT_WIDTH)
            line = Content.assemble(
                (f" {copyable.key or ' '}  ", "$tone-notice"),
                (pad(shorten(copyable.what, _WHAT_WIDTH - 1), _WHAT_WIDTH), "$tone-muted"),
                (f"{text} ", "$tone-normal"),
            )
            yield Option(line)

    def on_key(self, event: events.Key) -> None:
        found = next((copyable for copyable in self._copyables if copyable.key == event.key), None)
        if found is not None:
            event.stop()
            self._copy(found)

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self._copy(self._copyables[event.option_index])

    def _copy(self, copyable: Copyable) -> None:
        copy_text(self.app, copyable.text, copyable.what)
        self.dismiss()
