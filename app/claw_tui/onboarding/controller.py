"""The part of the dashboard that makes new gateways: wizard, run, and what becomes of a run that was not finished."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual import work
from textual.app import App
from textual.reactive import var

from claw_tui.actions.model import INSTANCES
from claw_tui.hosts.gateway_host import ExitReason
from claw_tui.text.values import clean

if TYPE_CHECKING:
    from claw_tui.hosts.gateway_host import Services
    from claw_tui.hosts.onboarding import Recovery
    from claw_tui.onboarding.run_screens import RunEnded
    from claw_tui.onboarding.wizard_screen import Agreed
    from gateway_core.lifecycle.invocation import Invocation
    from gateway_core.onboarding.journal import UnfinishedRun
    from gateway_core.onboarding.plan import OnboardingResult
    from gateway_core.snapshot import Snapshot

_TERMINAL_PART = "configure"
_LOOK_EVERY_S = 3.0


class OnboardingApp(App[ExitReason]):
    """Can make new gateways, if there is an onboarder, and finish or take back others, if there is a recovery."""

    begins_with_wizard = False
    """The user came for a new gateway: `claw-tui new`."""
    unfinished: var[tuple[UnfinishedRun, ...]] = var(())
    """The runs that failed or were killed, or are under way elsewhere."""

    def __init__(self, services: Services) -> None:
        """What is not among the services cannot be done."""
        super().__init__()
        self.services = services
        self.onboarder = services.onboarder
        self.recovery = services.recovery
        self._told: str | None = None
        self._newcomer: str | None = None

    def open_wizard(self, snapshot: Snapshot) -> None:
        """Ask what is wanted; nothing is touched before the user has agreed to the plan."""
        from claw_tui.onboarding.wizard_screen import WizardScreen

        self.begins_with_wizard = False
        if self.onboarder is not None:
            self.push_screen(WizardScreen(self.onboarder, snapshot), self._create)

    def look_again(self) -> None:
        """Called when instances have changed."""

    async def show_instance(self, mode: str, instance_id: str) -> None:
        """Called to point at that instance in that mode."""

    def on_mount(self) -> None:
        """Look for unfinished runs from time to time: one may end in another claw-tui while nothing changes here."""
        if self.recovery is not None:
            self.set_interval(_LOOK_EVERY_S, self.find_unfinished)
        self.watch(self, "snapshot", self._see_newcomer, init=False)

    @work(group="unfinished", exclusive=True)
    async def find_unfinished(self) -> None:
        """Look for runs that were not finished."""
        if self.recovery is None:
            return
        try:
            self.unfinished = await self.recovery.unfinished()
        except Exception as error:  # noqa: BLE001  the boundary: whatever it is, the user is told
            self._tell_once(f"Onboardings that were not finished could not be found: {type(error).__name__}: {error}")
        else:
            self._told = None

    def _tell_once(self, message: str) -> None:
        """The next look will fail in the same way, but that is no news."""
        if message != self._told:
            self._told = message
            self._report("unfinished onboardings", message)

    def _report(self, where: str, message: str) -> None:
        """Called when something went wrong that is no outcome of what was asked for."""

    def resume_run(self, run: UnfinishedRun) -> None:
        """Go on with that run, in sight."""
        from claw_tui.onboarding.run_screens import OnboardingRunScreen, Run

        if self.recovery is not None:
            perform = partial(self.recovery.resume, run.journal)
            wanted = Run(run.instance, "Resuming", perform, partial(self._terminal_command, self.recovery))
            self.push_screen(OnboardingRunScreen(wanted), self._look_at_all)

    @work(group="undo", exclusive=True)
    async def undo_run(self, run: UnfinishedRun) -> None:
        """Show what would be taken away, ask, and do it in sight."""
        from claw_tui.onboarding.run_screens import UndoRunScreen
        from claw_tui.onboarding.text import before_undo
        from claw_tui.shell.confirm_sheet import ConfirmSheet
        from gateway_core.operations import Failure

        if self.recovery is None:
            return
        listed = await self.recovery.preview_undo(run.journal)
        if isinstance(listed, Failure):
            self.notify(clean(listed.message), title=clean(run.instance), severity="error", markup=False)
        elif await self.push_screen_wait(ConfirmSheet(before_undo(listed))):
            self.push_screen(UndoRunScreen(run.instance, partial(self.recovery.undo, run.journal)), self._look_at_all)

    def _create(self, agreed: Agreed | None) -> None:
        from claw_tui.onboarding.run_screens import OnboardingRunScreen, Run

        if agreed is None or self.onboarder is None:
            return
        terminal = self.onboarder.terminal_command(agreed.plan, agreed.offer, _TERMINAL_PART)

        async def known(_: OnboardingResult) -> Invocation:
            return terminal

        run = Run(agreed.plan.instance, "Creating", partial(self.onboarder.run, agreed.plan), known)
        self.push_screen(OnboardingRunScreen(run), self._look_at_all)

    async def _terminal_command(self, recovery: Recovery, result: OnboardingResult) -> Invocation | None:
        return await recovery.terminal_command(result.plan, _TERMINAL_PART)

    def on_terminal_back(self) -> None:
        """What the product has done with the terminal may have changed everything."""
        self._look_at_all(None)

    def on_run_ended(self, message: RunEnded) -> None:
        """The cursor goes to what was made, once the run's screen is closed and there is a row."""
        self._newcomer = message.result.instance if message.result.ok else None

    def _see_newcomer(self, snapshot: Snapshot | None) -> None:
        if self._newcomer is not None and snapshot is not None and snapshot.instance(self._newcomer) is not None:
            self.call_later(self._lead_to_newcomer)  # by then the table has the row, too

    async def _lead_to_newcomer(self) -> None:
        if self._newcomer is not None and not self.screen.is_modal:
            newcomer, self._newcomer = self._newcomer, None
            await self.show_instance(INSTANCES.name, newcomer)

    def _look_at_all(self, _: None) -> None:
        self.look_again()
        self.find_unfinished()
