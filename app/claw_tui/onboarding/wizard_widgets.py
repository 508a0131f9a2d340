"""The wizard's widgets: its answers, the port map with the new gateway in it, and the plan."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.binding import BindingsMap
from textual.containers import VerticalScroll
from textual.content import Content
from textual.events import Key
from textual.widgets import Input, OptionList, Static
from textual.widgets.input import Selection
from textual.widgets.option_list import Option

from claw_tui.onboarding.planned_gateway import PlannedGateway, with_gateway
from claw_tui.onboarding.text import LABEL_WIDTH
from claw_tui.onboarding.wizard_questions import WizardQuestion
from claw_tui.ports.map_view import PortMapView
from claw_tui.shell.guarded_option_list import GuardedOptionList
from claw_tui.shell.painting import paint
from claw_tui.text.sections import Line, Section, lay_out
from gateway_core.snapshot import Snapshot

_NARROWEST = 30


_FIELD_KEYS = BindingsMap(Input.BINDINGS)
_CHOICE_KEYS = BindingsMap((*OptionList.BINDINGS, *GuardedOptionList.BINDINGS))
_PAGE_KEYS = ("pageup", "pagedown")  # for the plan: the answers are few


class _Choices(GuardedOptionList, can_focus=False):
    """Answers to choose from."""


class _Field(Input, can_focus=False):
    """An answer to type."""

    def on_mount(self) -> None:
        """Show the cursor: the field never gets the focus, but all the keys."""
        self.cursor_blink = False
        self.has_focus = True


class QuestionBox(VerticalScroll, can_focus=False):
    """A question, its answers and its problem. Nothing in it takes the focus: it is passed the keys one at a time.

    Textual itself gives a character to the focused widget at once, but Enter, Down or Backspace only after a way by the
    app. In a burst of keys such as `rescue⏎19789⏎` all characters would be in the first field before the first Enter.
    """

    def compose(self) -> ComposeResult:
        yield Static(id="text")
        yield _Choices(id="answers", markup=False)
        yield _Field(id="answer", compact=True)
        yield Static(id="problem")

    def on_mount(self) -> None:
        self._choices.display = self._field.display = False

    @property
    def is_typed(self) -> bool:
        return self._field.display

    @property
    def answer(self) -> str | None:
        """The answer as it stands; `None` for one that cannot be chosen."""
        if self.is_typed:
            return self._field.value
        option = self._choices.highlighted_option
        return option.id if option is not None and not option.disabled else None

    def tell(self, text: str) -> None:
        self._choices.display = self._field.display = False
        self.query_one("#text", Static).update(Content(text))

    def ask(self, question: WizardQuestion) -> None:
        self.tell(question.text)
        if question.answers:
            self._offer(question)
        else:
            self._field.display = True
            self.put_in(question.value)
            self._field.selection = Selection(0, len(question.value))  # what is typed replaces it
        self.scroll_home(animate=False)

    def put_in(self, text: str) -> None:
        with self._field.prevent(Input.Changed):
            self._field.value = text
        self._field.cursor_position = len(text)

    def type_in(self, text: str) -> None:
        if not self.is_typed:
            return
        selection = self._field.selection
        if selection.is_empty:
            self._field.insert_text_at_cursor(text)
        else:
            self._field.replace(text, *selection)

    async def press(self, key: Key) -> bool:
        """Do what the key does here, and return whether it does anything."""
        if self.is_typed and key.is_printable and key.character is not None:
            self.type_in(key.character)
            return True
        if key.key in _PAGE_KEYS:
            return False
        asked = self._field if self.is_typed else self._choices
        found = (_FIELD_KEYS if self.is_typed else _CHOICE_KEYS).key_to_bindings.get(key.key, [])
        for binding in found:
            await self.app.run_action(binding.action, asked)
        return bool(found)

    def comment(self, lines: Sequence[Line]) -> None:
        shown = self.query_one("#problem", Static)
        shown.update(paint(lines))
        if lines:
            self.call_after_refresh(shown.scroll_visible, animate=False)

    @property
    def columns(self) -> int:
        return self.scrollable_content_region.width

    @property
    def _choices(self) -> _Choices:
        return self.query_one(_Choices)

    @property
    def _field(self) -> _Field:
        return self.query_one(_Field)

    def _offer(self, question: WizardQuestion) -> None:
        keys = [one.key for one in question.answers]
        choices = self._choices
        choices.display = True
        choices.clear_options()
        choices.add_options(Option(one.text, id=one.key, disabled=not one.possible) for one in question.answers)
        choices.highlighted = keys.index(question.value) if question.value in keys else 0


class PlanPanel(VerticalScroll, can_focus=False):
    """The port map with the new gateway in it, and the plan laid out in the panel's own width."""

    def __init__(self, id: str) -> None:  # noqa: A002  Textual's name
        super().__init__(id=id)
        self._sections: Sequence[Section] = ()

    def compose(self) -> ComposeResult:
        yield PortMapView(id="map", crops=True)
        yield Static(id="plan")

    def on_resize(self) -> None:
        self._lay_out()

    def show(self, sections: Sequence[Section], snapshot: Snapshot, gateway: PlannedGateway | None) -> None:
        self._sections = sections
        self._lay_out()
        view = self.query_one(PortMapView)
        if gateway is None:
            view.show(snapshot, frozenset(), None)
        else:
            view.show(with_gateway(snapshot, gateway), frozenset({gateway.id}), gateway.base)

    def turn_page(self, pages: int) -> None:
        if pages > 0:
            self.scroll_page_down(animate=False)
        else:
            self.scroll_page_up(animate=False)

    def _lay_out(self) -> None:
        columns = max(_NARROWEST, self.scrollable_content_region.width)
        self.query_one("#plan", Static).update(paint(lay_out(self._sections, columns, LABEL_WIDTH)))
