"""What watches the host for the dashboard."""

from __future__ import annotations

from collections.abc import AsyncIterator
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

from claw_tui.auditing import Auditor

if TYPE_CHECKING:
    from gateway_core.snapshot import Snapshot


class HostMonitor(Auditor, Protocol):
    """What the dashboard wants of a monitor."""

    async def __aenter__(self) -> Self:
        """Begin to watch."""
        ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop watching."""
        ...

    def subscribe(self) -> AsyncIterator[Snapshot]:
        """The current snapshot at once, then each change."""
        ...

    def refresh(self) -> None:
        """Look at everything again now."""
        ...
