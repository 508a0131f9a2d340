"""The way through the wizard: where the user is, what was answered, and what would come of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from claw_tui.hosts.onboarding import Offer
from claw_tui.onboarding import text as onboarding
from claw_tui.onboarding import wizard_questions as wizard
from claw_tui.onboarding.wizard_questions import (
    NO,
    WizardContext,
    WizardQuestion,
    WizardStep,
)
from claw_tui.ports import proposal
from claw_tui.text.sections import Line, Section
from claw_tui.text.values import clean
from gateway_core.distributions.model import version_key
from gateway_core.onboarding.choices import ChoiceProblem, Choices, Field, Preset
from gateway_core.onboarding.commands import InstalledCommand
from gateway_core.onboarding.plan import Plan
from gateway_core.onboarding.rules.profile import wanted_profile
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
    step: WizardStep = WizardStep.DISTRIBUTION
    furthest: WizardStep = WizardStep.DISTRIBUTION
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
        name = usual_distribution(offers, snapshot)
        return cls(offers, snapshot, Choices(distribution=name, preset=usual_preset(name, snapshot), start=True))

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
    def question(self) -> WizardQuestion:
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
        asked = tuple(WizardStep)[: tuple(WizardStep).index(self.furthest) + 1]
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
        chosen = self.purpose_chosen or self.step is WizardStep.PRESET
        if self.step is WizardStep.DISTRIBUTION and not chosen:
            choices = replace(choices, preset=usual_preset(value, self.snapshot))
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
        there = self.step is moment.step is WizardStep.REVIEW and self.plan is moment.plan
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
        accepted = self.step is not WizardStep.RISK or self.choices.accepted_risk
        return accepted and self.trouble is None and not self.failed and self.step is not WizardStep.REVIEW

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
        return self.step is WizardStep.EXISTING and value == NO

    def at(self, step: WizardStep) -> Journey:
        """At that question; what was seen at another does not count any more."""
        furthest = max(self.furthest, step, key=tuple(WizardStep).index)
        return replace(self, step=step, furthest=furthest, shown=None, changed=False, declined=False)

    def at_what_is_wrong(self) -> Journey:
        """At the first question whose answer will not do any more; here, if nobody knows of any."""
        if self.failed or (self.plan is not None and self.plan.accepted_risk):
            return self
        wrong = (step for step in WizardStep if wizard.trouble_at(step, self._problems) is not None)
        return self.at(next(wrong, WizardStep.RISK))

    @property
    def _problems(self) -> tuple[ChoiceProblem, ...]:
        return self.outcome if isinstance(self.outcome, tuple) else ()

    @property
    def _scene(self) -> WizardContext:
        source = self.snapshot.instance(self.choices.copy_of or "")
        profile = wanted_profile(Choices("", self.choices.preset), source)
        keeps = self.exists or self.choices.preset is Preset.COPY_OF
        kept = self.plan.bind if self.plan is not None and self.choices.bind is None else ""
        rule = self.offer.distribution.onboard_rule(wizard.version_of(self.offer))
        keeps_auth = self.plan.kept_auth is not None if self.plan is not None else self.exists and rule.keeps_token
        return WizardContext(
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


def _moved(step: WizardStep, by: int, way: Sequence[WizardStep]) -> WizardStep:
    return way[min(max(way.index(step) + by, 0), len(way) - 1)]


_PRESETS = (Preset.MAIN, Preset.RESCUE, Preset.DEV)


def usual_distribution(offers: Sequence[Offer], snapshot: Snapshot) -> str:
    """The installed product that most gateways here are of; of several, the newest."""
    number = Counter(instance.distribution for instance in snapshot.instances)
    versions = {one.distribution.name: one.found.version for one in offers if isinstance(one.found, InstalledCommand)}
    if not versions:
        return offers[0].distribution.name
    return max(versions, key=lambda name: (number[name], version_key(versions[name])))


def usual_preset(product: str, snapshot: Snapshot) -> Preset:
    """The first purpose whose usual profile is not there yet."""
    free = (one for one in _PRESETS if snapshot.instance(f"{product}:{_profile(one)}") is None)
    return next(free, Preset.MAIN)


def _profile(purpose: Preset) -> str:
    return wanted_profile(Choices("", purpose), None)
