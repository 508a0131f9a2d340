"""The sheet to choose a theme: the one under the cursor is tried on at once."""

from collections.abc import Sequence

from textual import on
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from claw_tui.shell.guarded_option_list import GuardedOptionList
from claw_tui.shell.sheet import Sheet


class ThemeSheet(Sheet[str]):
    """Ends with the name of the theme that was chosen; with `None` the one before it is to be put on again."""

    AUTO_FOCUS = "OptionList"

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__("Theme", "↑ ↓ try on   enter: keep   esc: as before")
        self._names = names

    def body(self) -> OptionList:
        return GuardedOptionList(*map(self._option, self._names))

    def _option(self, name: str) -> Option:
        mark = "●" if name == self.app.theme else " "
        return Option(Content.assemble((f" {mark} ", "$tone-notice"), (f"{name} ", "$tone-normal")), id=name)

    def on_mount(self) -> None:
        if self.app.theme in self._names:
            self.query_one(OptionList).highlighted = self._names.index(self.app.theme)

    @on(OptionList.OptionHighlighted)
    def _try_on(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        if event.option_id is not None and self.is_active:
            self.app.theme = event.option_id

    @on(OptionList.OptionSelected)
    def _choose(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.dismiss(event.option_id)
