"""The dashboard in the mode of logs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from textual.pilot import Pilot

from claw_tui.app import ClawTui
from claw_tui.hosts.logs import LogOpener, find_logs
from claw_tui.logs.pane import LogPane
from claw_tui.shell.dashboard_app import DashboardResult
from gateway_core.demo.home import DemoHome
from gateway_core.monitor.monitor import take_snapshot
from tests.bursts import burst
from tests.dashboard import dashboard
from tests.program import instances_of


@asynccontextmanager
async def logs_of(
    home: DemoHome, size: tuple[int, int] = (120, 36), opener: LogOpener | None = None, *, keys: str = "3"
) -> AsyncIterator[tuple[ClawTui, Pilot[DashboardResult]]]:
    """The dashboard in the mode of logs, over whoever lives in that home, after these keys in one burst."""
    host = home.host()
    snapshot = await take_snapshot(host)
    own = tuple(instances_of(snapshot, home).values())
    picture = snapshot.model_copy(update={"instances": own, "problems": ()})
    async with dashboard(picture, size, open_logs=opener or partial(find_logs, host)) as (app, pilot):
        await burst(pilot, keys)
        yield app, pilot


def shown(app: ClawTui) -> list[str]:
    return [line.message for line in app.screen.query_one(LogPane).lines]
