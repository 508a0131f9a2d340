"""Watches the host as long as the dashboard runs."""

from __future__ import annotations

from asyncio import to_thread
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

from claw_tui.shell.dashboard_app import DashboardApp, run_in_background
from claw_tui.shell.problems import Problems

if TYPE_CHECKING:
    from claw_tui.hosts.gateway_host import HostMonitor
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
    ) -> None:
        """`prepare` and `make_monitor` may be slow, and are called in a thread."""
        self._app = app
        self._prepare = prepare
        self._make_monitor = make_monitor
        self._problems = problems
        self._monitor: HostMonitor | None = None

    @property
    def monitor(self) -> HostMonitor | None:
        """The monitor, while it watches."""
        return self._monitor

    def begin(self) -> None:
        run_in_background(self._app, self._watch, _WATCHING)

    def refresh(self) -> None:
        """Look at everything again now; watch again, if that had ended."""
        if self._monitor is None:
            self.begin()
        else:
            self._monitor.refresh()

    async def _watch(self) -> None:
        try:
            await to_thread(self._prepare)
            async with await to_thread(self._make_monitor) as monitor:
                self._monitor = monitor
                async for snapshot in monitor.subscribe():
                    self._app.post_message(SnapshotTaken(snapshot))
        except Exception as error:  # noqa: BLE001  the boundary: whatever it is, the user is told
            self._monitor = None
            reason = f"{type(error).__name__}: {error}"
            message = f"What is shown stands still, because watching ended: {reason}. “Look again” starts it anew."
            self._problems.report(_WATCHING, message)
