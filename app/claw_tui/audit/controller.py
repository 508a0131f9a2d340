"""Audits the host now and then, when instances come or go, and after each look that the user asks for."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from claw_tui.shell.background import Background
from claw_tui.shell.dashboard_app import DashboardApp, Observed
from claw_tui.shell.problems import Problems

if TYPE_CHECKING:
    from textual.timer import Timer

    from claw_tui.hosts.gateway_host import HostMonitor
    from gateway_core.audit.model import AuditReport
    from gateway_core.snapshot import Snapshot

_AUDIT = "audit"
_SOON_S = 2.0  # after the first snapshot, and after changes: a dashboard that is only glanced at costs no audit
_EVERY_S = 120.0  # each audit looks at every secret file of every instance


class AuditController:
    """Keeps the newest audit. It is made in a worker, apart from the snapshots, which never wait for it."""

    def __init__(
        self, app: DashboardApp, monitor: Callable[[], HostMonitor | None], problems: Problems, background: Background
    ) -> None:
        """`monitor` returns the monitor of the host, if it is being watched."""
        self._app = app
        self._monitor = monitor
        self._problems = problems
        self._background = background
        self._instances: frozenset[str] | None = None  # that there were in the last snapshot
        self._soon: Timer | None = None
        self.newest: Observed[AuditReport | None] = Observed(app, "audit", None)

    def see(self, snapshot: Snapshot) -> None:
        """Audit soon where instances came or went: the others may have shared something with one of them."""
        before, self._instances = self._instances, frozenset(instance.id for instance in snapshot.instances)
        if before is None:
            self._app.set_interval(_EVERY_S, self.audit)
        if before != self._instances:
            if self._soon is not None:
                self._soon.stop()
            self._soon = self._app.set_timer(_SOON_S, self.audit)

    def audit(self) -> None:
        """Audit once more; an audit that is under way is given up for it."""
        monitor = self._monitor()
        if monitor is not None:
            self._background.run(partial(self._audit, monitor), _AUDIT, failed=self._fail)

    async def _audit(self, monitor: HostMonitor) -> None:
        self.newest.set(await monitor.audit())
        self._problems.forget(_AUDIT)

    def _fail(self, reason: str) -> None:
        self.newest.set(None)
        self._problems.report_once(_AUDIT, f"The isolation audit stopped on an error of claw-tui: {reason}")
