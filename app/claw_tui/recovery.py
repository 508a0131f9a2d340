"""What the dashboard wants of the core for onboardings that were not finished: find them, go on, take them back."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from gateway_core.host import Host
    from gateway_core.lifecycle.invocation import Invocation
    from gateway_core.onboarding.plan import Plan
    from gateway_core.onboarding.progress import Failure, Report
    from gateway_core.onboarding.result import OnboardingResult
    from gateway_core.onboarding.undo_plan import UndoPlan
    from gateway_core.onboarding.undoing import UndoResult
    from gateway_core.onboarding.unfinished import UnfinishedRun, UnfinishedRuns


class Recovery(Protocol):
    """Looks after runs that failed or were killed."""

    async def unfinished(self) -> tuple[UnfinishedRun, ...]:
        """All of them, as they are now."""
        ...

    async def resume(self, journal: str, report: Report) -> OnboardingResult | Failure:
        """Go on with that run; reports on the event loop."""
        ...

    async def preview_undo(self, journal: str) -> UndoPlan | Failure:
        """What an undo would do now. Touches nothing."""
        ...

    async def undo(self, journal: str, report: Report) -> UndoResult | Failure:
        """Move what that run created to the trash; reports on the event loop."""
        ...

    async def terminal_command(self, plan: Plan, *arguments: str) -> Invocation | None:
        """The product's own command for that profile; `None` if the product is not known any more."""
        ...


class LocalRecovery:
    """The core's, bound to a host."""

    def __init__(self, host: Callable[[], Host]) -> None:
        self._host = host
        self._runs: UnfinishedRuns | None = None

    async def unfinished(self) -> tuple[UnfinishedRun, ...]:
        """Those of this host."""
        from asyncio import to_thread

        from gateway_core.onboarding.unfinished import UnfinishedRuns

        if self._runs is None:
            self._runs = UnfinishedRuns(self._host())
        return await to_thread(self._runs.look)

    async def resume(self, journal: str, report: Report) -> OnboardingResult | Failure:
        """Go on with that run."""
        from gateway_core.onboarding.running import resume

        return await resume(self._host(), journal, report)

    async def preview_undo(self, journal: str) -> UndoPlan | Failure:
        """What an undo would do now."""
        from gateway_core.onboarding.undoing import preview_undo

        return await preview_undo(self._host(), journal)

    async def undo(self, journal: str, report: Report) -> UndoResult | Failure:
        """Take that run back."""
        from gateway_core.onboarding.undoing import undo

        return await undo(self._host(), journal, report)

    async def terminal_command(self, plan: Plan, *arguments: str) -> Invocation | None:
        """The product's own command for that profile."""
        from asyncio import to_thread

        from gateway_core.distributions import load_distributions
        from gateway_core.onboarding.commands import terminal_command

        host = self._host()
        distribution = (await to_thread(load_distributions, host.config_dir)).named(plan.distribution)
        return terminal_command(host, distribution, plan, *arguments) if distribution else None
