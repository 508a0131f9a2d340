"""A mode whose list can be filtered, and the bar in which the filter is typed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Label

from claw_tui.shell.bars import ActionBar
from claw_tui.shell.mode_screen import ModeScreen


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
        # Kept, and not looked for: the list may answer while the bar is still being mounted, or removed.
        self._input = Input(text, placeholder=hint, compact=True, select_on_focus=False)
        self._answer = Label("", id="filter-answer", markup=False)

    def compose(self) -> ComposeResult:
        yield Label("/", id="filter-prompt")
        yield self._input
        yield self._answer

    def on_mount(self) -> None:
        self._selecting = self.screen.text_selection_started_signal

    def on_unmount(self) -> None:
        """Have the screen let go of the input, which has it tell of selected text: else each one stays in memory."""
        self._selecting.unsubscribe(self._input)

    def answer(self, text: str, *, wrong: bool) -> None:
        """Show the effect of the filter: how many rows are left, or what is wrong with it."""
        self._answer.update(text)
        self._answer.set_class(wrong, "-wrong")

    def edit(self) -> None:
        self._input.focus()

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


class FilteredScreen(ModeScreen):
    """Shows a filter bar while a filter is typed or kept; the widget of `AUTO_FOCUS` is what it filters."""

    FILTER_HINT: ClassVar[str] = "a regular expression; ! turns it around"

    @property
    def filter_text(self) -> str:
        """The filter that counts, as it was typed."""
        raise NotImplementedError

    def filter_by(self, text: str) -> None:
        raise NotImplementedError

    def show_all(self) -> None:
        self.filter_by("")

    @property
    def filtered(self) -> bool:
        return bool(self.filter_text)

    async def action_filter(self) -> None:
        bars = self.query(FilterBar)
        bar = bars.first() if bars else FilterBar(self.FILTER_HINT, self.filter_text)
        if not bars:
            await self.mount(bar, before=self.query_one(ActionBar))
        bar.edit()

    async def action_clear_filter(self) -> None:
        await self.remove_filter_bar()
        self._focus_list()
        self.show_all()

    async def remove_filter_bar(self) -> None:
        await self.query(FilterBar).remove()

    def answer_filter(self, answer: str, error: str | None = None) -> None:
        """Say beside the filter what came of it, or what is wrong with it."""
        for bar in self.query(FilterBar):
            bar.answer(error or answer, wrong=error is not None)

    @on(FilterBar.Changed)
    def _filter_while_typing(self, event: FilterBar.Changed) -> None:
        self.filter_by(event.text)

    @on(FilterBar.Accepted)
    async def _accept_filter(self) -> None:
        if self.filter_text:
            self._focus_list()
        else:
            await self.action_clear_filter()

    @on(FilterBar.Cancelled)
    async def _cancel_filter(self) -> None:
        await self.action_clear_filter()

    def _focus_list(self) -> None:
        self.query_one(str(self.AUTO_FOCUS)).focus()
