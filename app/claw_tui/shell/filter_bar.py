"""Where the filter is typed, and what it does."""

from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Label


class FilterBar(Horizontal):
    """An input that reports each change, with room for what the list says to it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "cancel", "Clear", show=False)]

    @dataclass
    class Changed(Message):
        """Another text was typed."""

        text: str

    class Accepted(Message):
        """The filter is to stay, and the list to be used again."""

    class Cancelled(Message):
        """The filter is to go."""

    def __init__(self, hint: str, text: str) -> None:
        super().__init__()
        self._hint, self._text = hint, text

    def compose(self) -> ComposeResult:
        yield Label("/", id="filter-prompt")
        yield Input(self._text, placeholder=self._hint, compact=True, select_on_focus=False)
        yield Label("", id="filter-answer", markup=False)

    def answer(self, text: str, *, wrong: bool) -> None:
        """Show the effect of the filter: how many rows are left, or what is wrong with it."""
        label = self.query_one("#filter-answer", Label)
        label.update(text)
        label.set_class(wrong, "-wrong")

    def edit(self) -> None:
        """Focus the input. The very next key must find it focused, so this cannot wait for `focus()`."""
        self.screen.set_focus(self.query_one(Input))

    def action_cancel(self) -> None:
        self.post_message(self.Cancelled())

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Changed(event.value))

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Accepted())
