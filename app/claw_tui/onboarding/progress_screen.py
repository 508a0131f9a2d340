"""Steps and output of a run or an undo while it is at work, and what came of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Log, Static
from textual.worker import Worker, WorkerState

from claw_tui.onboarding.text import LABEL_WIDTH, step_lines
from claw_tui.onboarding.unfinished import failure_sections
from claw_tui.shell.confirm_sheet import ConfirmSheet
from claw_tui.shell.painting import paint
from claw_tui.text.sections import Section, lay_out
from claw_tui.text.sheets import Confirmation
from claw_tui.text.values import clean
from gateway_core.operations import (
    Failure,
    Operation,
    OutputLine,
    Progress,
    Step,
    StepBegan,
    StepEnded,
    internal_failure,
)

_MOST_LINES = 2000
_FRAME = 6


@dataclass
class Progressed(Message):
    """A step began or ended, or the product's command printed a line."""

    event: Progress


class ProgressScreen(ModalScreen[None]):
    """Subclasses own the work, which ends with this screen, and say what came of it."""

    CSS_PATH = "progress_screen.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Leave"),
        Binding("enter", "close", "Close"),
    ]

    def __init__(self, heading: str) -> None:
        super().__init__()
        self._heading = heading
        self._steps: list[Step] = []
        self._over = False
        self._asking: ConfirmSheet | None = None
        self._at_work: Worker[None] | None = None

    def compose(self) -> ComposeResult:
        """The steps above, what the command prints below."""
        with Container(id="run") as box:
            box.border_title = self._heading
            box.border_subtitle = "esc: stop"
            yield Static(id="steps")
            yield Log(id="output", max_lines=_MOST_LINES)

    def on_mount(self) -> None:
        """Begin once the screen has its size: what fails at once has to be laid out, too."""
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        self._at_work = self.run_worker(self.work(), group="onboarding", exit_on_error=False)

    @property
    def is_at_work(self) -> bool:
        """Whether leaving would stop it in the middle."""
        return not self._over

    async def work(self) -> None:
        """What is shown here; ends with a message of the subclass's own."""
        raise NotImplementedError

    def before_stopping(self) -> Confirmation:
        """What is asked before it is stopped in the middle."""
        raise NotImplementedError

    @property
    def steps(self) -> tuple[Step, ...]:
        """Those that are over."""
        return tuple(self._steps)

    def say_stopped(self) -> None:
        """Called when it was stopped in the middle."""

    def tell(self, event: Progress) -> None:
        """Called while it is at work."""
        self.post_message(Progressed(event))

    def show_end(self, heading: str, keys: str, sections: Iterable[Section]) -> None:
        """It is over, and this came of it."""
        self._over = True
        if self._asking is not None and self._asking.is_current:
            self._asking.dismiss(False)  # there is nothing to stop any more
        box = self.query_one("#run")
        box.border_title, box.border_subtitle = heading, keys
        self.query_one("#steps", Static).update(paint(lay_out(sections, self.size.width - _FRAME, LABEL_WIDTH)))

    def show_failure(self, heading: str, failure: Failure) -> None:
        """It could not even begin: why, and what to do."""
        self.show_end(heading, "enter: close", failure_sections(failure))

    @on(Worker.StateChanged)
    def _show_own_error(self, event: Worker.StateChanged) -> None:
        """It ended on an error of claw-tui's own: the user sees it, and the dashboard goes on."""
        error = event.worker.error
        if event.worker is self._at_work and event.state is WorkerState.ERROR and isinstance(error, Exception):
            failure = internal_failure("This stopped on an error of claw-tui", error)
            self.show_failure(f"{self._heading}: not finished", failure)

    @on(Progressed)
    def _hear(self, message: Progressed) -> None:
        log = self.query_one(Log)
        match message.event:
            case StepBegan(operation=Operation.NEW | Operation.UNDO, name=name, command=command):
                self._show_steps(name)
                if command:
                    log.write_line(f"$ {clean(command)}")
            case OutputLine(text=text):
                log.write_line(f"  {clean(text)}")
            case StepEnded(operation=Operation.NEW | Operation.UNDO, step=step):
                self._steps.append(step)
                self._show_steps(None)
            case _:
                pass

    def _show_steps(self, current: str | None) -> None:
        self.query_one("#steps", Static).update(paint(step_lines(self._steps, current)))

    def action_close(self) -> None:
        """Close, once it is over."""
        if self._over:
            self.dismiss(None)

    def action_leave(self) -> None:
        """Close; while it is at work, ask first."""
        if self._over:
            self.dismiss(None)
        elif not isinstance(self.app.screen, ConfirmSheet):
            self._asking = ConfirmSheet(self.before_stopping())
            self.app.push_screen(self._asking, self._stop)

    def _stop(self, agreed: bool | None) -> None:
        self._asking = None
        if agreed and not self._over:
            self.say_stopped()
            self.dismiss(None)
