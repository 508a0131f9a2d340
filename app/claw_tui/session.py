"""The session behind the screens: it watches the host, and has one controller per concern."""

from __future__ import annotations

from asyncio import to_thread
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from textual.message import Message

from claw_tui.actions.model import Situation
from claw_tui.audit.controller import AuditController
from claw_tui.events.away_controller import AwayController
from claw_tui.events.controller import EventsController
from claw_tui.hosts.gateway_host import GatewayHost
from claw_tui.onboarding.controller import OnboardingController
from claw_tui.operations.controller import OperationsController
from claw_tui.shell.background import Background
from claw_tui.shell.dashboard_app import DashboardApp, Observed
from claw_tui.shell.problems import Problems
from claw_tui.text.hints import Hint
from claw_tui.text.unlisted import has_unlisted

if TYPE_CHECKING:
    from claw_tui.hosts.gateway_host import HostMonitor
    from claw_tui.instances.usage_history import UsageHistory
    from gateway_core.snapshot import Snapshot


_WATCHING = "watching the host"


@dataclass
class SnapshotTaken(Message):
    """The host was looked at, and differs from the snapshot before."""

    snapshot: Snapshot


class HostWatcher:
    """Posts each snapshot to the app, and reports why watching ended."""

    def __init__(
        self,
        app: DashboardApp,
        prepare: Callable[[], None],
        make_monitor: Callable[[], HostMonitor],
        problems: Problems,
        background: Background,
        ended: Callable[[], None],
    ) -> None:
        """`prepare` and `make_monitor` may be slow, and are called in a thread."""
        self._app = app
        self._prepare = prepare
        self._make_monitor = make_monitor
        self._problems = problems
        self._background = background
        self._ended = ended
        self._monitor: HostMonitor | None = None

    @property
    def monitor(self) -> HostMonitor | None:
        return self._monitor

    def begin(self) -> None:
        self._background.run(self._watch, _WATCHING, failed=self._fail)

    def refresh(self) -> None:
        """Look at everything again now; watch again, if that had ended."""
        if self._monitor is None:
            self.begin()
        else:
            self._monitor.refresh()

    async def _watch(self) -> None:
        await to_thread(self._prepare)
        async with await to_thread(self._make_monitor) as monitor:
            self._monitor = monitor
            async for snapshot in monitor.subscribe():
                self._app.post_message(SnapshotTaken(snapshot))

    def _fail(self, reason: str) -> None:
        self._monitor = None
        self._ended()
        message = f"What is shown stands still, because watching ended: {reason}. “Look again” starts it anew."
        self._problems.report(_WATCHING, message)


class Session:
    """The state behind the screens: the newest snapshot, and one controller for each concern."""

    def __init__(
        self,
        app: DashboardApp,
        host: GatewayHost,
        *,
        prepare: Callable[[], None],
        bell: bool,
        is_quiet: Callable[[], bool],
        hint: Hint,
    ) -> None:
        """`prepare` loads in a thread what the first snapshot is shown with; `bell` rings for unexpected events.

        `is_quiet` tells whether the user is at nothing that something which opens by itself would disturb. `hint` puts
        keys in the place of commands.
        """
        self.snapshot: Observed[Snapshot | None] = Observed(app, "snapshot", None)
        """The newest snapshot of the host; `None` before the first."""
        self.problems = problems = Problems(app, self.snapshot)
        self.background = background = Background(app, problems)
        self._now = host.now
        self._can_show_demo = host.gives_way_to_demo
        self.watcher = HostWatcher(app, prepare, host.monitor, problems, background, self._lose_sight)
        self.audit = AuditController(app, lambda: self.watcher.monitor, problems, background)
        self.events = EventsController(app, host, problems, background, bell=bell)
        self.away = AwayController(app, host, problems, background, is_quiet)
        self.operations = OperationsController(
            app, host.operator, host.now, problems, background, self.events, self.look_again, hint
        )
        keepers = (self.events, self.operations)
        self.onboarding = OnboardingController(
            app, host, self.snapshot, problems, background, *keepers, self.look_again, hint
        )

    def begin(self) -> None:
        self.watcher.begin()
        self.onboarding.begin()

    def take(self, snapshot: Snapshot) -> None:
        self.audit.see(snapshot)
        self.usage.see(snapshot)
        self.snapshot.set(snapshot)
        self.away.see(snapshot, self.events.see(snapshot))
        self.onboarding.see(snapshot)

    @cached_property
    def usage(self) -> UsageHistory:
        """What each instance has used since the first snapshot; made with that, which brings the core along."""
        from claw_tui.instances.usage_history import UsageHistory

        return UsageHistory(self._now)

    def _lose_sight(self) -> None:
        self.usage.lose_sight()
        self.away.lose_sight()

    def look_again(self) -> None:
        self.watcher.refresh()
        self.audit.audit()

    async def close(self) -> None:
        await self.away.close()
        await self.events.close()

    def situation(self) -> Situation:
        """Return what actions depend on, as far as every mode knows it."""
        snapshot, log = self.snapshot.value, self.operations.log.value
        return Situation(
            empty=snapshot is not None and not snapshot.instances,
            can_show_demo=self._can_show_demo,
            problems=bool(self.problems.all),
            unlisted=snapshot is not None and has_unlisted(snapshot),
            busy=log.busy,
            can_operate=self.operations.can_operate,
            operated=bool(log.records),
            can_onboard=self.onboarding.can_onboard,
            looks_back=self.away.looks_back,
        )
