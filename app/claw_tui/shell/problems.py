"""Problems: what could not be seen, read or done."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from claw_tui.shell.dashboard_app import DashboardApp, Observed

if TYPE_CHECKING:
    from collections.abc import Hashable

    from gateway_core.snapshot import Problem, Snapshot

MOST_PROBLEMS = 200  # so many of the dashboard's own are kept, the newest
UNCAUGHT_AGAIN_S = 300.0  # so long an error that keeps coming is reported but once


class Problems:
    """The problems that the dashboard itself has met, beside those of the newest snapshot."""

    def __init__(self, app: DashboardApp, snapshot: Observed[Snapshot | None]) -> None:
        self._app = app
        self._snapshot = snapshot
        self._lasting: dict[str, str] = {}  # the problems of what is tried again and again, by where they are met
        self._uncaught: dict[Hashable, float] = {}  # when an error of that origin was reported, in seconds
        self.own: Observed[tuple[Problem, ...]] = Observed(app, "problems", ())

    @property
    def all(self) -> tuple[Problem, ...]:
        snapshot = self._snapshot.value
        return (*self.own.value, *(snapshot.problems if snapshot else ()))

    def note(self, where: str, message: str) -> None:
        from gateway_core.snapshot import Problem

        self.own.set((*self.own.value[1 - MOST_PROBLEMS :], Problem(where=where, message=message)))

    def report(self, where: str, message: str) -> None:
        self.note(where, message)
        self._app.notify(message, title="Problem", severity="error", markup=False)

    def report_once(self, where: str, message: str) -> None:
        """Report a problem of what is tried again and again, unless it is the same as at the last try."""
        if self._lasting.get(where) != message:
            self._lasting[where] = message
            self.report(where, message)

    def report_uncaught(self, origin: Hashable, message: str) -> None:
        """Report an error that nothing waited for, unless one of the same origin was reported some minutes ago."""
        now_s = monotonic()
        recent = {known: at_s for known, at_s in self._uncaught.items() if now_s - at_s < UNCAUGHT_AGAIN_S}
        if origin not in recent:
            self.report("claw-tui", message)
        self._uncaught = {origin: now_s, **recent}  # the time of the first, if there is one

    def forget(self, where: str) -> None:
        """Forget what was reported once from there, because the newest try went well: the next problem is news."""
        self._lasting.pop(where, None)
