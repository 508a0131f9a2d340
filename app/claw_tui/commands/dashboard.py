"""`claw-tui` without a command: the dashboard, or the table where there is no terminal to draw on."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from claw_tui import garbage
from claw_tui.commands.ls import list_instances
from claw_tui.commands.source import SnapshotSource

if TYPE_CHECKING:
    from claw_tui.app import ClawTui
    from gateway_core.distributions import Distributions
    from gateway_core.events.recorder import Tell
    from gateway_core.events.store import EventStore
    from gateway_core.host import Host
    from gateway_core.lifecycle.endings import Endings
    from gateway_core.lifecycle.operate import Hold
    from gateway_core.lifecycle.operations import Operation, OperationResult, Report
    from gateway_core.lifecycle.work import Options
    from gateway_core.monitor import Monitor


def open_dashboard(source: SnapshotSource, *, read_only: bool = False) -> None:
    """Open the dashboard; without a terminal print what `ls` prints."""
    if not has_terminal():
        list_instances(source)
        return
    if dashboard(lambda: source.host, read_only=read_only).run() == "demo":
        from claw_tui.commands.demo import run_demo

        run_demo()


def open_wizard(source: SnapshotSource) -> None:
    """Open the dashboard at the questions for a new gateway."""
    app = dashboard(lambda: source.host)
    app.begins_with_wizard = True
    app.run()


def has_terminal() -> bool:
    """Whether there is something to draw on, and somebody to press keys."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def dashboard(host: Callable[[], Host], *, banner: str | None = None, read_only: bool = False) -> ClawTui:
    """The dashboard of that host, with the user's settings. The core is only imported after its first paint."""
    from claw_tui.app import ClawTui
    from claw_tui.locations import config_dir
    from claw_tui.log_opening import log_opener
    from claw_tui.onboarder import LocalOnboarder
    from claw_tui.recovery import LocalRecovery
    from claw_tui.settings import load_settings

    def monitor() -> Monitor:
        from gateway_core.monitor import Monitor

        garbage.look_briefly()
        return Monitor(host())

    def distributions() -> Distributions:
        from gateway_core.distributions import load_distributions

        return load_distributions(host().config_dir)

    async def operate(
        instance_ids: Sequence[str], operation: Operation, options: Options, report: Report, hold: Hold
    ) -> tuple[OperationResult, ...]:
        from gateway_core.lifecycle.operate import operate_many

        return await operate_many(host(), instance_ids, operation, options, report, hold=hold)

    def events(tell: Tell) -> EventStore:
        from gateway_core.events.store import EventStore, database_path

        return EventStore(database_path(host()), tell)

    def endings() -> Endings:
        from gateway_core.lifecycle.endings import Endings

        return Endings(host())

    settings = load_settings(config_dir())
    app = ClawTui(
        monitor,
        settings=replace(settings, path=None) if banner else settings,  # what is tried in a demo is not kept
        distributions=distributions,
        operator=operate,
        open_logs=log_opener(host),
        read_only=read_only,
        banner=banner,
    )
    app.open_events = events
    app.open_endings = endings
    app.onboarder = None if read_only else LocalOnboarder(host)
    app.recovery = LocalRecovery(host)
    return app
