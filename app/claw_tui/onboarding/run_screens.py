"""The screens of a run and of an undo: steps and output while they are at work, and what came of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult, SuspendNotSupported
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Log, OptionList, Static
from textual.widgets.option_list import Option
from textual.worker import Worker, WorkerState

from claw_tui.onboarding.text import (
    LABEL_WIDTH,
    NOTHING_CREATED,
    failure_sections,
    how_far,
    result_sections,
    step_lines,
    undone_sections,
)
from claw_tui.shell.browser import open_in_browser
from claw_tui.shell.clipboard import copy_text
from claw_tui.shell.confirm_sheet import ConfirmSheet
from claw_tui.shell.guarded_option_list import GuardedOptionList
from claw_tui.shell.overlay import Overlay
from claw_tui.shell.painting import paint
from claw_tui.shell.sheet import Sheet
from claw_tui.shell.terminal_handover import hand_over
from claw_tui.text.hints import Hint
from claw_tui.text.sections import Fact, Section, fact, lay_out
from claw_tui.text.sheet_contents import Confirmation
from claw_tui.text.values import clean
from gateway_core.lifecycle.invocation import Invocation
from gateway_core.onboarding.plan import OnboardingResult, Plan
from gateway_core.onboarding.undo import UndoResult
from gateway_core.operations import (
    Failure,
    Operation,
    OutputLine,
    Progress,
    Report,
    Step,
    StepBegan,
    StepEnded,
    internal_failure,
)
from gateway_core.shell_commands import resume_command, undo_command

if TYPE_CHECKING:
    from gateway_core.onboarding.journal import UnfinishedRun


_MOST_LINES = 2000
_UNDO = Operation.UNDO.verb
_FRAME = 6


@dataclass
class Progressed(Message):
    """A step began or ended, or the product's command printed a line."""

    event: Progress


@dataclass
class WorkEnded(Message):
    """The work of a screen has ended, with this outcome."""

    heading: str
    keys: str
    sections: Sequence[Section]


def _failed(heading: str, failure: Failure) -> WorkEnded:
    return WorkEnded(heading, "enter: close", failure_sections(failure))


class ProgressScreen(Overlay[tuple[Step, ...]]):
    """A screen that shows steps and output of the work that it owns.

    Subclasses do the work, and say what came of it. The screen ends with the steps so far if the user stopped it.
    """

    CSS_PATH = "run_screens.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Leave"), Binding("enter", "close", "Close")]

    def __init__(self, heading: str) -> None:
        super().__init__()
        self._heading = heading
        self._steps: list[Step] = []
        self._over = False
        self._asking: ConfirmSheet | None = None
        self._at_work: Worker[None] | None = None

    def compose(self) -> ComposeResult:
        with Container(id="run") as box:
            box.border_title = self._heading
            box.border_subtitle = "esc: stop"
            yield Static(id="steps")
            yield Log(id="output", max_lines=_MOST_LINES)

    def on_mount(self) -> None:
        """Begin once the screen has its size: what fails at once has to be laid out, too."""
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        self._at_work = self.run_worker(self._do_work(), group="onboarding", exit_on_error=False)

    async def _do_work(self) -> None:
        self.post_message(await self.work())

    @property
    def is_at_work(self) -> bool:
        """Whether leaving would stop the work in the middle."""
        return not self._over

    async def work(self) -> WorkEnded:
        """Do the work, and return what came of it."""
        raise NotImplementedError

    def before_stopping(self) -> Confirmation:
        """Return the question before the work is stopped in the middle."""
        raise NotImplementedError

    def tell(self, event: Progress) -> None:
        self.post_message(Progressed(event))

    @on(WorkEnded)
    def _show_end(self, ended: WorkEnded) -> None:
        self._over = True
        if self._asking is not None:
            self._asking.dismiss(False)  # there is nothing to stop any more
        box = self.query_one("#run")
        box.border_title, box.border_subtitle = ended.heading, ended.keys
        self.query_one("#steps", Static).update(paint(lay_out(ended.sections, self.size.width - _FRAME, LABEL_WIDTH)))

    @on(Worker.StateChanged)
    def _show_internal_error(self, event: Worker.StateChanged) -> None:
        """Show an error of claw-tui's own that ended the work; the dashboard goes on."""
        error = event.worker.error
        if event.worker is self._at_work and event.state is WorkerState.ERROR and isinstance(error, Exception):
            failure = internal_failure("This stopped on an error of claw-tui", error)
            self._show_end(_failed(f"{self._heading}: not finished", failure))

    @on(Progressed)
    def _show_progress(self, message: Progressed) -> None:
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
        if self._over:
            self.dismiss(None)

    def action_leave(self) -> None:
        if self._over:
            self.dismiss(None)
        elif not isinstance(self.app.screen, ConfirmSheet):
            self._asking = ConfirmSheet(self.before_stopping())
            self.app.push_screen(self._asking, self._stop)

    def _stop(self, agreed: bool | None) -> None:
        self._asking = None
        if agreed and not self._over:
            self.dismiss(tuple(self._steps))


@dataclass(frozen=True, slots=True)
class RunRequest:
    """A run for its screen to carry out."""

    instance: str
    verb: str  # the first word of the screen's title, such as `Creating`
    perform: Callable[[Report], Awaitable[OnboardingResult | Failure]]
    terminal: Callable[[Plan], Awaitable[Invocation | None]]
    """Returns the product's command for provider and channels, to be run with the terminal handed over."""
    terminal_back: Callable[[], None]
    """Is called when the product has had the terminal, and may have changed everything."""
    hint: Hint
    """Puts keys in the place of commands."""
    resumes: bool = False
    """Whether an earlier run has its journal already, and may have created something."""

    def has_journal(self, steps: Sequence[Step]) -> bool:
        """Whether there is something to resume or to undo after these steps: a new run is only checked at first."""
        return self.resumes or bool(steps)


class OnboardingRunScreen(ProgressScreen):
    """The run of a plan, or of an unfinished run that is resumed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("l", "login", "Provider and channels"),
        Binding("o", "open_ui", "Open the Control UI"),
        Binding("y", "copy", "Copy the command"),
    ]

    def __init__(self, run: RunRequest) -> None:
        super().__init__(f"{run.verb} {clean(run.instance)}")
        self._run = run
        self._terminal: Invocation | None = None
        self._control_url: str | None = None

    async def work(self) -> WorkEnded:
        result = await self._run.perform(self.tell)
        if isinstance(result, Failure):
            return _failed(f"{clean(self._run.instance)}: nothing to go on with", result)
        self._terminal = await self._run.terminal(result.plan) if result.ok else None
        self._control_url = result.control_url
        opens = "o: Control UI   " if self._control_url else ""
        keys = opens + ("l: provider and channels   y: copy   " if self._terminal else "")
        heading = f"{clean(result.instance)}: {'done' if result.ok else 'not finished'}"
        shown = self._terminal.shown if self._terminal else ""
        return WorkEnded(heading, f"{keys}enter: close", result_sections(result, shown, self._run.hint))

    def before_stopping(self) -> Confirmation:
        heading = f"Stop {self._run.verb.lower()} {clean(self._run.instance)}?"
        return Confirmation(heading, (Section("If you stop now", self._if_stopped()),), "Stop", "Go on", LABEL_WIDTH)

    def _if_stopped(self) -> tuple[Fact, ...]:
        if not self._run.has_journal(self._steps):
            return (fact("", NOTHING_CREATED),)
        return (
            fact("", "Its product's command is ended. What it has created stays, and is written down."),
            fact("go on", self._run.hint(str(resume_command(self._run.instance)))),
            fact("take back", self._run.hint(str(undo_command(self._run.instance)))),
        )

    def action_copy(self) -> None:
        if self._terminal is not None:
            copy_text(self.app, self._terminal.shown, "command")

    def action_open_ui(self) -> None:
        if self._control_url is not None:
            self.run_worker(open_in_browser(self.app, self._control_url), group="browser")

    def action_login(self) -> None:
        if self._terminal is not None:
            self.run_worker(self._log_in(self._terminal), group="terminal")

    async def _log_in(self, called: Invocation) -> None:
        try:
            status = await hand_over(self.app, called)
        except SuspendNotSupported:
            self.app.notify("Run the command in another one.", title="This terminal cannot be handed over", timeout=20)
            copy_text(self.app, called.shown, "command")
        except OSError as error:
            self.app.notify(clean(f"{called.shown}: {error.strerror}"), severity="error", markup=False)
        else:
            self.app.notify(f"It ended with exit code {status}.", timeout=4)
            self._run.terminal_back()


class UndoRunScreen(ProgressScreen):
    """The undo of a run."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("y", "copy", "Copy the trash folder")]

    def __init__(self, instance: str, perform: Callable[[Report], Awaitable[UndoResult | Failure]]) -> None:
        super().__init__(f"{_UNDO.gerund.capitalize()} {clean(instance)}")
        self._instance = clean(instance)
        self._perform = perform
        self._trash: str | None = None

    async def work(self) -> WorkEnded:
        result = await self._perform(self.tell)
        if isinstance(result, Failure):
            return _failed(f"{self._instance}: nothing to take back", result)
        word = _UNDO.done if result.ok else f"not {_UNDO.done}"
        self._trash = result.trash
        keys = f"{'y: copy the trash folder   ' if self._trash else ''}enter: close"
        return WorkEnded(f"{self._instance}: {word}", keys, undone_sections(result))

    def action_copy(self) -> None:
        if self._trash is not None:
            copy_text(self.app, self._trash, "path")

    def before_stopping(self) -> Confirmation:
        facts = (fact("", "What has been moved stays in the trash, and is listed there. Undo again to finish it."),)
        heading = f"Stop {_UNDO.doing_to(self._instance)}?"
        return Confirmation(heading, (Section("If you stop now", facts),), "Stop", "Go on", label_width=0)


class UnfinishedRunSheet(Sheet["UnfinishedRun"]):
    """The choice of one of several unfinished runs that have no row. Enter alone, pressed by habit, picks none."""

    AUTO_FOCUS = "OptionList"

    def __init__(self, verb: str, runs: Sequence[UnfinishedRun]) -> None:
        """`verb` is what becomes of the run that is picked."""
        super().__init__(f"{verb} which onboarding?", f"enter: {verb.lower()} the chosen one   esc: leave all")
        self._runs = runs

    def body(self) -> Vertical:
        leave = Option(Content.styled(" Leave it ", "$tone-normal"))
        return Vertical(GuardedOptionList(leave, *map(_option, self._runs)), id="asked")

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.dismiss(self._runs[event.option_index - 1] if event.option_index else None)


def _option(run: UnfinishedRun) -> Option:
    return Option(
        Content.assemble((f" {clean(run.instance)}  ", "$tone-normal"), (f"{clean(how_far(run))} ", "$tone-muted"))
    )
