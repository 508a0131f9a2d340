"""The wizard: one question per step, beside the plan and the port map that would follow. It runs nothing itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from claw_tui.actions import LEAVE
from claw_tui.onboarder import Offer, Onboarder
from claw_tui.presentation import onboarding, proposal, wizard
from claw_tui.presentation.sections import lay_out
from claw_tui.presentation.wizard import NO, Scene, Step
from claw_tui.widgets.painting import paint
from claw_tui.widgets.port_map_view import PortMapView
from gateway_core.onboarding.choices import ChoiceProblem, Choices
from gateway_core.onboarding.plan import Plan
from gateway_core.onboarding.profile_rules import wanted_profile
from gateway_core.onboarding.vendor_command import InstalledCommand
from gateway_core.snapshot import Snapshot

_LIVE = (Step.DISTRIBUTION, Step.PRESET, Step.BIND, Step.RUNNING)
"""Where moving over an answer shows at once what would come of it; the others take a deliberate Enter."""
_WIDE = 110
_NARROWEST = 30
_KEYS = "enter: next   shift+tab: back   pgup/pgdn: scroll the plan   esc: cancel"
_REVIEW_KEYS = "enter: create it   y: copy the commands   shift+tab: back   esc: cancel"


@dataclass(frozen=True, slots=True)
class Agreed:
    """What the user wants to be run."""

    plan: Plan
    offer: Offer


class WizardScreen(ModalScreen[Agreed]):
    """Ends with what was agreed to, or with nothing."""

    CSS_PATH = "wizard.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Cancel"),
        Binding("tab", "next", "Next", priority=True),
        Binding("shift+tab", "back", "Back", priority=True),
        Binding("pagedown", "scroll_result(1)", "Scroll the plan", priority=True),
        Binding("pageup", "scroll_result(-1)", "Scroll the plan", priority=True),
        Binding("down", "suggestion", "Take the suggestion"),
        Binding("y", "copy", "Copy the commands"),
        LEAVE,
    ]

    def __init__(self, onboarder: Onboarder, snapshot: Snapshot) -> None:
        """`snapshot` is the host as it is now; the app's newer ones follow."""
        super().__init__()
        self.HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (_WIDE, "-wide")]
        self._onboarder = onboarder
        self._snapshot = snapshot
        self._offers: tuple[Offer, ...] = ()
        self._choices = Choices(distribution="", start=True)
        self._step = Step.DISTRIBUTION
        self._exists = False
        self._outcome: Plan | tuple[ChoiceProblem, ...] = ()
        self._usual_workspace = ""
        self._note = ""
        """What is to be said where nothing is wrong with the answer itself."""

    def compose(self) -> ComposeResult:
        """The question, and what would come of the answers."""
        with Container(id="wizard") as box:
            box.border_title = "New gateway"
            box.border_subtitle = _KEYS
            with Container(id="body"):
                with VerticalScroll(id="asked", can_focus=False):
                    yield Static(id="text")
                    yield OptionList(id="answers", markup=False)
                    yield Input(id="answer", compact=True)
                    yield Static(id="trouble")
                with VerticalScroll(id="result", can_focus=False):
                    yield PortMapView(id="map")
                    yield Static(id="plan")

    async def on_mount(self) -> None:
        """Look for the products; meanwhile say so."""
        self.query_one("#text", Static).update("Looking for installed products…")
        self.query_one("#answers").display = self.query_one("#answer").display = False
        self.run_worker(self._find_offers(), group="offers", exit_on_error=False)
        self.watch(self.app, "snapshot", self._follow, init=False)

    async def _find_offers(self) -> None:
        self._offers = await self._onboarder.offers()
        first = next((one for one in self._offers if isinstance(one.found, InstalledCommand)), self._offers[0])
        self._choices = Choices(distribution=first.distribution.name, start=True)
        self._show_step()

    def _follow(self, snapshot: Snapshot | None) -> None:
        if snapshot is not None:
            self._snapshot = snapshot
            self._look_soon()

    @property
    def _offer(self) -> Offer | None:
        return next((one for one in self._offers if one.distribution.name == self._choices.distribution), None)

    @property
    def _problems(self) -> tuple[ChoiceProblem, ...]:
        return self._outcome if isinstance(self._outcome, tuple) else ()

    @property
    def _scene(self) -> Scene:
        source = self._snapshot.instance(self._choices.copy_of or "")
        profile = wanted_profile(Choices("", self._choices.preset), source)
        return Scene(self._offers, self._snapshot, profile, self._usual_workspace)

    def _show_step(self) -> None:
        asked = wizard.question(self._step, self._choices, self._scene)
        way = wizard.steps(self._choices, exists=self._exists)
        number = f"{way.index(self._step) + 1} of {len(way)}"
        self.query_one("#wizard").border_title = f"New gateway · {number} · {self._step.value}"
        self.query_one("#wizard").border_subtitle = _REVIEW_KEYS if self._step is Step.REVIEW else _KEYS
        self.query_one("#text", Static).update(self._text(asked.text))
        self.set_class(self._step is Step.PORT, "-port")
        self.set_class(self._step is Step.RISK, "-risk")
        answers, field = self.query_one("#answers", OptionList), self.query_one("#answer", Input)
        answers.display, field.display = bool(asked.answers), not asked.answers
        if asked.answers:
            self._offer_answers(answers, asked)
        else:
            field.value = asked.value
            field.focus()
        self._look_soon()

    def _offer_answers(self, answers: OptionList, asked: wizard.Question) -> None:
        with answers.prevent(OptionList.OptionHighlighted):
            answers.clear_options()
            answers.add_options(Option(one.text, id=one.key, disabled=not one.possible) for one in asked.answers)
            keys = [one.key for one in asked.answers]
            answers.highlighted = keys.index(asked.value) if asked.value in keys else 0
        answers.focus()

    def _text(self, text: str) -> Content:
        if self._step is not Step.RISK:
            return Content(text)
        return Content("\n\n").join(map(Content, (text, *onboarding.RISK_NOTICE)))

    @on(OptionList.OptionHighlighted)
    def _consider(self, event: OptionList.OptionHighlighted) -> None:
        if self._step in _LIVE and event.option_id is not None:
            self._answer(event.option_id)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        if event.input.display:
            self._answer(event.value)

    def _answer(self, value: str) -> None:
        self._choices = wizard.answered(self._step, self._choices, value, self._scene)
        self._look_soon()

    @work(group="look", exclusive=True)
    async def _look_soon(self) -> None:
        await self._look()

    async def _look(self) -> None:
        """Plan with the choices as they are now, and show what comes of it."""
        offer, choices = self._offer, self._choices
        if offer is None:
            return
        self._outcome = await self._onboarder.plan(choices, self._snapshot, offer)
        if isinstance(self._outcome, Plan) and choices.workspace is None:
            self._usual_workspace = self._outcome.workspace
        self._show_outcome()

    def _show_outcome(self) -> None:
        trouble = self._show_trouble()
        columns = max(_NARROWEST, self.query_one("#result").scrollable_content_region.width)
        if isinstance(self._outcome, Plan):
            sections = onboarding.plan_sections(self._outcome)
        else:
            sections = onboarding.open_sections(one for one in self._outcome if one != trouble)
        self.query_one("#plan", Static).update(paint(lay_out(sections, columns, onboarding.LABEL_WIDTH)))
        self._show_map()

    def _show_trouble(self) -> ChoiceProblem | None:
        trouble = wizard.trouble_at(self._step, self._problems)
        shown = self.query_one("#trouble", Static)
        lines = onboarding.trouble_lines(trouble, max(_NARROWEST, shown.container_size.width - 2))
        shown.update(paint(lines) if lines else self._note)
        if lines or self._note:
            self.call_after_refresh(shown.scroll_visible, animate=False)
        return trouble

    def _show_map(self) -> None:
        offer = self._offer
        if offer is None:
            return
        version = offer.found.version if isinstance(offer.found, InstalledCommand) else None
        if isinstance(self._outcome, Plan):
            proposed: proposal.Proposal | None = proposal.planned(self._outcome)
        else:
            proposed = proposal.typed(self._choices, offer.distribution, version)
        view = self.query_one(PortMapView)
        if proposed is None:
            view.show(self._snapshot, frozenset(), None)
        else:
            view.show(proposal.with_proposal(self._snapshot, proposed), frozenset({proposed.id}), proposed.base)

    @on(OptionList.OptionSelected)
    async def _chosen(self, event: OptionList.OptionSelected) -> None:
        await self._advance(event.option_id)

    @on(Input.Submitted)
    async def _entered(self, event: Input.Submitted) -> None:
        await self._advance(event.value)

    async def action_next(self) -> None:
        """Take the answer as it stands."""
        answers, field = self.query_one("#answers", OptionList), self.query_one("#answer", Input)
        if answers.display:
            await self._advance(answers.highlighted_option.id if answers.highlighted_option else None)
        elif field.display:
            await self._advance(field.value)

    async def _advance(self, value: str | None) -> None:
        """To the next question; stay, if the answer will not do."""
        if value is None:
            return
        self._choices = wizard.answered(self._step, self._choices, value, self._scene)
        if self._step in (Step.EXISTING, Step.RISK) and value == NO:
            self._declined()
            return
        await self._look()
        if self._step is Step.REVIEW:
            self._finish()
        elif wizard.trouble_at(self._step, self._problems) is None:
            self._exists = self._choices.confirm_existing or any(map(wizard.exists, self._problems))
            self._go(1)

    def _declined(self) -> None:
        if self._step is Step.EXISTING:
            self._go_to(Step.PROFILE)
        else:
            self.query_one("#trouble", Static).update(
                "Without that nothing is created. Esc leaves everything as it is."
            )

    def _finish(self) -> None:
        """End with the plan; or go to the first step at which something is wrong by now."""
        offer = self._offer
        if isinstance(self._outcome, Plan) and self._outcome.accepted_risk and offer is not None:
            self.dismiss(Agreed(self._outcome, offer))
            return
        wrong = (step for step in Step if wizard.trouble_at(step, self._problems) is not None)
        self._go_to(next(wrong, Step.RISK))

    def action_back(self) -> None:
        """The question before; what was answered stays."""
        self._go(-1)

    def _go(self, by: int) -> None:
        way = wizard.steps(self._choices, exists=self._exists)
        self._go_to(way[min(max(way.index(self._step) + by, 0), len(way) - 1)])

    def _go_to(self, step: Step) -> None:
        self._step, self._note = step, ""
        self._show_step()

    def action_suggestion(self) -> None:
        """Put in what would do instead."""
        trouble = wizard.trouble_at(self._step, self._problems)
        field = self.query_one("#answer", Input)
        if trouble is not None and trouble.suggestion is not None and field.display:
            field.value = trouble.suggestion
            field.cursor_position = len(trouble.suggestion)

    def action_scroll_result(self, pages: int) -> None:
        """Scroll the plan."""
        result = self.query_one("#result", VerticalScroll)
        if pages > 0:
            result.scroll_page_down(animate=False)
        else:
            result.scroll_page_up(animate=False)

    def action_copy(self) -> None:
        """Copy the commands of the plan."""
        if isinstance(self._outcome, Plan):
            self.app.copy_to_clipboard("\n".join(command.shown for command in self._outcome.commands))
            self.app.notify("Copied the commands.", timeout=4)

    def action_cancel(self) -> None:
        """Leave; nothing was touched."""
        self.dismiss(None)
