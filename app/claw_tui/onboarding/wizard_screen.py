"""The wizard: one question per step, beside the plan and the port map that would follow. It runs nothing itself."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from time import monotonic
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.events import Event, Key, Paste
from textual.message import Message
from textual.widgets import OptionList

from claw_tui.actions.registry import LEAVE
from claw_tui.hosts.onboarding import FoundDistribution, Onboarder
from claw_tui.onboarding.product_search_text import search_lines, search_title
from claw_tui.onboarding.text import failure_lines
from claw_tui.onboarding.wizard_questions import YES, WizardStep
from claw_tui.onboarding.wizard_state import NotPlanned, PlanOutcome, WizardState
from claw_tui.onboarding.wizard_widgets import PlanPanel, QuestionBox
from claw_tui.shell.clipboard import copy_text
from claw_tui.shell.dashboard_app import Observed
from claw_tui.shell.overlay import Overlay
from claw_tui.text.hints import Hint
from claw_tui.text.values import clean
from gateway_core.onboarding.choices import ChoiceProblem
from gateway_core.onboarding.commands import CommandSearch
from gateway_core.onboarding.plan import Plan
from gateway_core.redaction.errors import error_in_words
from gateway_core.snapshot import Snapshot

_PREVIEWED = (WizardStep.DISTRIBUTION, WizardStep.PRESET, WizardStep.BIND, WizardStep.TOKEN, WizardStep.RUNNING)
"""The steps where moving to an answer shows its plan at once; the others take a deliberate Enter."""
_WIDE = 110
_KEYS = "enter: next   shift+tab: back   pgup/pgdn: scroll the plan   esc: cancel"
_REVIEW_KEYS = "enter: create it   y: copy   pgdn: read on   shift+tab: back   esc: cancel"
_NOT_FOUND_ADVICE = "Press r to look again. Without the wizard: claw-tui new --help"
_SEARCH_KEYS = "esc: cancel"
_LEAVE_KEYS = "y: leave   n, esc: go on"
_NOT_FOUND_KEYS = "r: look again   esc: cancel"
_LEAVE, _AGAIN = "escape", "r"
_LINE_BREAK = re.compile(r"\r\n|\r|\n")


@dataclass
class DistributionsFound(Message):
    """The products on this host."""

    distributions: tuple[FoundDistribution, ...]


@dataclass
class SearchFailed(Message):
    """An error of claw-tui while it looked for products."""

    reason: str


class WizardScreen(Overlay[Plan]):
    """The wizard. It ends with the plan that was agreed to, or with nothing.

    It reads all keys itself, and does all that one of them asks for before it takes the next. So a key always means the
    question that its predecessors have led to, however fast they come.
    """

    CSS_PATH = "wizard_screen.tcss"
    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Cancel"),
        Binding("pagedown", "turn_page(1)", "Scroll the plan"),
        Binding("pageup", "turn_page(-1)", "Scroll the plan"),
        Binding("y", "copy", "Copy the commands"),
        *LEAVE,
    ]

    def __init__(self, onboarder: Onboarder, snapshot: Snapshot, newer: Observed[Snapshot | None], hint: Hint) -> None:
        """`snapshot` is the host as it is now; the newer ones are followed. `hint` puts keys in place of commands."""
        super().__init__()
        self.HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (_WIDE, "-wide")]
        self._onboarder = onboarder
        self._snapshot = snapshot
        self._newer = newer
        self._hint = hint
        self._state: WizardState | None = None
        self._search: ProductSearch | None = ProductSearch(monotonic())
        self._seen_from = 0.0  # the moment from which on the plan that is to be agreed to was on the screen

    def compose(self) -> ComposeResult:
        with Container(id="wizard"), Container(id="body"):
            yield QuestionBox(id="asked")
            yield PlanPanel(id="result")

    def on_mount(self) -> None:
        self._look_for_products()
        self._newer.follow(self, self._take_snapshot, at_once=False)
        self.set_interval(1, self._show_search)

    def _look_for_products(self) -> None:
        self._set_title("New gateway", _SEARCH_KEYS)
        self._search = ProductSearch(monotonic())
        self._show_search()
        self.call_after_refresh(self._find_distributions)

    def _show_search(self) -> None:
        """Say what is waited for, and for how long."""
        if self._search is not None:
            self._box.tell(search_title(monotonic() - self._search.began))
            self._box.comment(search_lines(self._search.products.values(), self._box.columns))

    def _note_search(self, found: CommandSearch) -> None:
        if self._search is not None:
            self._search.products[found.distribution] = found
            self._show_search()

    @work(group="distributions", exclusive=True)
    async def _find_distributions(self) -> None:
        try:
            self.post_message(DistributionsFound(await self._onboarder.find_distributions(self._note_search)))
        except Exception as error:  # noqa: BLE001  the boundary: whatever it is, the user is told
            self.post_message(SearchFailed(error_in_words(error)))

    @on(DistributionsFound)
    def _begin(self, message: DistributionsFound) -> None:
        self._search = None
        self._show_step(WizardState.begin(message.distributions, self._snapshot))

    @on(SearchFailed)
    def _show_search_failure(self, message: SearchFailed) -> None:
        self._search = None
        self._set_title("New gateway", _NOT_FOUND_KEYS)
        self._box.tell("Which products are installed could not be found out.")
        self._box.comment(failure_lines(clean(message.reason), _NOT_FOUND_ADVICE, self._box.columns))

    def _take_snapshot(self) -> None:
        snapshot = self._newer.value
        if snapshot is None:
            return
        self._snapshot = snapshot
        if self._state is not None:
            self._state = self._state.with_snapshot(snapshot)
            self._plan_soon()

    @property
    def _box(self) -> QuestionBox:
        return self.query_one(QuestionBox)

    def _current_state(self) -> WizardState | None:
        """Return where the user is; `None` once they have left: then nothing is to be shown or left any more."""
        return self._state if self.app.is_running and self.is_active else None

    def _set_title(self, title: str, keys: str) -> None:
        frame = self.query_one("#wizard")
        frame.border_title, frame.border_subtitle = title, keys

    def _show_step(self, state: WizardState) -> None:
        self._state = state
        self._set_title(f"New gateway · {state.title}", _keys_of(state))
        self.set_class(state.step is WizardStep.PORT, "-port")
        self.set_class(state.step is WizardStep.RISK, "-risk")
        self._box.ask(state.question)
        self._box.comment(())
        # The plan is there already, from the question before.
        self.call_after_refresh(self._was_shown, state, monotonic())
        self._plan_soon()

    def holds_back(self, event: Event) -> bool:  # noqa: ARG002  `HoldsInput`'s
        """Have answers wait for the first question, and at the review for the plan."""
        state = self._state
        if state is None or state.step is not WizardStep.REVIEW:
            return self._search is not None
        return state.plan is not None and state.shown is None

    async def on_key(self, event: Key) -> None:
        if event.key == _LEAVE:
            self.action_cancel()
            event.stop()
        elif await self._press(event):
            event.stop()

    async def _press(self, key: Key) -> bool:
        if self._state is None:
            if key.key == _AGAIN and self._search is None:
                self._look_for_products()
            return True
        if self._state.asks_to_leave:
            return await self._answer_leave(key, self._state)
        match key.key:
            case "enter" if self._state.step is WizardStep.REVIEW:
                if key.time > self._seen_from:  # else it was pressed before the plan could be read
                    await self._finish(self._state)
            case "enter" | "tab":
                await self._advance(self._state)
            case "shift+tab":
                self._show_step(self._state.back())
            case _ if key.key == _AGAIN and self._state.failed and not self._box.is_typed:
                await self._plan(self._state)
            case "down" if self._box.is_typed:
                await self._take_suggestion(self._state)
            case _:
                return await self._press_in_box(key)
        return True

    async def _answer_leave(self, key: Key, state: WizardState) -> bool:
        if key.key == "y" or (key.key == "enter" and self._box.answer == YES):
            self.dismiss(None)
        elif key.key in ("enter", "n"):
            self._show_step(state.staying())
        else:
            return await self._box.press(key)
        return True

    async def _press_in_box(self, key: Key) -> bool:
        before = self._box.answer
        taken = await self._box.press(key)
        if self._box.answer != before:
            self._preview_answer()
        return taken

    async def on_paste(self, event: Paste) -> None:
        """Take the text as if it were typed; a line break is Enter. Stop where an answer will not do, or is chosen."""
        event.stop()
        first, *others = _LINE_BREAK.split(event.text)
        self._type(first)
        for line in others:
            if self._state is None or not self._box.is_typed or not await self._advance(self._state):
                return
            self._type(line)

    def _type(self, text: str) -> None:
        if text and self._box.is_typed:
            self._box.type_in(text)
            self._preview_answer()

    @on(OptionList.OptionSelected)
    async def _click(self, event: OptionList.OptionSelected) -> None:
        """Take a click; only the mouse selects this way."""
        if self._state is not None and event.option_id == self._box.answer:
            await self._press(Key("enter", None))

    def _preview_answer(self) -> None:
        answer, state = self._box.answer, self._state
        if answer is None or state is None or state.asks_to_leave:
            return
        if self._box.is_typed or state.step in _PREVIEWED:
            self._state = state.with_answer(answer)
            self._plan_soon()

    @work(group="look", exclusive=True)
    async def _plan_soon(self) -> None:
        if self._state is not None:
            await self._plan(self._state)

    async def _plan(self, state: WizardState) -> WizardState | None:
        """Plan with these choices, and show what comes of it; `None` if the user has gone on meanwhile."""
        self._state = state
        planned = await self._planned(state)
        if planned is not None:
            self._state = planned
            self._box.comment(planned.comment(self._box.columns))
            self.query_one(PlanPanel).show(planned.sections, planned.snapshot, planned.gateway)
            self.call_after_refresh(self._was_shown, planned, monotonic())
        return planned

    async def _planned(self, asked: WizardState) -> WizardState | None:
        """Return the state with what its choices come to, on the newest snapshot; `None` if the user has gone on."""
        while True:
            outcome, profile = await self._outcome(asked)
            now = self._current_state()
            if now is None or (now.step, now.choices) != (asked.step, asked.choices):
                return None
            if now.snapshot is asked.snapshot:
                return now.with_outcome(outcome, profile)
            asked = now

    async def _outcome(self, asked: WizardState) -> tuple[PlanOutcome, str | None]:
        """Return what the choices come to, and the name that was proposed."""
        try:
            proposal = await self._onboarder.propose(asked.choices, asked.snapshot, asked.chosen)
        except Exception as error:  # noqa: BLE001  the boundary: whatever it is, the user is told
            return NotPlanned(f"This could not be planned: {error_in_words(error)}"), None
        if isinstance(proposal.outcome, Plan):
            return proposal.outcome, proposal.profile
        return tuple(map(self._with_keys, proposal.outcome)), proposal.profile

    def _with_keys(self, problem: ChoiceProblem) -> ChoiceProblem:
        return problem.model_copy(update={"hint": self._hint(problem.hint)}) if problem.hint else problem

    def _was_shown(self, shown: WizardState, drawn_at: float) -> None:
        before = self._state
        if before is not None:
            self._state = before.after_showing(shown)
            if self._state.shown != before.shown:
                self._seen_from = drawn_at

    async def _advance(self, state: WizardState) -> bool:
        answer = self._box.answer
        if answer is None:
            return False
        if state.declines_existing(answer):
            self._show_step(state.with_answer(answer).at(WizardStep.PROFILE))
            return False
        planned = await self._plan(state.with_answer(answer))
        if planned is None:
            return False
        if planned.can_continue:
            self._show_step(planned.forward())
        elif planned.step is WizardStep.RISK and not planned.failed:
            self._state = planned.with_risk_declined()
            self._box.comment(self._state.comment(self._box.columns))
        return planned.can_continue

    async def _finish(self, state: WizardState) -> None:
        """End with the plan if it still is what was shown; else show what it is now, or ask again what is wrong."""
        if state.shown is None:
            return
        planned = await self._plan(state)
        if planned is None:
            return
        if planned.agreed is not None:
            self.dismiss(planned.agreed)
        elif planned.at_first_problem() is not planned:
            self._show_step(planned.at_first_problem())

    async def _take_suggestion(self, state: WizardState) -> None:
        planned = await self._plan(state)
        if planned is not None and planned.suggestion is not None:
            self._box.put_in(planned.suggestion)
            self._preview_answer()

    def action_turn_page(self, pages: int) -> None:
        self.query_one(PlanPanel).turn_page(pages)

    def action_copy(self) -> None:
        plan = self._state.plan if self._state is not None else None
        if plan is not None:
            copy_text(self.app, "\n".join(command.shown for command in plan.commands), "commands")

    def action_cancel(self) -> None:
        """Leave; ask first where answers would be lost. Asked again, that question is closed."""
        state = self._state
        if state is None or not (state.asks_to_leave or state.would_lose):
            self.dismiss(None)
        else:
            self._show_step(state.staying() if state.asks_to_leave else state.asking_to_leave())


def _keys_of(state: WizardState) -> str:
    if state.asks_to_leave:
        return _LEAVE_KEYS
    return _REVIEW_KEYS if state.step is WizardStep.REVIEW else _KEYS


@dataclass
class ProductSearch:
    """The search for installed products, as far as it is."""

    began: float
    products: dict[str, CommandSearch] = field(default_factory=dict)
