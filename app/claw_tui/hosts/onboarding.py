"""New gateways of a host: which products are there, plans, runs, and runs that were not finished."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway_core.distributions.model import Distribution
    from gateway_core.host import Host
    from gateway_core.lifecycle.invocation import Invocation
    from gateway_core.onboarding.choices import ChoiceProblem, Choices
    from gateway_core.onboarding.commands import InstalledCommand, TellSearch
    from gateway_core.onboarding.journal import Journal, UnfinishedRun, UnfinishedRuns
    from gateway_core.onboarding.plan import OnboardingResult, Plan
    from gateway_core.onboarding.undo import UndoPlan, UndoResult
    from gateway_core.operations import Failure, Report
    from gateway_core.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Proposal:
    """A plan, or what is wrong with the choices, together with the profile name that was proposed for them."""

    outcome: Plan | tuple[ChoiceProblem, ...]
    profile: str | None  # a free name; `None` where the choices name one, or none was found


@dataclass(frozen=True, slots=True)
class FoundDistribution:
    """A product, and its command on this host or why there is none."""

    distribution: Distribution
    command: InstalledCommand | ChoiceProblem


class Onboarder:
    """Plans and makes new gateways on a host; goes on with runs that were not finished, and takes runs back."""

    def __init__(self, host: Callable[[], Host]) -> None:
        self._host = host

    async def find_distributions(self, tell: TellSearch) -> tuple[FoundDistribution, ...]:
        """Return every product that the host knows; runs the command of each, for its version, and tells of it."""
        from asyncio import to_thread

        from gateway_core.distributions.loader import load_distributions
        from gateway_core.onboarding.commands import find_commands

        host = self._host()
        known = tuple(await to_thread(load_distributions, host.config_dir))
        found = await find_commands(host, known, tell=tell)
        return tuple(FoundDistribution(item, found[item.name]) for item in known)

    async def plan(
        self, choices: Choices, snapshot: Snapshot, chosen: FoundDistribution | None = None
    ) -> Plan | tuple[ChoiceProblem, ...]:
        """Return what these choices come to; without a `chosen` product it is looked for. Touches nothing."""
        from gateway_core.onboarding.planning import make_plan

        return await make_plan(self._host(), snapshot, choices, chosen.command if chosen else None)

    async def propose(self, choices: Choices, snapshot: Snapshot, chosen: FoundDistribution) -> Proposal:
        """Return what these choices come to, under a free name unless they have one. Touches nothing."""
        from dataclasses import replace

        from gateway_core.onboarding.planning import propose_profile

        if choices.profile is not None:
            return Proposal(await self.plan(choices, snapshot, chosen), None)
        free = await propose_profile(self._host(), snapshot, choices)
        return Proposal(await self.plan(replace(choices, profile=free), snapshot, chosen), free)

    async def run(self, plan: Plan, report: Report) -> OnboardingResult:
        """Carry the plan out; reports on the event loop."""
        from gateway_core.onboarding.run import run

        return await run(self._host(), plan, report)

    async def terminal_command(self, plan: Plan) -> Invocation | None:
        """Return the product's own command for provider and channels; `None` if the product is not known any more."""
        from asyncio import to_thread

        from gateway_core.distributions.loader import load_distributions
        from gateway_core.onboarding.commands import terminal_command

        host = self._host()
        distribution = (await to_thread(load_distributions, host.config_dir)).named(plan.distribution)
        return terminal_command(host, distribution, plan, "configure") if distribution else None

    async def resume(self, journal: str, report: Report) -> OnboardingResult | Failure:
        """Go on with that run; reports on the event loop."""
        from gateway_core.onboarding.run import resume

        return await resume(self._host(), journal, report)

    async def preview_undo(self, journal: str) -> UndoPlan | Failure:
        """Return what an undo would do now. Touches nothing."""
        from gateway_core.onboarding.undo import preview_undo

        return await preview_undo(self._host(), journal)

    async def undo(self, journal: str, report: Report) -> UndoResult | Failure:
        """Move what that run created to the trash; reports on the event loop."""
        from gateway_core.onboarding.undo import undo

        return await undo(self._host(), journal, report)


class OnboardingRuns:
    """Finds the onboardings that were begun on a host."""

    def __init__(self, host: Callable[[], Host]) -> None:
        self._host = host
        self._runs: UnfinishedRuns | None = None

    async def unfinished(self) -> tuple[UnfinishedRun, ...]:
        """Return all unfinished runs, as they are now. Cheap where there never was any."""
        from asyncio import to_thread

        return await to_thread(self._unfinished)

    async def journals(self) -> tuple[Journal, ...]:
        """Return the journals of all runs, also of those that were finished or undone, the newest first."""
        from asyncio import to_thread

        from gateway_core.onboarding.journal import journals

        return await to_thread(journals, self._host())

    def _unfinished(self) -> tuple[UnfinishedRun, ...]:
        from gateway_core.dirs import journals_dir
        from gateway_core.files import listing_of

        if self._runs is None:
            if not listing_of(journals_dir(self._host())).paths(".json"):
                return ()
            from gateway_core.onboarding.journal import UnfinishedRuns

            self._runs = UnfinishedRuns(self._host())
        return self._runs.look()
