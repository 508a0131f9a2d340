"""The monitor of the machine that this program runs on, which loads the audit when one is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway_core.monitor.monitor import Monitor

if TYPE_CHECKING:
    from gateway_core.audit.model import AuditReport


class AuditingMonitor(Monitor):
    """A monitor that also audits what it has seen."""

    async def audit(self) -> AuditReport:
        """Run all checks now. They look at many files: no snapshot waits for that."""
        from gateway_core.audit.run import audit_seen

        return (await audit_seen(self.observer))[1]
