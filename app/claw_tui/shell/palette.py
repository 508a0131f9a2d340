"""The command palette: Textual's own, safe from keys that come in one burst."""

from __future__ import annotations

from typing import TypeVar

from textual import on
from textual.app import ComposeResult
from textual.await_complete import AwaitComplete
from textual.command import CommandList, CommandPalette
from textual.events import Event, Key
from textual.widgets import Input
from textual.worker import Worker, WorkType

from claw_tui.shell.guarded_option_list import GuardedOptionList

Found = TypeVar("Found")
_TYPED_AT_ONCE = ("backspace", "delete")


class _Commands(CommandList, GuardedOptionList):  # in this order: styles are those of the first base
    """The commands found."""


class Palette(CommandPalette):
    """Takes nothing before it is there and once it closes: Textual would look for its list all the same."""

    def compose(self) -> ComposeResult:
        for widget in super().compose():
            yield _Commands() if isinstance(widget, CommandList) else widget

    def holds_back(self, event: Event) -> bool:
        """Have what picks a command wait for those that fit what was typed."""
        typed = isinstance(event, Key) and (event.is_printable or event.key in _TYPED_AT_ONCE)
        return not typed and any(worker.node is self and not worker.is_finished for worker in self.workers)

    @property
    def _takes_input(self) -> bool:
        return self.is_active and self.is_mounted

    @property
    def _lists_commands(self) -> bool:
        return self._takes_input and bool(self.query_one(CommandList).scrollable_content_region)

    def run_worker(
        self,
        work: WorkType[Found],
        name: str | None = "",
        group: str = "default",
        description: str = "",
        exit_on_error: bool = True,
        start: bool = True,
        exclusive: bool = False,
        thread: bool = False,
    ) -> Worker[Found]:
        """Gather commands; that the list is gone before it begins is no reason to end the dashboard."""
        del exit_on_error
        return super().run_worker(
            work, name, group, description, exit_on_error=False, start=start, exclusive=exclusive, thread=thread
        )

    def dismiss(self, result: None = None) -> AwaitComplete:
        return super().dismiss(result) if self._takes_input else AwaitComplete()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        if not self._takes_input:
            event.stop()
            event.prevent_default()

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        if not self._takes_input:
            event.stop()
            event.prevent_default()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "command_list" and not self._lists_commands:
            return False
        return self._takes_input and super().check_action(action, parameters)
