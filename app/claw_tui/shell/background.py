"""Work in the background: what is done beside the screens, as workers of the app."""

from __future__ import annotations

from collections.abc import Callable, Coroutine

from textual.worker import Worker

from claw_tui.shell.dashboard_app import DashboardApp
from claw_tui.shell.problems import Problems


class Background:
    """Runs work that ends with the dashboard; its errors become problems."""

    def __init__(self, app: DashboardApp, problems: Problems) -> None:
        self._app = app
        self._problems = problems

    def run(
        self,
        work: Callable[[], Coroutine[None, None, None]],
        group: str,
        *,
        exclusive: bool = True,
        failed: Callable[[str], None] | None = None,
    ) -> Worker[None]:
        """Run `work` as a worker of the app; its error becomes a problem of the group, unless `failed` takes it.

        `exclusive`: a worker that still runs in the same group is given up for it.
        """

        async def guarded() -> None:
            try:
                try:
                    await work()
                except Exception as error:
                    if failed is None:
                        raise
                    failed(in_words(error))
            except Exception as error:  # noqa: BLE001  the boundary: whatever it is, the user is told
                first = error.__context__  # what a `failed` that failed itself had to tell
                reason = "; after ".join(in_words(each) for each in (error, first) if isinstance(each, Exception))
                said = f"Work in the background stopped on an error of claw-tui: {reason}"
                self._problems.report_once(group, said)

        return self._app.run_worker(guarded, group=group, exclusive=exclusive)


def in_words(error: BaseException) -> str:
    """The words for an error, without loading the core before there is one."""
    from gateway_core.redaction.errors import error_in_words

    return error_in_words(error)
