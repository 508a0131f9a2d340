"""The dashboard's app, for those who need of it only what every Textual app can do."""

from collections.abc import Callable, Coroutine
from typing import Literal

from textual.app import App
from textual.worker import Worker

DashboardResult = Literal["quit", "demo"]
"""Why the dashboard ended: the user left, or wants to see the demo."""
DashboardApp = App[DashboardResult]


def run_in_background(
    app: DashboardApp, work: Callable[[], Coroutine[None, None, None]], group: str, *, exclusive: bool = True
) -> Worker[None]:
    """Run it as a worker of the app, which cancels it when the dashboard ends. It handles its errors itself.

    `exclusive`: a worker that still runs in the same group is given up for it.
    """
    return app.run_worker(work, group=group, exclusive=exclusive)
