"""Plans for the wizard while its user goes on, and while the host changes."""

from __future__ import annotations

from collections.abc import Callable

from claw_tui.hosts.onboarding import Onboarder
from claw_tui.onboarding.journey import Journey, NotPlanned, Outcome
from gateway_core.redaction import redact


class Planner:
    """Asks the onboarder what choices come to. The newest ones win, on the newest picture of the host."""

    def __init__(self, onboarder: Onboarder, newest: Callable[[], Journey | None]) -> None:
        """`newest`: where the user is by now; `None` if they have left."""
        self._onboarder = onboarder
        self._newest = newest

    async def plan(self, asked: Journey) -> Journey | None:
        """The journey with its plan, or with what is wrong; `None` if the user has gone on or left meanwhile."""
        while True:
            outcome = await self._outcome(asked)
            now = self._newest()
            if now is None or (now.step, now.choices) != (asked.step, asked.choices):
                return None
            if now.snapshot is asked.snapshot:
                return now.planned(outcome)
            asked = now

    async def _outcome(self, asked: Journey) -> Outcome:
        try:
            return await self._onboarder.plan(asked.choices, asked.snapshot, asked.offer)
        except Exception as error:  # noqa: BLE001  the boundary: whatever it is, the user is told
            return NotPlanned(redact(f"This could not be planned: {type(error).__name__}: {error}"))
