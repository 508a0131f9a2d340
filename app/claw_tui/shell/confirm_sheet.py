"""The sheet that asks for a confirmation."""

from collections.abc import Iterator
from time import monotonic
from typing import ClassVar

from rich.console import RenderableType
from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.events import Event, Key
from textual.widgets import Input, Label, OptionList, Static
from textual.widgets.option_list import Option

from claw_tui.shell.guarded_option_list import GuardedOptionList
from claw_tui.shell.mode_screen import ModeScreen
from claw_tui.shell.painting import paint
from claw_tui.shell.sheet import Sheet
from claw_tui.text.sections import lay_out
from claw_tui.text.sheet_contents import Confirmation
from claw_tui.text.values import clean

_WIDEST = 80
_SHEET_SHARE = 0.9  # of the height of the screen, at most
_FRAME_AND_CHOICE_LINES = 6
_LEAST_TEXT_LINES = 3
_UNANSWERED_S = 8
_AGREE, _DECLINE = "agree", "decline"
_LEAVING = ("escape",)
_DECLINING = (*_LEAVING, "q", "n")  # where no word is typed


class ConfirmSheet(Sheet[bool]):
    """Answers with `True` only if the user agreed: by a key of its own, or by typing what the question asks for.

    Enter alone never agrees: pressed by habit, it leaves everything as it is. Nor does what was pressed before the
    question was there (see `input_queue.Question`).
    """

    AUTO_FOCUS = "#choice"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "agree", "Agree"),
        Binding("n", "decline", "Decline"),
        Binding("pageup", "page(-1)", "Page up", show=False, priority=True),
        Binding("pagedown", "page(1)", "Page down", show=False, priority=True),
    ]

    def __init__(self, question: Confirmation) -> None:
        self._ways_out = f"esc: {question.decline.lower()}"
        super().__init__(question.heading, self._ways_out)
        self._question = question
        self._seen_from: float | None = None

    def render(self) -> RenderableType:
        if self._seen_from is None:
            self._seen_from = monotonic()
        return super().render()

    def was_seen_at(self, moment: float) -> bool:
        return self._seen_from is not None and self._seen_from <= moment

    def declines(self, event: Event) -> bool:
        return isinstance(event, Key) and event.key in (_DECLINING if self._question.word is None else _LEAVING)

    def close_unanswered(self, event: Event) -> None:
        """Close, and say why nothing was done, and which key asks again."""
        what = self.app.get_key_display(Binding(event.key, "")) if isinstance(event, Key) else "The answer"
        again = f" {self._asking_key} asks again." if self._asking_key else ""
        text = f"{what} came before the question could be read.{again}"
        title = f"Nothing was done: {self._question.heading}"
        self.app.notify(text, title=title, severity="warning", timeout=_UNANSWERED_S, markup=False)
        self.dismiss(False)

    @property
    def _asking_key(self) -> str:
        mode, action = self.app.screen_stack[0], self._question.action
        return mode.key_of(action) if action and isinstance(mode, ModeScreen) else "esc"

    def body(self) -> Vertical:
        text = Static(self._text())
        return Vertical(VerticalScroll(text, id="question", can_focus=False), *self._choice(), id="asked")

    def _text(self) -> Content:
        return paint(lay_out(self._question.sections, self.columns(_WIDEST), self._question.label_width))

    def on_resize(self) -> None:
        """Keep the choice in sight, however many instances are meant; the text scrolls."""
        lines = int(self.app.size.height * _SHEET_SHARE) - _FRAME_AND_CHOICE_LINES
        self.query_one("#question").styles.max_height = max(_LEAST_TEXT_LINES, lines)
        self.query_one("#question Static", Static).update(self._text())
        self.call_after_refresh(self._show_scroll_hint)

    def _show_scroll_hint(self) -> None:
        more = self.query_one("#question").max_scroll_y > 0
        self.query_one("#sheet").border_subtitle = Content(f"PgDn: more, {self._ways_out}" if more else self._ways_out)

    def action_page(self, step: int) -> None:
        text = self.query_one("#question")
        text.scroll_relative(y=step * text.size.height, animate=False)

    def _choice(self) -> Iterator[Input | Label | OptionList]:
        word = self._question.word
        if word is None:
            decline = _option("n", self._question.decline, _DECLINE)
            yield GuardedOptionList(decline, _option("y", self._question.agree, _AGREE), id="choice")
        else:
            yield Label(f"{self._question.agree}: type {word} and press enter", markup=False)
            yield Input(compact=True, id="choice")
            yield Label(id="wrong", markup=False)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "agree" and self._question.word is not None:
            return False
        return super().check_action(action, parameters)

    def action_agree(self) -> None:
        self.dismiss(True)

    def action_decline(self) -> None:
        self.dismiss(False)

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.dismiss(event.option_id == _AGREE)

    @on(Input.Submitted)
    def _typed(self, event: Input.Submitted) -> None:
        event.stop()
        typed = event.value.strip()
        if typed == self._question.word:
            self.dismiss(True)
            return
        event.input.value = ""
        wanted = f"“{clean(typed)}” agrees to nothing: it has to be {self._question.word}"
        self.query_one("#wrong", Label).update(Content.styled(wanted if typed else "", "$tone-warning"))


class LeaveSheet(ConfirmSheet):
    """The question whether to leave while operations run; a class of its own, so that it is recognised."""


def _option(key: str, text: str, name: str) -> Option:
    return Option(Content.assemble((f" {key}  ", "$tone-notice"), (f"{text} ", "$tone-normal")), id=name)
