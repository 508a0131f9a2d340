"""The interface of a host: all that front ends may ask of it and do to its gateways, in one object."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self, TypeAlias

if TYPE_CHECKING:
    from claw_tui.hosts.logs import LogOpener
    from claw_tui.hosts.onboarding import Onboarder, Recovery
    from claw_tui.settings import LoadedSettings
    from gateway_core.audit.model import AuditReport
    from gateway_core.distributions import Distribution
    from gateway_core.events.recorder import Tell
    from gateway_core.events.store import EventStore
    from gateway_core.lifecycle.backend import Options
    from gateway_core.lifecycle.exit_reasons import ExitReasons
    from gateway_core.lifecycle.operate import OnTask
    from gateway_core.operations import Operation, OperationResult, Report
    from gateway_core.snapshot import Instance, Snapshot

EXIT_MESSAGE = "claw-tui has ended; the gateways keep running."

Operator: TypeAlias = (
    "Callable[[Sequence[str], Operation, Options, Report, OnTask], Awaitable[tuple[OperationResult, ...]]]"
)
"""Does something to each of these instances side by side, and reports on the event loop.

`OnTask` is called with the task of each operation; one that was cancelled alone has no result.
"""


class HostMonitor(Protocol):
    """Watches a host, and audits it on demand."""

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def subscribe(self) -> AsyncIterator[Snapshot]:
        """Yield the current snapshot at once, then each that differs."""
        ...

    def refresh(self) -> None:
        """Look at everything again now."""
        ...

    async def audit(self) -> AuditReport:
        """Make all checks now."""
        ...


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayHost:
    """A host as the front ends see it. What is `None` cannot be done there, and is not offered."""

    monitor: Callable[[], HostMonitor]
    """Makes a monitor of the host; another one, if watching failed and the user asks for another look."""
    distributions: Callable[[], Iterable[Distribution]]  # returns every product that is known on the host
    start_command: Callable[[Instance], str | None]
    """Returns the command that a start without a service runs, if it is known."""
    settings: Callable[[], LoadedSettings]
    exit_reasons: Callable[[], ExitReasons | None]
    """Returns the source of the reasons why processes ended; without one only service managers tell."""
    operator: Operator | None = None
    onboarder: Onboarder | None = None
    recovery: Recovery | None = None
    open_logs: LogOpener | None = None
    open_events: Callable[[Tell], EventStore] | None = None
    """Opens the database of events; without one nothing is written down."""
    badges: tuple[str, ...] = ()  # short notes on the session, such as `demo`
    exit_message: str = EXIT_MESSAGE  # the message at the end of the dashboard: what becomes of the gateways
    now: Callable[[], datetime] = _utc_now
