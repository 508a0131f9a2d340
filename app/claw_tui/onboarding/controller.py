"""Makes new gateways: the wizard, the run of its plan, and what becomes of runs that were not finished."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from claw_tui.actions.model import INSTANCES
from claw_tui.shell.background import Background
from claw_tui.shell.dashboard_app import DashboardApp, Observed
from claw_tui.shell.problems import Problems
from claw_tui.text.hints import Hint
from claw_tui.text.values import clean

if TYPE_CHECKING:
    from claw_tui.events.controller import EventsController
    from claw_tui.hosts.gateway_host import GatewayHost, ProductFinder
    from claw_tui.hosts.onboarding import Onboarder, OnboardingRuns
    from claw_tui.onboarding.run_screens import RunRequest
    from claw_tui.operations.controller import OperationsController
    from gateway_core.onboarding.installed import InstalledProduct
    from gateway_core.onboarding.journal import UnfinishedRun
    from gateway_core.onboarding.plan import OnboardingResult, Plan
    from gateway_core.onboarding.undo import UndoResult
    from gateway_core.operations import Failure, Report, Step
    from gateway_core.snapshot import Snapshot

_LOOK_EVERY_S = 3.0
_UNFINISHED = "unfinished onboardings"
_UNDO = "undo"
_INSTALLED = "installed products"


class OnboardingController:
    """Finds the runs that were not finished; if there is an onboarder, makes gateways, and resumes or undoes runs."""

    def __init__(
        self,
        app: DashboardApp,
        host: GatewayHost,
        snapshot: Observed[Snapshot | None],
        problems: Problems,
        background: Background,
        events: EventsController,
        operations: OperationsController,
        look_again: Callable[[], None],
        hint: Hint,
    ) -> None:
        """`look_again` is called when the host may have changed; `hint` puts keys in the place of commands."""
        self._app = app
        self._onboarder = host.onboarder
        self._runs = host.onboarding_runs
        self._find_installed = host.installed_products
        self._hint = hint
        self._snapshot = snapshot
        self._problems = problems
        self._background = background
        self._events = events
        self._operations = operations
        self._look_again = look_again
        self._undoing = False
        self._leads_to: str | None = None  # the instance of a run that has ended, until the cursor was led there
        self.unfinished: Observed[tuple[UnfinishedRun, ...]] = Observed(app, _UNFINISHED, ())
        """The runs that failed or were killed, or are under way elsewhere."""
        self.installed: Observed[tuple[InstalledProduct, ...]] = Observed(app, _INSTALLED, ())
        """The products that are installed, as long as there is no gateway."""

    @property
    def can_onboard(self) -> bool:
        return self._onboarder is not None

    @property
    def is_about_to_ask(self) -> bool:
        """Whether an undo was asked for, whose question or screen opens by itself."""
        return self._undoing

    def begin(self) -> None:
        """Look for unfinished runs from time to time: one may end in another claw-tui while nothing changes here."""
        if self._runs is not None:
            self._app.set_interval(_LOOK_EVERY_S, self.find_unfinished)
        self._app.set_interval(_LOOK_EVERY_S, self.find_installed)

    def see(self, snapshot: Snapshot) -> None:
        """Look for unfinished runs; lead to the instance of a run that has ended, if it is there by now."""
        self.find_unfinished()
        self.find_installed()
        if self._leads_to is not None and snapshot.instance(self._leads_to) is not None:
            self._app.call_later(self._lead_to_run)

    def open_wizard(self) -> None:
        from claw_tui.onboarding.wizard_screen import WizardScreen

        snapshot = self._snapshot.value
        if self._onboarder is not None and snapshot is not None:
            self._app.push_screen(WizardScreen(self._onboarder, snapshot, self._snapshot, self._hint), self._create)

    def find_unfinished(self) -> None:
        if self._runs is not None:
            self._background.run(partial(self._find_unfinished, self._runs), _UNFINISHED, failed=self._not_found)

    def find_installed(self) -> None:
        """Look which products are installed, where there is no gateway yet."""
        snapshot = self._snapshot.value
        if self._find_installed is not None and snapshot is not None and not snapshot.instances:
            self._background.run(partial(self._look_for_products, self._find_installed), _INSTALLED)

    async def _look_for_products(self, find: ProductFinder) -> None:
        self.installed.set(await find())

    def resume(self, run: UnfinishedRun) -> None:
        if self._onboarder is not None:
            self._run(
                self._onboarder, run.instance, "Resuming", partial(self._onboarder.resume, run.journal), resumes=True
            )

    def undo(self, run: UnfinishedRun) -> None:
        if self._onboarder is not None:
            self._problems.forget(_UNDO)  # whoever tries again is told again
            self._undoing = True
            self._background.run(partial(self._undo, run, self._onboarder), _UNDO)

    def pick(self, verb: str, runs: Sequence[UnfinishedRun], settle: Callable[[UnfinishedRun], None]) -> None:
        """Have one of these runs picked, and settle it; `verb` says what becomes of it."""
        from claw_tui.onboarding.run_screens import UnfinishedRunSheet

        def picked(run: UnfinishedRun | None) -> None:
            if run is not None and not self._app.screen.is_modal:
                settle(run)

        self._app.push_screen(UnfinishedRunSheet(verb, runs), picked)

    async def _find_unfinished(self, runs: OnboardingRuns) -> None:
        self.unfinished.set(await runs.unfinished())
        self._problems.forget(_UNFINISHED)

    def _not_found(self, reason: str) -> None:
        message = f"Onboardings that were not finished could not be found: {reason}"
        self._problems.report_once(_UNFINISHED, message)

    async def _undo(self, run: UnfinishedRun, onboarder: Onboarder) -> None:
        try:
            await self._ask_and_undo(run, onboarder)
        finally:
            self._undoing = False

    async def _ask_and_undo(self, run: UnfinishedRun, onboarder: Onboarder) -> None:
        from claw_tui.onboarding.run_screens import UndoRunScreen
        from claw_tui.onboarding.text import before_undo
        from claw_tui.shell.confirm_sheet import ConfirmSheet
        from gateway_core.operations import Failure

        listed = await onboarder.preview_undo(run.journal)
        if isinstance(listed, Failure):
            self._app.notify(clean(listed.message), title=clean(run.instance), severity="error", markup=False)
        elif await self._app.push_screen_wait(ConfirmSheet(before_undo(listed))):
            screen = UndoRunScreen(run.instance, partial(self._perform_undo, run.journal, onboarder))
            self._app.push_screen(screen, lambda _: self._look_at_all())

    async def _perform_undo(self, journal: str, onboarder: Onboarder, report: Report) -> UndoResult | Failure:
        from claw_tui.onboarding.results import of_undo
        from gateway_core.onboarding.undo import UndoResult

        outcome = await onboarder.undo(journal, report)
        if isinstance(outcome, UndoResult):
            self._events.undo_ended(outcome)
            self._operations.note(of_undo(outcome))
        return outcome

    def _create(self, plan: Plan | None) -> None:
        if plan is not None and self._onboarder is not None:
            self._run(self._onboarder, plan.instance, "Creating", partial(self._onboarder.run, plan))

    def _run(
        self,
        onboarder: Onboarder,
        instance: str,
        verb: str,
        perform: Callable[[Report], Awaitable[OnboardingResult | Failure]],
        *,
        resumes: bool = False,
    ) -> None:
        from claw_tui.onboarding.run_screens import OnboardingRunScreen, RunRequest

        perform = partial(self._perform, perform)
        run = RunRequest(instance, verb, perform, onboarder.terminal_command, self._look_at_all, self._hint, resumes)
        self._app.push_screen(OnboardingRunScreen(run), partial(self._closed, run))

    async def _perform(
        self, perform: Callable[[Report], Awaitable[OnboardingResult | Failure]], report: Report
    ) -> OnboardingResult | Failure:
        from claw_tui.onboarding.results import of_onboarding
        from gateway_core.onboarding.plan import OnboardingResult

        outcome = await perform(report)
        if isinstance(outcome, OnboardingResult):
            self._leads_to = outcome.instance
            self._events.onboarding_ended(outcome)
            self._operations.note(of_onboarding(outcome))
        return outcome

    def _closed(self, run: RunRequest, stopped_after: tuple[Step, ...] | None) -> None:
        from claw_tui.onboarding.text import NOTHING_CREATED
        from gateway_core.shell_commands import resume_command, undo_command

        if stopped_after is not None and run.has_journal(stopped_after):
            self._leads_to = run.instance
            self._events.onboarding_stopped(run.instance, stopped_after)
            ways = f"To finish it: {resume_command(run.instance)}\nTo undo it: {undo_command(run.instance)}"
            self._app.notify(self._hint(ways), title="Cancelled", severity="warning", timeout=20, markup=False)
        elif stopped_after is not None:
            self._app.notify(NOTHING_CREATED, title="Cancelled", timeout=6)
        self._look_at_all()
        self._app.call_later(self._lead_to_run)

    async def _lead_to_run(self) -> None:
        from claw_tui.shell.mode_screen import show_instance

        instance, snapshot = self._leads_to, self._snapshot.value
        if instance is None or snapshot is None or snapshot.instance(instance) is None or self._app.screen.is_modal:
            return
        self._leads_to = None
        await show_instance(self._app, INSTANCES, instance)

    def _look_at_all(self) -> None:
        self._look_again()
        self.find_unfinished()
