"""The part of the dashboard that audits: now and then, and after each look that the user asks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import on, work
from textual.message import Message
from textual.reactive import var

from claw_tui.hosts.gateway_host import Auditor
from claw_tui.operations.controller import OperatingApp

if TYPE_CHECKING:
    from gateway_core.audit.model import AuditReport

_AUDIT = "audit"
_FIRST_S = 2.0
"""After the first snapshot: a dashboard that is only glanced at costs no audit."""
_EVERY_S = 120.0
"""Each audit looks at every secret file of every instance."""


@dataclass
class Audited(Message):
    """An audit has ended."""

    report: AuditReport


@dataclass
class AuditBroke(Message):
    """An audit could not be made, because of an error of claw-tui itself."""

    reason: str


class AuditingApp(OperatingApp):
    """Keeps the newest audit. It is made in a worker, apart from the snapshots, which never wait for it."""

    audited: var[AuditReport | None] = var(None)
    """The newest; `None` before the first."""
    _broken_by: str | None = None
    """Why the last one could not be made: said once, not every time."""

    @property
    def auditor(self) -> Auditor | None:
        """Who audits; `None` while nobody watches the host."""
        return None

    def audit_from_now_on(self) -> None:
        """Begin with it."""
        self.set_timer(_FIRST_S, self.audit_now)
        self.set_interval(_EVERY_S, self.audit_now)

    def audit_now(self) -> None:
        """Audit once more; an audit that is under way is given up for it."""
        if self.auditor is not None:
            self._audit(self.auditor)

    @work(group=_AUDIT, exclusive=True, exit_on_error=False)
    async def _audit(self, auditor: Auditor) -> None:
        try:
            report = await auditor.audit()
        except Exception as error:  # noqa: BLE001  the boundary: whatever it is, the user is told
            self.post_message(AuditBroke(f"{type(error).__name__}: {error}"))
        else:
            self.post_message(Audited(report))

    @on(Audited)
    def _keep(self, message: Audited) -> None:
        self.audited, self._broken_by = message.report, None

    @on(AuditBroke)
    def _say_why(self, message: AuditBroke) -> None:
        self.audited = None
        if message.reason != self._broken_by:
            self._broken_by = message.reason
            self._report(_AUDIT, f"The isolation audit stopped on an error of claw-tui: {message.reason}")
