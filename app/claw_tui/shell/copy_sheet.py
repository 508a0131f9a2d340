"""Picks what to copy."""

from collections.abc import Iterator, Sequence

from textual import events, on
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from claw_tui.shell.sheet import Sheet
from claw_tui.text.sheets import Copyable
from claw_tui.text.values import clean, pad, shorten

_WHAT_WIDTH = 20
_TEXT_WIDTH = 44


class CopySheet(Sheet[None]):
    """One line per thing; its key copies it."""

    AUTO_FOCUS = "OptionList"

    def __init__(self, heading: str, things: Sequence[Copyable]) -> None:
        super().__init__(heading)
        self._copyables = {copyable.key: copyable for copyable in things}

    def body(self) -> OptionList:
        """The things."""
        return OptionList(*self._options())

    def _options(self) -> Iterator[Option]:
        for key, copyable in self._copyables.items():
            text = shorten(clean(copyable.text), _TEXT_WIDTH)
            line = Content.assemble(
                (f" {key}  ", "$tone-notice"),
                (pad(copyable.what, _WHAT_WIDTH), "$tone-muted"),
                (f"{text} ", "$tone-normal"),
            )
            yield Option(line, id=key)

    def on_key(self, event: events.Key) -> None:
        """The key of a thing copies it."""
        if event.key in self._copyables:
            event.stop()
            self._copy(self._copyables[event.key])

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self._copy(self._copyables[str(event.option_id)])

    def _copy(self, copyable: Copyable) -> None:
        self.app.copy_to_clipboard(copyable.text)
        self.app.notify(clean(copyable.text), title=f"Copied the {copyable.what}", markup=False)
        self.dismiss()
