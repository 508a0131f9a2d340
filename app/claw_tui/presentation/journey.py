"""The way through the wizard: where the user is, what was answered, and what would come of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from claw_tui.onboarder import Offer
from claw_tui.presentation import onboarding, proposal, usual, wizard
from claw_tui.presentation.sections import Line, Section
from claw_tui.presentation.values import clean
from claw_tui.presentation.wizard import NO, Question, Scene, Step
from gateway_core.onboarding.choices import ChoiceProblem, Choices, Field, Preset
from gateway_core.onboarding.plan import Plan
from gateway_core.onboarding.profile_rules import wanted_profile
from gateway_core.snapshot import Snapshot

CHANGED = "The plan is not what it was when you read it: the host has changed meanwhile. Read it again."


@dataclass(frozen=True, slots=True)
class NotPlanned:
    """An error of claw-tui, while it planned."""

    reason: str


Outcome = Plan | tuple[ChoiceProblem, ...] | NotPlanned
"""What choices come to: a plan, or what is wrong with them, or neither."""


@dataclass(frozen=True, slots=True)
class Journey:
    """One moment of it. Each step onwards or back, each answer and each plan gives the next."""

    offers: tuple[Offer, ...]
    snapshot: Snapshot
    choices: Choices
    step: Step = Step.DISTRIBUTION
    furthest: Step = Step.DISTRIBUTION
    """What is asked only after this was not answered yet, and so is not said to be wrong."""
    purpose_chosen: bool = False
    """Else the purpose follows the product."""
    outcome: Outcome = ()
    exists: bool = False
    """The profile is there already, so that this has to be asked about."""
    usual_workspace: str = ""
    shown: Plan | None = None
    """The plan that the user has seen at the review: no other may be run."""
    changed: bool = False
    """Another one was seen there before."""
    declined: bool = False
    """The risk was not accepted, and that was meant as an answer."""

    @classmethod
    def begin(cls, offers: tuple[Offer, ...], snapshot: Snapshot) -> Journey:
        """At the first question, with what suits the gateways that are here; a new gateway is started, too."""
        name = usual.distribution(offers, snapshot)
        return cls(offers, snapshot, Choices(distribution=name, preset=usual.preset(name, snapshot), start=True))

    @property
    def offer(self) -> Offer:
        """The product that is chosen."""
        return next(one for one in self.offers if one.distribution.name == self.choices.distribution)

    @property
    def plan(self) -> Plan | None:
        """The plan, if the choices come to one."""
        return self.outcome if isinstance(self.outcome, Plan) else None

    @property
    def trouble(self) -> ChoiceProblem | None:
        """What is wrong with the answer of this step."""
        return wizard.trouble_at(self.step, self._problems)

    @property
    def question(self) -> Question:
        """What this step asks."""
        return wizard.question(self.step, self.choices, self._scene)

    @property
    def title(self) -> str:
        """Which step of how many this is."""
        way = wizard.steps(self.choices, exists=self.exists)
        return f"{way.index(self.step) + 1} of {len(way)} · {self.step.value}"

    @property
    def sections(self) -> tuple[Section, ...]:
        """The plan in words; or what is in its way beside the answer of this step, which has its own place."""
        if isinstance(self.outcome, Plan):
            return onboarding.plan_sections(self.outcome)
        asked = tuple(Step)[: tuple(Step).index(self.furthest) + 1]
        known = frozenset[Field]().union(*(wizard.FIELDS.get(step, ()) for step in asked))
        return onboarding.open_sections(one for one in self._problems if one.field in known and one != self.trouble)

    def comment(self, columns: int) -> list[Line]:
        """What is said right below the answer."""
        if isinstance(self.outcome, NotPlanned):
            key = "r" if self.question.answers else "enter"
            advice = f"Nothing was done. Press {key} to try again, or answer otherwise."
            return onboarding.failure_lines(clean(self.outcome.reason), advice, columns)
        if self.changed and self.plan is not None:
            return onboarding.note_lines(CHANGED, columns)
        if self.declined:
            return onboarding.note_lines(wizard.DECLINED, columns)
        return onboarding.trouble_lines(self.trouble, columns)

    @property
    def proposal(self) -> proposal.Proposal | None:
        """The new gateway on the port map, also with a port that will not do."""
        if isinstance(self.outcome, Plan):
            return proposal.planned(self.outcome)
        return proposal.typed(self.choices, self.offer.distribution, wizard.version_of(self.offer))

    def answered(self, value: str) -> Journey:
        """With that answer to the question of this step."""
        choices = wizard.answered(self.step, self.choices, value, self._scene)
        chosen = self.purpose_chosen or self.step is Step.PRESET
        if self.step is Step.DISTRIBUTION and not chosen:
            choices = replace(choices, preset=usual.preset(value, self.snapshot))
        return replace(self, choices=choices, purpose_chosen=chosen)

    def seen(self, snapshot: Snapshot) -> Journey:
        """On the host as it is now."""
        return replace(self, snapshot=snapshot)

    def planned(self, outcome: Outcome) -> Journey:
        """With what its choices come to."""
        usual = outcome.workspace if isinstance(outcome, Plan) and self.choices.workspace is None else None
        changed = isinstance(outcome, Plan) and self.shown not in (None, outcome)
        return replace(
            self,
            outcome=outcome,
            usual_workspace=usual or self.usual_workspace,
            changed=self.changed or changed,
        )

    def read(self, moment: Journey) -> Journey:
        """After that moment was on the screen: at the review its plan is now one that can be agreed to."""
        there = self.step is moment.step is Step.REVIEW and self.plan is moment.plan
        return replace(self, shown=self.plan) if there else self

    @property
    def failed(self) -> bool:
        """Whether nobody knows what the choices come to."""
        return isinstance(self.outcome, NotPlanned)

    @property
    def agreed(self) -> Plan | None:
        """The plan that may be run now: as it was shown, with the risk accepted."""
        plan = self.plan
        return plan if plan is not None and plan == self.shown and plan.accepted_risk else None

    @property
    def may_go_on(self) -> bool:
        """Whether the answer of this step will do."""
        accepted = self.step is not Step.RISK or self.choices.accepted_risk
        return accepted and self.trouble is None and not self.failed and self.step is not Step.REVIEW

    def onwards(self) -> Journey:
        """At the next question."""
        exists = self.choices.confirm_existing or any(map(wizard.exists, self._problems))
        return replace(self, exists=exists).at(_moved(self.step, 1, wizard.steps(self.choices, exists=exists)))

    def back(self) -> Journey:
        """At the question before; what was answered stays."""
        return self.at(_moved(self.step, -1, wizard.steps(self.choices, exists=self.exists)))

    def stopped_at_risk(self) -> Journey:
        """After an answer that accepts nothing."""
        return replace(self, declined=True)

    def declines(self, value: str) -> bool:
        """Whether that answer asks for another name instead of the existing profile."""
        return self.step is Step.EXISTING and value == NO

    def at(self, step: Step) -> Journey:
        """At that question; what was seen at another does not count any more."""
        furthest = max(self.furthest, step, key=tuple(Step).index)
        return replace(self, step=step, furthest=furthest, shown=None, changed=False, declined=False)

    def at_what_is_wrong(self) -> Journey:
        """At the first question whose answer will not do any more; here, if nobody knows of any."""
        if self.failed or (self.plan is not None and self.plan.accepted_risk):
            return self
        wrong = (step for step in Step if wizard.trouble_at(step, self._problems) is not None)
        return self.at(next(wrong, Step.RISK))

    @property
    def _problems(self) -> tuple[ChoiceProblem, ...]:
        return self.outcome if isinstance(self.outcome, tuple) else ()

    @property
    def _scene(self) -> Scene:
        source = self.snapshot.instance(self.choices.copy_of or "")
        profile = wanted_profile(Choices("", self.choices.preset), source)
        keeps = self.exists or self.choices.preset is Preset.COPY_OF
        kept = self.plan.bind if self.plan is not None and self.choices.bind is None else ""
        rule = self.offer.distribution.onboard_rule(wizard.version_of(self.offer))
        keeps_auth = self.plan.kept_auth is not None if self.plan is not None else self.exists and rule.keeps_token
        return Scene(
            self.offers,
            self.snapshot,
            profile,
            self.usual_workspace,
            keeps_bind=keeps,
            kept_bind=kept,
            keeps_auth=keeps_auth,
            kept_auth=(self.plan and self.plan.kept_auth) or "",
            usual_service=source is not None and source.signals.service is not None,
        )


def _moved(step: Step, by: int, way: Sequence[Step]) -> Step:
    return way[min(max(way.index(step) + by, 0), len(way) - 1)]
