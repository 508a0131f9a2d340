"""A run of the wizard's plan: its steps and output while it is at work, then what is there and what to do next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult, SuspendNotSupported
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Log, Static

from claw_tui.handover import hand_over
from claw_tui.onboarder import Onboarder
from claw_tui.presentation.onboarding import LABEL_WIDTH, result_sections, step_lines
from claw_tui.presentation.questions import Question
from claw_tui.presentation.sections import Section, fact, lay_out
from claw_tui.presentation.values import clean
from claw_tui.screens.confirm_sheet import ConfirmSheet
from claw_tui.screens.wizard import Agreed
from claw_tui.widgets.painting import paint
from gateway_core.lifecycle.operations import Step
from gateway_core.onboarding.progress import Event, OutputLine, StepBegan, StepEnded
from gateway_core.onboarding.result import OnboardingResult

_MOST_LINES = 2000
_FRAME = 6
_TERMINAL_PART = "configure"


@dataclass
class RunProgressed(Message):
    """A step began or ended, or the product's command printed a line."""

    event: Event


@dataclass
class RunEnded(Message):
    """The run is over."""

    result: OnboardingResult


class OnboardingRunScreen(ModalScreen[None]):
    """Owns the run: it ends with this screen."""

    CSS_PATH = "onboarding_run.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Leave"),
        Binding("enter", "close", "Close"),
        Binding("l", "login", "Provider and channels"),
        Binding("y", "copy", "Copy the command"),
        Binding("ctrl+c,ctrl+q", "leave", show=False, priority=True),
    ]

    def __init__(self, onboarder: Onboarder, agreed: Agreed) -> None:
        super().__init__()
        self._onboarder = onboarder
        self._agreed = agreed
        self._terminal = onboarder.terminal_command(agreed.plan, agreed.offer, _TERMINAL_PART)
        self._steps: list[Step] = []
        self._result: OnboardingResult | None = None

    def compose(self) -> ComposeResult:
        """The steps above, what the command prints below."""
        with Container(id="run") as box:
            box.border_title = f"Creating {clean(self._agreed.plan.instance)}"
            box.border_subtitle = "esc: stop"
            yield Static(id="steps")
            yield Log(id="output", max_lines=_MOST_LINES)

    def on_mount(self) -> None:
        """Begin."""
        self.run_worker(self._run(), group="onboarding")

    async def _run(self) -> None:
        def tell(event: Event) -> None:
            self.post_message(RunProgressed(event))

        self.post_message(RunEnded(await self._onboarder.run(self._agreed.plan, tell)))

    @on(RunProgressed)
    def _hear(self, message: RunProgressed) -> None:
        log = self.query_one(Log)
        match message.event:
            case StepBegan(name=name, command=command):
                self._show_steps(name)
                if command:
                    log.write_line(f"$ {clean(command)}")
            case OutputLine(text=text):
                log.write_line(f"  {clean(text)}")
            case StepEnded(step=step):
                self._steps.append(step)
                self._show_steps(None)
            case _:
                pass

    def _show_steps(self, current: str | None) -> None:
        self.query_one("#steps", Static).update(paint(step_lines(self._steps, current)))

    @on(RunEnded)
    def _show_result(self, message: RunEnded) -> None:
        self._result = message.result
        box = self.query_one("#run")
        box.border_title = f"{clean(message.result.instance)}: {'done' if message.result.ok else 'not finished'}"
        keys = "l: provider and channels   y: copy that command   " if message.result.ok else ""
        box.border_subtitle = f"{keys}enter: close"
        sections = result_sections(message.result, self._terminal.shown)
        columns = self.size.width - _FRAME
        self.query_one("#steps", Static).update(paint(lay_out(sections, columns, LABEL_WIDTH)))

    def action_close(self) -> None:
        """Close, once it is over."""
        if self._result is not None:
            self.dismiss(None)

    def action_leave(self) -> None:
        """Close; while it runs, ask first."""
        if self._result is not None:
            self.dismiss(None)
        elif not isinstance(self.app.screen, ConfirmSheet):
            self.app.push_screen(ConfirmSheet(self._before_stopping()), self._stop)

    def _before_stopping(self) -> Question:
        instance = clean(self._agreed.plan.instance)
        facts = (
            fact("", "Its product's command is ended. What it has created stays, and is written down."),
            fact("go on", f"claw-tui new --resume {instance}"),
            fact("take back", f"claw-tui new --undo {instance}"),
        )
        return Question(
            f"Stop creating {instance}?", (Section("If you stop now", facts),), "Stop", "Go on", LABEL_WIDTH
        )

    def _stop(self, agreed: bool | None) -> None:
        if agreed and self._result is None:
            self.app.notify(
                f"To finish it: claw-tui new --resume {clean(self._agreed.plan.instance)}",
                title="Stopped",
                severity="warning",
                timeout=20,
                markup=False,
            )
            self.dismiss(None)

    def action_copy(self) -> None:
        """Copy the command for provider and channels."""
        self.app.copy_to_clipboard(self._terminal.shown)
        self.app.notify(clean(self._terminal.shown), title="Copied the command", markup=False)

    def action_login(self) -> None:
        """Give the terminal to the product's own questions about provider and channels."""
        if self._result is not None and self._result.ok:
            self.run_worker(self._log_in(), group="terminal")

    async def _log_in(self) -> None:
        try:
            status = await hand_over(self.app, self._terminal)
        except SuspendNotSupported:
            self.action_copy()
        except OSError as error:
            self.app.notify(clean(f"{self._terminal.shown}: {error.strerror}"), severity="error", markup=False)
        else:
            self.app.notify(f"It ended with exit code {status}.", timeout=4)
