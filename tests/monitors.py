"""A monitor for tests that only looks like one, and what makes monitors of a host."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Self

from claw_tui.hosts.gateway_host import HostMonitor, MonitorMaker
from gateway_core.audit.model import AuditReport
from gateway_core.snapshot import Snapshot
from tests.snapshots import NOW


class QuietMonitor:
    """A monitor that never reports anything by itself."""

    def __init__(self) -> None:
        self.refreshed = 0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exception: object) -> None:
        pass

    async def subscribe(self) -> AsyncIterator[Snapshot]:
        await asyncio.Event().wait()
        yield Snapshot(taken_at=NOW, host="never")

    def refresh(self) -> None:
        self.refreshed += 1

    async def audit(self) -> AuditReport:
        return AuditReport()


def monitors(make: Callable[[], HostMonitor]) -> MonitorMaker:
    """What makes a host's monitor like this, whether or not gateways are to be asked first."""

    def monitor(*, ask_first: bool = False) -> HostMonitor:
        return make()

    return monitor
