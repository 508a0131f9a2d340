"""Picks one of several instances."""

from collections.abc import Sequence

from textual import on
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from claw_tui.shell.sheet import Sheet
from claw_tui.text.values import clean


class InstanceSheet(Sheet[str]):
    """Ends with the id of the one that was picked."""

    AUTO_FOCUS = "OptionList"

    def __init__(self, instances: Sequence[str], question: str = "Go to which instance?") -> None:
        super().__init__(question)
        self._instances = instances

    def body(self) -> OptionList:
        """One line per instance."""
        return OptionList(*(Option(clean(instance), id=instance) for instance in self._instances), markup=False)

    @on(OptionList.OptionSelected)
    def _picked(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.dismiss(event.option_id)
