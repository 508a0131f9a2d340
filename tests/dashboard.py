"""Runs the dashboard for tests, with snapshots that tests post."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import textual._wait
from textual.app import App, ScreenStackError
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet
from textual.pilot import Pilot

from claw_tui.app import ClawTui
from claw_tui.hosts.gateway_host import GatewayHost, HostMonitor, Operator
from claw_tui.hosts.logs import LogOpener
from claw_tui.hosts.onboarding import Onboarder, OnboardingRuns
from claw_tui.session import SnapshotTaken
from claw_tui.settings import LoadedSettings
from claw_tui.shell.dashboard_app import DashboardResult
from gateway_core.distributions.loader import Distributions, built_in_distributions
from gateway_core.snapshot import Instance, Snapshot
from tests.monitors import QuietMonitor, monitors
from tests.snapshots import NOW

SIZES = [(80, 24), (120, 36), (160, 48)]
_MOST_LOOKS = 40  # the screen of a live host never rests for long
_LOOKS_AT_REST = 2
_STEP_S = 0.005
textual._wait.SLEEP_GRANULARITY = _STEP_S  # a key waits for some ten of these: of 20 ms each, for most of a test
textual._wait.SLEEP_IDLE = _STEP_S / 5

_parse_rules = Stylesheet._parse_rules
_parsed: dict[tuple[object, ...], list[RuleSet]] = {}


def _parse_rules_once(
    self: Stylesheet,
    css: str,
    read_from: tuple[str, str],
    is_default_rules: bool = False,
    tie_breaker: int = 0,
    scope: str = "",
) -> list[RuleSet]:
    """Parse what no dashboard of this process has parsed before: it takes a fifth of a test."""
    key = (css, read_from, is_default_rules, tie_breaker, scope, frozenset(self._variables.items()))
    if key not in _parsed:
        _parsed[key] = _parse_rules(self, css, read_from, is_default_rules, tie_breaker, scope)
    return _parsed[key]


Stylesheet._parse_rules = _parse_rules_once  # type: ignore[method-assign]  # Textual has no place for it


def _start_command(found: Instance) -> str | None:
    assert found.configured_port is not None
    return f"{found.command} --profile {found.profile} gateway --port {found.configured_port.value}"


async def _no_look() -> NoReturn:
    raise AssertionError("the dashboard watches: it never looks only once")


BARE_HOST = GatewayHost(
    monitor=monitors(QuietMonitor),
    snapshot=_no_look,
    glance=_no_look,
    audit=_no_look,
    distributions=lambda: Distributions(built_in_distributions()),
    home=Path.home,
    uid=lambda: 4711,
    now=lambda: NOW,
    start_command=_start_command,
    settings=LoadedSettings,
    exit_reasons=lambda: None,
)
"""A host of which the dashboard sees only what tests post, and to which it can do nothing."""


class DashboardPilot(Pilot[DashboardResult]):
    """A pilot who goes on when the screen has come to rest.

    Textual's own goes on when the process uses little CPU, and so also where a busy machine gives it none.
    """

    async def press(self, *keys: str) -> None:
        await super().press(*keys)
        await self._until_at_rest()

    async def pause(self, delay: float | None = None) -> None:
        await super().pause(delay)
        if delay is None:
            await self._until_at_rest()

    async def _until_at_rest(self) -> None:
        """Wait until so many looks in a row have shown nothing new."""
        shown, unchanged = None, 0
        for _ in range(_MOST_LOOKS):
            before, shown = shown, self._screen_text()
            unchanged = unchanged + 1 if shown == before else 0
            if shown is None or unchanged == _LOOKS_AT_REST:
                return
            await super().pause()

    def _screen_text(self) -> str | None:
        try:
            return screen_text(self.app)
        except ScreenStackError:  # the dashboard has ended
            return None


@asynccontextmanager
async def piloted(
    app: ClawTui, size: tuple[int, int] = (120, 36), *, toasts: bool = False
) -> AsyncIterator[DashboardPilot]:
    """The pilot of that dashboard, which runs in a terminal of that size."""
    async with app.run_test(size=size, notifications=toasts):
        yield DashboardPilot(app)


@asynccontextmanager
async def dashboard(
    snapshot: Snapshot | None,
    size: tuple[int, int] = (120, 36),
    settings: LoadedSettings | None = None,
    *,
    badges: tuple[str, ...] = (),
    operator: Operator | None = None,
    onboarder: Onboarder | None = None,
    onboarding_runs: OnboardingRuns | None = None,
    open_logs: LogOpener | None = None,
    monitor: Callable[[], HostMonitor] = QuietMonitor,
    toasts: bool = False,
) -> AsyncIterator[tuple[ClawTui, Pilot[DashboardResult]]]:
    """The dashboard in a terminal of that size, after that snapshot has arrived."""
    host = replace(
        BARE_HOST,
        badges=badges,
        operator=operator,
        onboarder=onboarder,
        onboarding_runs=onboarding_runs,
        open_logs=open_logs,
        monitor=monitors(monitor),
        settings=lambda: settings or LoadedSettings(),
    )
    app = ClawTui(host)
    async with piloted(app, size, toasts=toasts) as pilot:
        await pilot.pause()
        if snapshot is not None:
            app.post_message(SnapshotTaken(snapshot))
            await _shown(app, pilot)
        await pilot.pause()
        yield app, pilot


async def show(app: ClawTui, pilot: Pilot[DashboardResult], snapshot: Snapshot) -> None:
    """Let that snapshot arrive, and then every screen that follows it show it."""
    app.post_message(SnapshotTaken(snapshot))
    await pilot.pause()


async def _shown(app: ClawTui, pilot: Pilot[DashboardResult]) -> None:
    deadline = time.monotonic() + 20
    while app.current_mode == "start" or not screen_text(app).strip():
        assert time.monotonic() < deadline
        await pilot.pause(0.02)
    await pilot.pause()


def screen_text(app: App[DashboardResult]) -> str:
    """What the screen shows, as lines of text."""
    lines = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in line) for line in lines)


def sheet_text(app: App[DashboardResult]) -> str:
    """All that the sheet on top holds, also what is scrolled out of sight."""
    return str(app.screen.query_one("#sheet Static").render())
