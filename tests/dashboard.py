"""Runs the dashboard for tests, with snapshots that tests post."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from textual.app import App
from textual.pilot import Pilot

from claw_tui.app import ClawTui, SnapshotArrived
from claw_tui.hosts.gateway_host import FAREWELL, ExitReason, HostMonitor, Operator
from claw_tui.hosts.logs import LogOpener
from claw_tui.hosts.onboarding import Onboarder, Recovery
from claw_tui.settings import LoadedSettings
from gateway_core.audit import AuditReport
from gateway_core.distributions import Distribution, built_in_distributions
from gateway_core.events.recorder import Tell
from gateway_core.events.store import EventStore
from gateway_core.lifecycle.exit_reasons import ExitReasons
from gateway_core.snapshot import Instance, Snapshot
from tests.snapshots import NOW

SIZES = [(80, 24), (120, 36), (160, 48)]


class QuietSource:
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


def _start_command(found: Instance) -> str | None:
    assert found.configured_port is not None
    return f"{found.command} --profile {found.profile} gateway --port {found.configured_port.value}"


@dataclass(frozen=True)
class GivenServices:
    """Those of a dashboard that sees only what tests post, and can do only what they give it the means for."""

    badges: tuple[str, ...] = ()
    farewell: str = FAREWELL
    operator: Operator | None = None
    onboarder: Onboarder | None = None
    recovery: Recovery | None = None
    open_logs: LogOpener | None = None
    open_events: Callable[[Tell], EventStore] | None = None
    settings: Callable[[], LoadedSettings] = LoadedSettings
    monitor: Callable[[], HostMonitor] = QuietSource
    distributions: Callable[[], Iterable[Distribution]] = built_in_distributions
    start_command: Callable[[Instance], str | None] = _start_command
    exit_reasons: Callable[[], ExitReasons | None] = lambda: None
    now: Callable[[], datetime] = lambda: NOW


@asynccontextmanager
async def dashboard(
    snapshot: Snapshot | None,
    size: tuple[int, int] = (120, 36),
    settings: LoadedSettings | None = None,
    *,
    badges: tuple[str, ...] = (),
    operator: Operator | None = None,
    onboarder: Onboarder | None = None,
    recovery: Recovery | None = None,
    open_logs: LogOpener | None = None,
) -> AsyncIterator[tuple[ClawTui, Pilot[ExitReason]]]:
    """The dashboard in a terminal of that size, after that snapshot has arrived."""
    services = GivenServices(
        badges=badges,
        operator=operator,
        onboarder=onboarder,
        recovery=recovery,
        open_logs=open_logs,
        settings=lambda: settings or LoadedSettings(),
    )
    app = ClawTui(services)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        if snapshot is not None:
            app.post_message(SnapshotArrived(snapshot))
            await _shown(app, pilot)
        await pilot.pause()
        yield app, pilot


async def _shown(app: ClawTui, pilot: Pilot[ExitReason]) -> None:
    deadline = time.monotonic() + 20
    while app.current_mode == "start" or not screen_text(app).strip():
        assert time.monotonic() < deadline
        await pilot.pause(0.02)
    await pilot.pause()


def screen_text(app: App[ExitReason]) -> str:
    """What the screen shows, as lines of text."""
    lines = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in line) for line in lines)
