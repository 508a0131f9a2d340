"""The interface of a host: all that front ends may ask of it and do to its gateways, in one object."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from claw_tui.hosts.logs import LogOpener
    from claw_tui.hosts.onboarding import Onboarder, OnboardingRuns
    from claw_tui.hosts.registrations import Registrar
    from claw_tui.settings import LoadedSettings
    from gateway_core.audit.model import AuditReport
    from gateway_core.distributions.loader import Distributions
    from gateway_core.events.looking_back import LookingBack
    from gateway_core.events.recorder import Tell
    from gateway_core.events.store import EventStore
    from gateway_core.lifecycle.backend import Options
    from gateway_core.lifecycle.exit_reasons import ExitReasons
    from gateway_core.lifecycle.operate import OnTask
    from gateway_core.onboarding.installed import InstalledProduct
    from gateway_core.operations import Operation, OperationResult, Report
    from gateway_core.snapshot import Instance, Snapshot

EXIT_MESSAGE = "claw-tui has ended; the gateways keep running."

Operator: TypeAlias = (
    "Callable[[Sequence[str], Operation, Options, Report, OnTask], Coroutine[None, None, tuple[OperationResult, ...]]]"
)
"""Does something to each of these instances side by side, and reports on the event loop.

`OnTask` is called with the task of each operation; one that was cancelled alone has no result.
"""


ProductFinder: TypeAlias = "Callable[[], Coroutine[None, None, tuple[InstalledProduct, ...]]]"


class HostMonitor(AbstractAsyncContextManager["HostMonitor"], Protocol):
    """Watches a host while it is entered, and audits it on demand."""

    def subscribe(self) -> AsyncIterator[Snapshot]:
        """Yield the current snapshot at once, then each that differs."""
        ...

    def refresh(self) -> None:
        """Look at everything again now."""
        ...

    async def audit(self) -> AuditReport:
        """Make all checks now."""
        ...


class MonitorMaker(Protocol):
    """Makes a monitor of a host. With `ask_first` it waits with the first snapshot for the answers of all gateways."""

    def __call__(self, *, ask_first: bool = False) -> HostMonitor: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayHost:
    """A host as the front ends see it. What is `None` cannot be done there, and is not offered."""

    monitor: MonitorMaker  # makes another one, if watching failed and the user asks for another look
    snapshot: Callable[[], Coroutine[None, None, Snapshot]]  # looks once at everything, and waits for all answers
    glance: Callable[[], Coroutine[None, None, Snapshot]]
    """Returns the instances that there are, by their files and processes, in a third of the time of `snapshot`."""
    audit: Callable[[], Coroutine[None, None, tuple[Snapshot, AuditReport]]]
    """Looks once at everything and makes all checks; the snapshot is the one that the report speaks of."""
    distributions: Callable[[], Distributions]
    """Returns every product that is known on the host; once there is a monitor, without reading files."""
    home: Callable[[], Path]  # returns the user's home on the host
    uid: Callable[[], int]  # returns the number of that user
    now: Callable[[], datetime]  # returns the time there; like `home` and `uid`, not asked before the first snapshot
    start_command: Callable[[Instance], str | None]
    """Returns the command that a start without a service runs, if it is known."""
    settings: Callable[[], LoadedSettings]
    exit_reasons: Callable[[], ExitReasons | None]
    """Returns the source of the reasons why processes ended; without one only service managers tell."""
    operator: Operator | None = None
    onboarder: Onboarder | None = None
    onboarding_runs: OnboardingRuns | None = None
    installed_products: ProductFinder | None = None
    """Finds the products that are installed, without running any."""
    registrar: Registrar | None = None
    open_logs: LogOpener | None = None
    look_back: Callable[[Tell], LookingBack] | None = None
    """Makes what remembers the host from one dashboard to the next; blocks. Without one nothing is remembered."""
    open_events: Callable[[Tell], EventStore] | None = None
    """Opens the database of events; without one nothing is written down."""
    badges: tuple[str, ...] = ()  # short notes on the session, such as `demo`
    gives_way_to_demo: bool = True  # whether the dashboard can end for one: on a terminal, not on a page of a browser
    exit_message: str = EXIT_MESSAGE  # the message at the end of the dashboard: what becomes of the gateways
