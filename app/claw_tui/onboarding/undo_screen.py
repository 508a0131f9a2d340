"""An undo of an onboarding: its steps, then where what was taken away is now."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.message import Message

from claw_tui.onboarding.progress_screen import ProgressScreen
from claw_tui.onboarding.unfinished import undone_sections
from claw_tui.shell.sheets import copy_text
from claw_tui.text.sections import Section, fact
from claw_tui.text.sheets import Confirmation
from claw_tui.text.values import clean
from gateway_core.onboarding.undo import UndoResult
from gateway_core.operations import Failure, Operation, Report

_VERB = Operation.UNDO.verb


@dataclass
class UndoEnded(Message):
    """The undo is over."""

    result: UndoResult


class UndoRunScreen(ProgressScreen):
    """Owns the undo: it ends with this screen."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("y", "copy", "Copy the trash folder")]

    def __init__(self, instance: str, perform: Callable[[Report], Awaitable[UndoResult | Failure]]) -> None:
        super().__init__(f"{_VERB.gerund.capitalize()} {clean(instance)}")
        self._instance = clean(instance)
        self._perform = perform
        self._trash: str | None = None

    async def work(self) -> None:
        """Do it."""
        outcome = await self._perform(self.tell)
        if isinstance(outcome, Failure):
            self.show_failure(f"{self._instance}: nothing to take back", outcome)
        else:
            self.post_message(UndoEnded(outcome))

    @on(UndoEnded)
    def _show_result(self, message: UndoEnded) -> None:
        word = _VERB.done if message.result.ok else f"not {_VERB.done}"
        self._trash = message.result.trash
        keys = f"{'y: copy the trash folder   ' if self._trash else ''}enter: close"
        self.show_end(f"{self._instance}: {word}", keys, undone_sections(message.result))

    def action_copy(self) -> None:
        """Copy the path of the trash folder."""
        if self._trash is not None:
            copy_text(self.app, self._trash, "path")

    def before_stopping(self) -> Confirmation:
        """What becomes of it then."""
        facts = (fact("", "What has been moved stays in the trash, and is listed there. Undo again to finish it."),)
        heading = f"Stop {_VERB.doing_to(self._instance)}?"
        return Confirmation(heading, (Section("If you stop now", facts),), "Stop", "Go on", label_width=0)
