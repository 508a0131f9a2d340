"""The part of the dashboard that makes new gateways: it opens the wizard, then the run of what it ended with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import App

from claw_tui.ending import Outcome

if TYPE_CHECKING:
    from claw_tui.onboarder import Onboarder
    from claw_tui.screens.wizard import Agreed
    from gateway_core.snapshot import Snapshot


class OnboardingApp(App[Outcome]):
    """Can make new gateways, if it is given an onboarder."""

    onboarder: Onboarder | None = None
    begins_with_wizard = False
    """The user came for a new gateway: `claw-tui new`."""

    def open_wizard(self, snapshot: Snapshot) -> None:
        """Ask what is wanted; nothing is touched before the user has agreed to the plan."""
        from claw_tui.screens.wizard import WizardScreen

        self.begins_with_wizard = False
        if self.onboarder is not None:
            self.push_screen(WizardScreen(self.onboarder, snapshot), self._create)

    def look_again(self) -> None:
        """Called when instances have changed."""

    def _create(self, agreed: Agreed | None) -> None:
        from claw_tui.screens.onboarding_run import OnboardingRunScreen

        if agreed is not None and self.onboarder is not None:
            self.push_screen(OnboardingRunScreen(self.onboarder, agreed), lambda _: self.look_again())
