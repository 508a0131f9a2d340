"""A run of the wizard's plan, or of one that was left unfinished: its steps, then what is there and what to do next."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import SuspendNotSupported
from textual.binding import Binding, BindingType
from textual.message import Message

from claw_tui.onboarding.progress_screen import ProgressScreen
from claw_tui.onboarding.text import LABEL_WIDTH, result_sections
from claw_tui.shell.sheets import copy_text
from claw_tui.shell.terminal_handover import hand_over
from claw_tui.text.sections import Section, fact
from claw_tui.text.sheets import Confirmation
from claw_tui.text.values import clean
from gateway_core.lifecycle.invocation import Invocation
from gateway_core.onboarding.plan import OnboardingResult
from gateway_core.operations import Failure, Report, Step


@dataclass
class RunEnded(Message):
    """The run is over."""

    result: OnboardingResult


@dataclass
class RunStopped(Message):
    """The user has stopped it in the middle."""

    instance: str
    steps: tuple[Step, ...]


class TerminalBack(Message):
    """The product has had the terminal, and may have changed everything."""


@dataclass(frozen=True, slots=True)
class Run:
    """What the screen is to carry out."""

    instance: str
    verb: str
    """`Creating`, as its title says."""
    perform: Callable[[Report], Awaitable[OnboardingResult | Failure]]
    terminal: Callable[[OnboardingResult], Awaitable[Invocation | None]]
    """The command with which its product asks about provider and channels, to be run with the terminal handed over."""


class OnboardingRunScreen(ProgressScreen):
    """Owns the run: it ends with this screen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("l", "login", "Provider and channels"),
        Binding("y", "copy", "Copy the command"),
    ]

    def __init__(self, run: Run) -> None:
        super().__init__(f"{run.verb} {clean(run.instance)}")
        self._run = run
        self._terminal: Invocation | None = None

    async def work(self) -> None:
        """Carry it out."""
        outcome = await self._run.perform(self.tell)
        if isinstance(outcome, Failure):
            self.show_failure(f"{clean(self._run.instance)}: nothing to go on with", outcome)
            return
        self._terminal = await self._run.terminal(outcome) if outcome.ok else None
        self.post_message(RunEnded(outcome))

    @on(RunEnded)
    def _show_result(self, message: RunEnded) -> None:
        result = message.result
        keys = "l: provider and channels   y: copy that command   " if self._terminal else ""
        heading = f"{clean(result.instance)}: {'done' if result.ok else 'not finished'}"
        shown = self._terminal.shown if self._terminal else ""
        self.show_end(heading, f"{keys}enter: close", result_sections(result, shown))

    def before_stopping(self) -> Confirmation:
        """What becomes of it then."""
        instance = clean(self._run.instance)
        facts = (
            fact("", "Its product's command is ended. What it has created stays, and is written down."),
            fact("go on", f"claw-tui new --resume {instance}"),
            fact("take back", f"claw-tui new --undo {instance}"),
        )
        return Confirmation(
            f"Stop {self._run.verb.lower()} {instance}?",
            (Section("If you stop now", facts),),
            "Stop",
            "Go on",
            LABEL_WIDTH,
        )

    def say_stopped(self) -> None:
        """How to go on with it; the app hears of it, because this screen is about to close."""
        self.app.post_message(RunStopped(self._run.instance, self.steps))
        text = f"To finish it: claw-tui new --resume {clean(self._run.instance)}"
        self.app.notify(text, title="Stopped", severity="warning", timeout=20, markup=False)

    def action_copy(self) -> None:
        """Copy the command for provider and channels."""
        if self._terminal is not None:
            copy_text(self.app, self._terminal.shown, "command")

    def action_login(self) -> None:
        """Give the terminal to the product's own questions about provider and channels."""
        if self._terminal is not None:
            self.run_worker(self._log_in(self._terminal), group="terminal")

    async def _log_in(self, called: Invocation) -> None:
        try:
            status = await hand_over(self.app, called)
        except SuspendNotSupported:
            self.app.copy_to_clipboard(called.shown)
            text = f"Copied, to be run in another one: {clean(called.shown)}"
            self.app.notify(text, title="This terminal cannot be handed over", timeout=20, markup=False)
        except OSError as error:
            self.app.notify(clean(f"{called.shown}: {error.strerror}"), severity="error", markup=False)
        else:
            self.app.notify(f"It ended with exit code {status}.", timeout=4)
            self.post_message(TerminalBack())
