"""The way through the wizard: where the user is, what was answered, and what would come of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from claw_tui.onboarder import Offer
from claw_tui.presentation import onboarding, proposal, wizard
from claw_tui.presentation.sections import Section
from claw_tui.presentation.wizard import NO, Question, Scene, Step
from gateway_core.onboarding.choices import ChoiceProblem, Choices
from gateway_core.onboarding.plan import Plan
from gateway_core.onboarding.profile_rules import wanted_profile
from gateway_core.onboarding.vendor_command import InstalledCommand
from gateway_core.snapshot import Snapshot

Outcome = Plan | tuple[ChoiceProblem, ...]
"""What choices come to: a plan, or what is wrong with them."""


@dataclass(frozen=True, slots=True)
class Journey:
    """One moment of it. Each step onwards or back, each answer and each plan gives the next."""

    offers: tuple[Offer, ...]
    snapshot: Snapshot
    choices: Choices
    step: Step = Step.DISTRIBUTION
    outcome: Outcome = ()
    exists: bool = False
    """The profile is there already, so that this has to be asked about."""
    usual_workspace: str = ""

    @classmethod
    def begin(cls, offers: tuple[Offer, ...], snapshot: Snapshot) -> Journey:
        """At the first question, with the first product that is installed; a new gateway is started, too."""
        first = next((one for one in offers if isinstance(one.found, InstalledCommand)), offers[0])
        return cls(offers, snapshot, Choices(distribution=first.distribution.name, start=True))

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
        return onboarding.open_sections(one for one in self.outcome if one != self.trouble)

    @property
    def proposal(self) -> proposal.Proposal | None:
        """The new gateway on the port map, also with a port that will not do."""
        if isinstance(self.outcome, Plan):
            return proposal.planned(self.outcome)
        found = self.offer.found
        version = found.version if isinstance(found, InstalledCommand) else None
        return proposal.typed(self.choices, self.offer.distribution, version)

    def answered(self, value: str) -> Journey:
        """With that answer to the question of this step."""
        return replace(self, choices=wizard.answered(self.step, self.choices, value, self._scene))

    def seen(self, snapshot: Snapshot) -> Journey:
        """On the host as it is now."""
        return replace(self, snapshot=snapshot)

    def planned(self, outcome: Outcome) -> Journey:
        """With what its choices come to."""
        usual = outcome.workspace if isinstance(outcome, Plan) and self.choices.workspace is None else None
        return replace(self, outcome=outcome, usual_workspace=usual or self.usual_workspace)

    @property
    def may_go_on(self) -> bool:
        """Whether the answer of this step will do."""
        accepted = self.step is not Step.RISK or self.choices.accepted_risk
        return accepted and self.trouble is None and self.step is not Step.REVIEW

    def onwards(self) -> Journey:
        """At the next question."""
        exists = self.choices.confirm_existing or any(map(wizard.exists, self._problems))
        return replace(self, exists=exists, step=_moved(self.step, 1, wizard.steps(self.choices, exists=exists)))

    def back(self) -> Journey:
        """At the question before; what was answered stays."""
        return self.at(_moved(self.step, -1, wizard.steps(self.choices, exists=self.exists)))

    def declines(self, value: str) -> bool:
        """Whether that answer asks for another name instead of the existing profile."""
        return self.step is Step.EXISTING and value == NO

    def at(self, step: Step) -> Journey:
        """At that question."""
        return replace(self, step=step)

    def at_what_is_wrong(self) -> Journey:
        """At the first question whose answer will not do any more."""
        wrong = (step for step in Step if wizard.trouble_at(step, self._problems) is not None)
        return self.at(next(wrong, Step.RISK))

    @property
    def _problems(self) -> tuple[ChoiceProblem, ...]:
        return () if isinstance(self.outcome, Plan) else self.outcome

    @property
    def _scene(self) -> Scene:
        source = self.snapshot.instance(self.choices.copy_of or "")
        profile = wanted_profile(Choices("", self.choices.preset), source)
        return Scene(self.offers, self.snapshot, profile, self.usual_workspace)


def _moved(step: Step, by: int, way: Sequence[Step]) -> Step:
    return way[min(max(way.index(step) + by, 0), len(way) - 1)]
