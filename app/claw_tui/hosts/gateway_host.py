"""Everything that the dashboard wants of the core and of the user's files, in one object that it is made with.

The core is imported by what needs it, when that is first used: the first screen does not wait for it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Protocol, Self

from claw_tui import gc_tuning as garbage
from claw_tui.hosts.logs import LogOpener, log_opener
from claw_tui.hosts.onboarding import LocalOnboarder, LocalRecovery, Onboarder, Recovery
from claw_tui.settings import LoadedSettings, load_settings
from gateway_core.local_host import user_config_dir

if TYPE_CHECKING:
    from gateway_core.lifecycle.backend import Options
    from gateway_core.lifecycle.operate import Hold
    from gateway_core.operations import Operation, OperationResult, Report
if TYPE_CHECKING:
    from gateway_core.audit.model import AuditReport

if TYPE_CHECKING:
    from gateway_core.distributions import Distribution
    from gateway_core.events.recorder import Tell
    from gateway_core.events.store import EventStore
    from gateway_core.host import Host
    from gateway_core.lifecycle.backend import Options
    from gateway_core.lifecycle.exit_reasons import ExitReasons
    from gateway_core.lifecycle.operate import Hold
    from gateway_core.operations import Operation, OperationResult, Report
    from gateway_core.snapshot import Instance, Snapshot


class Auditor(Protocol):
    """What audits a host: its monitor."""

    async def audit(self) -> AuditReport:
        """Ask all checks now."""
        ...


class Services(Protocol):
    """What is `None` cannot be done in this session, and is not offered."""

    @property
    def badges(self) -> tuple[str, ...]:
        """Short notes on the session, such as `demo`."""
        ...

    @property
    def farewell(self) -> str:
        """What is said at the end."""
        ...

    @property
    def operator(self) -> Operator | None:
        """Acts on instances."""
        ...

    @property
    def onboarder(self) -> Onboarder | None:
        """Makes new gateways."""
        ...

    @property
    def recovery(self) -> Recovery | None:
        """Finds onboardings that were not finished, goes on with them and takes them back."""
        ...

    @property
    def open_logs(self) -> LogOpener | None:
        """Finds the logs of instances."""
        ...

    @property
    def open_events(self) -> Callable[[Tell], EventStore] | None:
        """Gives the database of events; without one nothing is written down."""
        ...

    def settings(self) -> LoadedSettings:
        """What the user has chosen."""
        ...

    def monitor(self) -> HostMonitor:
        """What watches the host: once more, if watching failed and the user asks for another look."""
        ...

    def distributions(self) -> Iterable[Distribution]:
        """Every product that is known here."""
        ...

    def start_command(self, instance: Instance) -> str | None:
        """What a start of that instance without a service runs, if that is known."""
        ...

    def exit_reasons(self) -> ExitReasons | None:
        """What knows how processes end; without it only service managers tell."""
        ...

    def now(self) -> datetime:
        """The time, for what grows older on screen."""
        ...


@dataclass(frozen=True, slots=True)
class LocalServices:
    """Those of the machine that this program runs on."""

    host: Callable[[], Host]
    """Gives the same one each time."""

    @property
    def badges(self) -> tuple[str, ...]:
        """The usual session needs no note."""
        return ()

    @property
    def farewell(self) -> str:
        """What becomes of the gateways."""
        return FAREWELL

    @property
    def operator(self) -> Operator | None:
        """The core's."""
        return self._operate

    async def _operate(
        self, instance_ids: Sequence[str], operation: Operation, options: Options, report: Report, hold: Hold
    ) -> tuple[OperationResult, ...]:
        from gateway_core.lifecycle.operate import operate_many

        return await operate_many(self.host(), instance_ids, operation, options, report, hold=hold)

    @property
    def onboarder(self) -> Onboarder | None:
        """The core's."""
        return LocalOnboarder(self.host)

    @property
    def recovery(self) -> Recovery | None:
        """The core's."""
        return LocalRecovery(self.host)

    @property
    def open_logs(self) -> LogOpener | None:
        """Finds them where their instances write them."""
        return log_opener(self.host)

    def open_events(self, tell: Tell) -> EventStore:
        """The user's database, which all claw-tuis share."""
        from gateway_core.dirs import events_database
        from gateway_core.events.store import EventStore

        return EventStore(events_database(self.host()), tell)

    def settings(self) -> LoadedSettings:
        """Those in the user's config dir."""
        return load_settings(user_config_dir())

    def monitor(self) -> HostMonitor:
        """The core's."""
        from gateway_core.audit.run import AuditingMonitor

        garbage.look_briefly()
        return AuditingMonitor(self.host())

    def distributions(self) -> Iterable[Distribution]:
        """The built-in ones, and the user's own."""
        from gateway_core.distributions import load_distributions

        return load_distributions(self.host().config_dir)

    def start_command(self, instance: Instance) -> str | None:
        """As the core would call it."""
        from gateway_core.lifecycle.invocation import start_command

        return start_command(self.host(), self.distributions(), instance)

    def exit_reasons(self) -> ExitReasons | None:
        """The core's."""
        from gateway_core.lifecycle.exit_reasons import ExitReasons

        return ExitReasons(self.host())

    def now(self) -> datetime:
        """The clock's."""
        return datetime.now(UTC)


class ReadOnlyServices(LocalServices):
    """Show everything, and do nothing to any instance."""

    @property
    def badges(self) -> tuple[str, ...]:
        """Says so."""
        return ("read-only",)

    @property
    def operator(self) -> None:
        """Nothing acts."""

    @property
    def onboarder(self) -> None:
        """Nothing is made."""


class DemoServices(LocalServices):
    """Those of a throw-away home."""

    @property
    def badges(self) -> tuple[str, ...]:
        """So that nobody takes it for their own gateways."""
        return ("demo",)

    @property
    def farewell(self) -> str:
        """The demo's gateways do not go on."""
        return DEMO_FAREWELL

    def settings(self) -> LoadedSettings:
        """The user's, to begin with; what is tried in a demo is not kept."""
        return replace(load_settings(user_config_dir()), path=None)


ExitReason = Literal["quit", "demo"]
"""Why it ended: the user left, or wants to see the demo."""

FAREWELL = "claw-tui has ended; the gateways keep running."
DEMO_FAREWELL = "The demo has ended, and its gateways with it."


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


class Operator(Protocol):
    """What acts on instances: `operate_many` of the core, bound to a host."""

    async def __call__(
        self, instance_ids: Sequence[str], operation: Operation, options: Options, report: Report, hold: Hold
    ) -> tuple[OperationResult, ...]:
        """Do it to each of them side by side; reports on the event loop. What was cancelled alone has no result."""
        ...
