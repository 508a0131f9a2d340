"""The way through the wizard: where the user is, what was answered, and what would come of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from claw_tui.hosts.onboarding import FoundDistribution
from claw_tui.onboarding import planned_gateway, text
from claw_tui.onboarding import wizard_questions as questions
from claw_tui.onboarding.planned_gateway import PlannedGateway
from claw_tui.onboarding.wizard_questions import NO, WizardContext, WizardQuestion, WizardStep
from claw_tui.text.sections import Line, Section
from claw_tui.text.values import clean
from gateway_core.distributions.versions import version_key
from gateway_core.onboarding.choices import AUTO, ChoiceProblem, Choices, Field, Preset
from gateway_core.onboarding.commands import InstalledCommand
from gateway_core.onboarding.plan import Plan
from gateway_core.onboarding.rules.profile import wanted_profile
from gateway_core.snapshot import Snapshot

PLAN_CHANGED = "The plan is not what it was when you read it: the host has changed meanwhile. Read it again."


@dataclass(frozen=True, slots=True)
class NotPlanned:
    """An error of claw-tui while it planned."""

    reason: str


PlanOutcome = Plan | tuple[ChoiceProblem, ...] | NotPlanned
"""The outcome of planning: a plan, the problems with the choices, or an error."""


@dataclass(frozen=True, slots=True)
class WizardState:
    """The state of the wizard. Each step forward or back, each answer and each plan gives the next one."""

    distributions: tuple[FoundDistribution, ...]
    snapshot: Snapshot
    choices: Choices
    begun: Choices  # what was proposed before anything was answered
    given: Choices  # the choices as far as they were answered
    step: WizardStep = WizardStep.DISTRIBUTION
    furthest: WizardStep = WizardStep.DISTRIBUTION
    """The last step that was reached; problems with the answers of later steps are not shown yet."""
    purpose_chosen: bool = False  # the user chose the purpose; else it follows the product
    outcome: PlanOutcome = ()
    exists: bool = False  # the profile is there already, so that this has to be asked about
    default_profile: str = ""  # the name that is proposed: it goes with the purpose, and is free
    default_port: str = ""  # the port that is proposed
    default_workspace: str = ""
    asks_to_leave: bool = False  # the user wants to leave, and is asked whether to lose the answers
    shown: Plan | None = None  # the plan that the user has seen at the review: no other may be run
    changed: bool = False  # the review has shown another plan before
    declined: bool = False  # the user answered that the risk is not accepted

    @classmethod
    def begin(cls, distributions: tuple[FoundDistribution, ...], snapshot: Snapshot) -> WizardState:
        """Return the state at the first question, with choices that suit the gateways that are here."""
        name = default_distribution(distributions, snapshot)
        choices = Choices(distribution=name, preset=default_preset(name, snapshot), start=True)
        return cls(distributions, snapshot, choices, begun=choices, given=choices)

    @property
    def chosen(self) -> FoundDistribution:
        return next(one for one in self.distributions if one.distribution.name == self.choices.distribution)

    @property
    def plan(self) -> Plan | None:
        return self.outcome if isinstance(self.outcome, Plan) else None

    @property
    def problem(self) -> ChoiceProblem | None:
        found = questions.problem_at(self.step, self._problems)
        if found is not None and questions.is_existing(found):
            return found.model_copy(update={"hint": None, "suggestion": None})  # the answers say how to go on
        return found

    @property
    def question(self) -> WizardQuestion:
        if self.asks_to_leave:
            return questions.LEAVE
        return questions.question(self.step, self.choices, self._context)

    @property
    def title(self) -> str:
        """The step and how many there are, which stays the same: the question about a profile is part of its step."""
        way = questions.steps(self.choices, exists=False)
        counted = WizardStep.PROFILE if self.step is WizardStep.EXISTING else self.step
        return f"step {way.index(counted) + 1} of {len(way)} · {self.step.value}"

    @property
    def sections(self) -> tuple[Section, ...]:
        """The plan in words; else the problems, but for that of this step's answer, which has its own place."""
        if isinstance(self.outcome, Plan):
            return text.plan_sections(self.outcome)
        asked = tuple(WizardStep)[: tuple(WizardStep).index(self.furthest) + 1]
        known = frozenset[Field]().union(*(questions.FIELDS.get(step, ()) for step in asked))
        shown = (one for one in self._problems if one.field in known and one != self.problem)
        asked_here = self.step in (WizardStep.PROFILE, WizardStep.EXISTING)
        return text.problem_sections(one for one in shown if not (asked_here and questions.is_existing(one)))

    def comment(self, columns: int) -> list[Line]:
        if self.asks_to_leave:
            return []
        if isinstance(self.outcome, NotPlanned):
            key = "r" if self.question.answers else "enter"
            hint = f"Nothing was done. Press {key} to try again, or answer otherwise."
            return text.failure_lines(clean(self.outcome.reason), hint, columns)
        if self.changed and self.plan is not None:
            return text.note_lines(PLAN_CHANGED, columns)
        if self.declined:
            return text.note_lines(questions.DECLINED, columns)
        return text.problem_lines(self.problem or self._existing_note, columns)

    @property
    def suggestion(self) -> str | None:
        """The value that would do in the place of this step's answer."""
        problem = self.problem or self._existing_note
        return problem.suggestion if problem is not None else None

    @property
    def _existing_note(self) -> ChoiceProblem | None:
        """Say at the question for a name, which may be answered so, what the next one will ask."""
        found = next(filter(questions.is_existing, self._problems), None)
        if found is None or self.step is not WizardStep.PROFILE:
            return None
        return found.model_copy(update={"hint": questions.ASKS_NEXT})

    @property
    def gateway(self) -> PlannedGateway | None:
        """The new gateway for the port map, also with a port that will not do."""
        if isinstance(self.outcome, Plan):
            return planned_gateway.planned(self.outcome)
        return planned_gateway.typed(self.choices, self.chosen.distribution, questions.version_of(self.chosen))

    def with_answer(self, value: str) -> WizardState:
        choices = questions.answered(self.step, self.choices, value, self._context)
        chosen = self.purpose_chosen or self.step is WizardStep.PRESET
        if self.step is WizardStep.DISTRIBUTION and not chosen:
            choices = replace(choices, preset=default_preset(value, self.snapshot))
        return replace(self, choices=choices, purpose_chosen=chosen)

    def with_snapshot(self, snapshot: Snapshot) -> WizardState:
        return replace(self, snapshot=snapshot)

    def with_outcome(self, outcome: PlanOutcome, profile: str | None = None) -> WizardState:
        """Return the state with what the choices come to, under `profile` if they name none."""
        plan = outcome if isinstance(outcome, Plan) else None
        workspace = plan.workspace if plan and self.choices.workspace is None else None
        port = str(plan.base_port) if plan and self.choices.port == AUTO else None
        return replace(
            self,
            outcome=outcome,
            default_profile=profile or self.default_profile,
            default_port=port or self.default_port,
            default_workspace=workspace or self.default_workspace,
            changed=self.changed or (plan is not None and self.shown not in (None, plan)),
        )

    @property
    def would_lose(self) -> bool:
        """Whether leaving would throw away more than what the wizard had proposed itself."""
        is_typing = self.step in questions.TYPED and self.choices != self.given
        return self.given != self.begun or is_typing

    def asking_to_leave(self) -> WizardState:
        return replace(self, asks_to_leave=True)

    def staying(self) -> WizardState:
        return replace(self, asks_to_leave=False)

    def after_showing(self, displayed: WizardState) -> WizardState:
        """Return the state after `displayed` was on the screen; a plan that the review showed can be agreed to."""
        reviewed = self.step is displayed.step is WizardStep.REVIEW and self.plan is displayed.plan
        return replace(self, shown=self.plan) if reviewed else self

    @property
    def failed(self) -> bool:
        """Whether planning failed, so that nothing is known of a plan or of problems."""
        return isinstance(self.outcome, NotPlanned)

    @property
    def agreed(self) -> Plan | None:
        """The plan that may be run now: as it was shown, with the risk accepted."""
        plan = self.plan
        return plan if plan is not None and plan == self.shown and plan.accepted_risk else None

    @property
    def can_continue(self) -> bool:
        accepted = self.step is not WizardStep.RISK or self.choices.accepted_risk
        return accepted and self.problem is None and not self.failed and self.step is not WizardStep.REVIEW

    def forward(self) -> WizardState:
        exists = self.choices.confirm_existing or any(map(questions.is_existing, self._problems))
        return replace(self, exists=exists, given=self.choices).at(
            _moved(self.step, 1, questions.steps(self.choices, exists=exists))
        )

    def back(self) -> WizardState:
        return self.at(_moved(self.step, -1, questions.steps(self.choices, exists=self.exists)))

    def with_risk_declined(self) -> WizardState:
        return replace(self, declined=True)

    def declines_existing(self, value: str) -> bool:
        """Whether that answer leaves the existing profile alone and asks for another name."""
        return self.step is WizardStep.EXISTING and value == NO

    def at(self, step: WizardStep) -> WizardState:
        """Return the state at that question; a plan seen or a risk declined at another one counts no more."""
        furthest = max(self.furthest, step, key=tuple(WizardStep).index)
        return replace(self, step=step, furthest=furthest, shown=None, changed=False, declined=False)

    def at_first_problem(self) -> WizardState:
        """Return the state at the first question whose answer will not do any more; this one if nobody knows of any."""
        if self.failed or (self.plan is not None and self.plan.accepted_risk):
            return self
        wrong = (step for step in WizardStep if questions.problem_at(step, self._problems) is not None)
        return self.at(next(wrong, WizardStep.RISK))

    @property
    def _problems(self) -> tuple[ChoiceProblem, ...]:
        return self.outcome if isinstance(self.outcome, tuple) else ()

    @property
    def _context(self) -> WizardContext:
        source = self.snapshot.instance(self.choices.copy_of or "")
        profile = self.default_profile or wanted_profile(Choices("", self.choices.preset), source)
        keeps = self.exists or self.choices.preset is Preset.COPY_OF
        kept = self.plan.bind if self.plan is not None and self.choices.bind is None else ""
        rule = self.chosen.distribution.onboard_rule(questions.version_of(self.chosen))
        keeps_auth = self.plan.kept_auth is not None if self.plan is not None else self.exists and rule.keeps_token
        return WizardContext(
            self.distributions,
            self.snapshot,
            profile,
            self.default_workspace,
            self.default_port or AUTO,
            keeps_bind=keeps,
            kept_bind=kept,
            keeps_auth=keeps_auth,
            kept_auth=(self.plan and self.plan.kept_auth) or "",
            default_service=source is not None and source.signals.service is not None,
        )


def _moved(step: WizardStep, by: int, way: Sequence[WizardStep]) -> WizardStep:
    return way[min(max(way.index(step) + by, 0), len(way) - 1)]


_PRESETS = (Preset.MAIN, Preset.RESCUE, Preset.DEV)


def default_distribution(distributions: Sequence[FoundDistribution], snapshot: Snapshot) -> str:
    """Return the installed product that most gateways here are of; of several, the newest."""
    number = Counter(instance.distribution for instance in snapshot.instances)
    versions = {
        one.distribution.name: one.command.version for one in distributions if isinstance(one.command, InstalledCommand)
    }
    if not versions:
        return distributions[0].distribution.name
    return max(versions, key=lambda name: (number[name], version_key(versions[name])))


def default_preset(product: str, snapshot: Snapshot) -> Preset:
    """Return the first purpose whose default profile is not there yet."""
    profiles = {preset: wanted_profile(Choices("", preset), None) for preset in _PRESETS}
    free = (preset for preset, profile in profiles.items() if snapshot.instance(f"{product}:{profile}") is None)
    return next(free, Preset.MAIN)
