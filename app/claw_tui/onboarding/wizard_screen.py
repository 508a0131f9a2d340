"""The wizard: one question per step, beside the plan and the port map that would follow. It runs nothing itself."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.events import Key, Paste
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import OptionList

from claw_tui.actions.registry import LEAVE
from claw_tui.hosts.onboarding import Offer, Onboarder
from claw_tui.onboarding.text import failure_lines
from claw_tui.onboarding.wizard_questions import WizardStep
from claw_tui.onboarding.wizard_state import Journey, NotPlanned, Outcome
from claw_tui.onboarding.wizard_widgets import PlanPanel, QuestionBox
from claw_tui.shell.observed import Observed
from claw_tui.text.values import clean
from gateway_core.onboarding.plan import Plan
from gateway_core.redaction import redact
from gateway_core.snapshot import Snapshot


class Planner:
    """Asks the onboarder what choices come to. The newest ones win, on the newest picture of the host."""

    def __init__(self, onboarder: Onboarder, newest: Callable[[], Journey | None]) -> None:
        """`newest`: where the user is by now; `None` if they have left."""
        self._onboarder = onboarder
        self._newest = newest

    async def plan(self, asked: Journey) -> Journey | None:
        """The journey with its plan, or with what is wrong; `None` if the user has gone on or left meanwhile."""
        while True:
            outcome = await self._outcome(asked)
            now = self._newest()
            if now is None or (now.step, now.choices) != (asked.step, asked.choices):
                return None
            if now.snapshot is asked.snapshot:
                return now.planned(outcome)
            asked = now

    async def _outcome(self, asked: Journey) -> Outcome:
        try:
            return await self._onboarder.plan(asked.choices, asked.snapshot, asked.offer)
        except Exception as error:  # noqa: BLE001  the boundary: whatever it is, the user is told
            return NotPlanned(redact(f"This could not be planned: {type(error).__name__}: {error}"))


_LIVE = (WizardStep.DISTRIBUTION, WizardStep.PRESET, WizardStep.BIND, WizardStep.TOKEN, WizardStep.RUNNING)
"""Where moving over an answer shows at once what would come of it; the others take a deliberate Enter."""
_WIDE = 110
_KEYS = "enter: next   shift+tab: back   pgup/pgdn: scroll the plan   esc: cancel"
_REVIEW_KEYS = "enter: create it   y: copy the commands   shift+tab: back   esc: cancel"
_NOT_FOUND_ADVICE = "Press r to look again. Without the wizard: claw-tui new --help"
_NOT_FOUND_KEYS = "r: look again   esc: cancel"
_LEAVE, _AGAIN = "escape", "r"
_AT_ONCE = ("pageup", "pagedown")
"""Keys that no answer waits for."""
_LINE_BREAK = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Agreed:
    """What the user wants to be run."""

    plan: Plan
    offer: Offer


@dataclass
class OffersFound(Message):
    """The products and their commands were looked for."""

    offers: tuple[Offer, ...]


@dataclass
class LookFailed(Message):
    """An error of claw-tui, while it looked for products."""

    reason: str


class WizardScreen(ModalScreen[Agreed]):
    """Ends with what was agreed to, or with nothing.

    It reads all keys itself, and does all that one of them asks for before it looks at the next. So a key always means
    the question that its predecessors have led to, however fast they come.
    """

    CSS_PATH = "wizard_screen.tcss"
    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Cancel"),
        Binding("pagedown", "turn_page(1)", "Scroll the plan"),
        Binding("pageup", "turn_page(-1)", "Scroll the plan"),
        Binding("y", "copy", "Copy the commands"),
        LEAVE,
    ]

    def __init__(self, onboarder: Onboarder, snapshot: Snapshot, newer: Observed[Snapshot | None]) -> None:
        """`snapshot` is the host as it is now; the newer ones are followed."""
        super().__init__()
        self.HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (_WIDE, "-wide")]
        self._onboarder = onboarder
        self._planner = Planner(onboarder, self._newest)
        self._snapshot = snapshot
        self._newer = newer
        self._journey: Journey | None = None
        self._feed = KeyFeed(self._press)

    def compose(self) -> ComposeResult:
        """The question, and what would come of the answers."""
        with Container(id="wizard"), Container(id="body"):
            yield QuestionBox(id="asked")
            yield PlanPanel(id="result")

    def on_mount(self) -> None:
        """Look for the products."""
        self._look_for_products()
        self._newer.follow(self, self._follow, at_once=False)

    def _look_for_products(self) -> None:
        self._entitle("New gateway", _KEYS)
        self._box.tell("Looking for installed products…")
        self._box.comment(())
        self._feed.hold()
        self.call_after_refresh(self._find_offers)

    @work(group="offers", exclusive=True)
    async def _find_offers(self) -> None:
        try:
            self.post_message(OffersFound(await self._onboarder.offers()))
        except Exception as error:  # noqa: BLE001  the boundary: whatever it is, the user is told
            self.post_message(LookFailed(f"{type(error).__name__}: {error}"))

    @on(OffersFound)
    async def _begin(self, message: OffersFound) -> None:
        self._show_step(Journey.begin(message.offers, self._snapshot))
        await self._feed.release()

    @on(LookFailed)
    def _say_what_failed(self, message: LookFailed) -> None:
        self._feed.drop()
        self._entitle("New gateway", _NOT_FOUND_KEYS)
        self._box.tell("Which products are installed could not be found out.")
        self._box.comment(failure_lines(clean(message.reason), _NOT_FOUND_ADVICE, self._box.columns))

    def _follow(self) -> None:
        snapshot = self._newer.value
        if snapshot is None:
            return
        self._snapshot = snapshot
        if self._journey is not None:
            self._journey = self._journey.seen(snapshot)
            self._look_soon()

    @property
    def _box(self) -> QuestionBox:
        return self.query_one(QuestionBox)

    def _newest(self) -> Journey | None:
        """Where the user is; `None` once they have left, and nothing is to be shown or left any more."""
        return self._journey if self.app.is_running and self.is_active else None

    def _entitle(self, title: str, keys: str) -> None:
        frame = self.query_one("#wizard")
        frame.border_title, frame.border_subtitle = title, keys

    def _show_step(self, journey: Journey) -> None:
        self._journey = journey
        self._entitle(f"New gateway · {journey.title}", _REVIEW_KEYS if journey.step is WizardStep.REVIEW else _KEYS)
        self.set_class(journey.step is WizardStep.PORT, "-port")
        self.set_class(journey.step is WizardStep.RISK, "-risk")
        self._box.ask(journey.question)
        self._box.comment(())
        self.call_after_refresh(self._was_shown, journey)  # its plan is there already, from the question before
        self._look_soon()

    async def on_key(self, event: Key) -> None:
        """Answer keys one by one; a screen that is over answers nothing any more."""
        if event.key == _LEAVE and self.is_active:
            self.action_cancel()
        if not self.is_active or (event.key not in _AT_ONCE and await self._feed.take(event)):
            event.stop()

    async def _press(self, key: Key) -> bool:
        if self._journey is None:
            if key.key == _AGAIN:
                self._look_for_products()
            return True
        match key.key:
            case "enter" if self._journey.step is WizardStep.REVIEW:
                await self._finish(self._journey)
            case "enter" | "tab":
                await self._advance(self._journey)
            case "shift+tab":
                self._show_step(self._journey.back())
            case _ if key.key == _AGAIN and self._journey.failed and not self._box.is_typed:
                await self._look(self._journey)
            case "down" if self._box.is_typed:
                await self._take_suggestion(self._journey)
            case _:
                return await self._press_in_box(key)
        return True

    async def _press_in_box(self, key: Key) -> bool:
        before = self._box.answer
        taken = await self._box.press(key)
        if self._box.answer != before:
            self._consider()
        return taken

    async def on_paste(self, event: Paste) -> None:
        """As if it were typed: a line break is Enter. It ends where an answer will not do, or is not to be typed."""
        event.stop()
        first, *others = _LINE_BREAK.split(event.text)
        self._type(first)
        for line in others:
            if self._journey is None or not self._box.is_typed or not await self._advance(self._journey):
                return
            self._type(line)

    def _type(self, text: str) -> None:
        if text and self._box.is_typed:
            self._box.type_in(text)
            self._consider()

    @on(OptionList.OptionSelected)
    async def _click(self, event: OptionList.OptionSelected) -> None:
        """Only the mouse selects this way."""
        if self._journey is not None and event.option_id == self._box.answer:
            await (self._finish if self._journey.step is WizardStep.REVIEW else self._advance)(self._journey)

    def _consider(self) -> None:
        """Show what would come of the answer as it stands."""
        answer, journey = self._box.answer, self._journey
        if answer is not None and journey is not None and (self._box.is_typed or journey.step in _LIVE):
            self._journey = journey.answered(answer)
            self._look_soon()

    @work(group="look", exclusive=True)
    async def _look_soon(self) -> None:
        if self._journey is not None:
            await self._look(self._journey)

    async def _look(self, journey: Journey) -> Journey | None:
        """Plan with these choices, and show what comes of it; `None` if the user has gone on meanwhile."""
        self._journey = journey
        planned = await self._planner.plan(journey)
        if planned is not None:
            self._journey = planned
            self._box.comment(planned.comment(self._box.columns))
            self.query_one(PlanPanel).show(planned.sections, planned.snapshot, planned.proposal)
            self.call_after_refresh(self._was_shown, planned)
        return planned

    def _was_shown(self, shown: Journey) -> None:
        if self._journey is not None:
            self._journey = self._journey.read(shown)

    async def _advance(self, journey: Journey) -> bool:
        """To the next question; stay, if the answer will not do."""
        answer = self._box.answer
        if answer is None:
            return False
        if journey.declines(answer):
            self._show_step(journey.answered(answer).at(WizardStep.PROFILE))
            return False
        planned = await self._look(journey.answered(answer))
        if planned is None:
            return False
        if planned.may_go_on:
            self._show_step(planned.onwards())
        elif planned.step is WizardStep.RISK and not planned.failed:
            self._journey = planned.stopped_at_risk()
            self._box.comment(self._journey.comment(self._box.columns))
        return planned.may_go_on

    async def _finish(self, journey: Journey) -> None:
        """End with the plan if it still is what was shown; else show what it is now, or ask again what is wrong."""
        if journey.shown is None:
            return
        planned = await self._look(journey)
        if planned is None:
            return
        if planned.agreed is not None:
            self.dismiss(Agreed(planned.agreed, planned.offer))
        elif planned.at_what_is_wrong() is not planned:
            self._show_step(planned.at_what_is_wrong())

    async def _take_suggestion(self, journey: Journey) -> None:
        """Put in what would do instead."""
        planned = await self._look(journey)
        trouble = planned.trouble if planned is not None else None
        if trouble is not None and trouble.suggestion is not None:
            self._box.put_in(trouble.suggestion)
            self._consider()

    def action_turn_page(self, pages: int) -> None:
        """Scroll the plan."""
        self.query_one(PlanPanel).turn_page(pages)

    def action_copy(self) -> None:
        """Copy the commands of the plan."""
        plan = self._journey.plan if self._journey is not None else None
        if plan is not None:
            self.app.copy_to_clipboard("\n".join(command.shown for command in plan.commands))
            self.app.notify("Copied the commands.", timeout=4)

    def action_cancel(self) -> None:
        """Leave; nothing was touched."""
        self.dismiss(None)


class KeyFeed:
    """Passes keys on, one after the other; those that come too early wait for their turn."""

    def __init__(self, press: Callable[[Key], Awaitable[bool]]) -> None:
        """`press` does what a key asks for, and says whether that is anything."""
        self._press = press
        self._waiting: list[Key] | None = None

    def hold(self) -> None:
        """From now on keys wait."""
        self._waiting = []

    def drop(self) -> None:
        """Those that waited mean nothing any more; the next are passed on."""
        self._waiting = None

    async def release(self) -> None:
        """Pass on those that waited, and all that follow."""
        waiting, self._waiting = self._waiting or (), None
        for key in waiting:
            await self._press(key)

    async def take(self, key: Key) -> bool:
        """Pass it on, or let it wait; whether it has been or will be answered."""
        if self._waiting is None:
            return await self._press(key)
        self._waiting.append(key)
        return True
