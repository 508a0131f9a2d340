"""Runs operations, whatever screen is shown, keeps their log, and tells how they ended."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from textual.worker import Worker

from claw_tui.operations.operation_log import OperationLog
from claw_tui.shell.background import Background, in_words
from claw_tui.shell.dashboard_app import DashboardApp, Observed
from claw_tui.shell.problems import Problems
from claw_tui.text.hints import Hint
from claw_tui.text.values import clean

if TYPE_CHECKING:
    from claw_tui.events.controller import EventsController
    from claw_tui.hosts.gateway_host import Operator
    from gateway_core.lifecycle.backend import Options
    from gateway_core.operations import Operation, OperationResult, Progress

_OPERATIONS = "operations"
_CLOSE_TIMEOUT_S = 2.0  # cancelled operations only have to let go of their locks
_TOAST_S = 6
_TOAST_OF_FAILURE_S = 20


class OperationsController:
    """Owns the operations that are under way: each ends with the dashboard, and can be given up before."""

    def __init__(
        self,
        app: DashboardApp,
        operator: Operator | None,
        now: Callable[[], datetime],
        problems: Problems,
        background: Background,
        events: EventsController,
        look_again: Callable[[], None],
        hint: Hint,
    ) -> None:
        """Without an `operator` nothing can be done; `look_again` is called when instances may have changed.

        `hint` puts keys in the place of commands.
        """
        self._hint = hint
        self._app = app
        self._operator = operator
        self._now = now
        self._problems = problems
        self._background = background
        self._events = events
        self._look_again = look_again
        self._workers: list[Worker[None]] = []
        self._tasks: dict[str, asyncio.Task[OperationResult]] = {}  # the operations that are under way, by instance
        self.log = Observed(app, _OPERATIONS, OperationLog())
        """Everything that was done, or is being done, in this session."""

    @property
    def can_operate(self) -> bool:
        return self._operator is not None

    def operate(self, instance_ids: Sequence[str], operation: Operation, options: Options | None = None) -> None:
        """Begin an operation on each instance but those with one under way."""
        ids = [name for name in instance_ids if name not in self.log.value.busy]
        if self._operator is None or not ids:
            return
        self.log.set(self.log.value.with_requested(ids, operation, self._now()))
        work = partial(self._operate, self._operator, ids, operation, options)
        worker = self._background.run(work, _OPERATIONS, exclusive=False)
        self._workers = [*self._running, worker]

    def note(self, result: OperationResult) -> None:
        """Take what was done by other means, such as a new gateway, into the log."""
        lasted = timedelta(seconds=sum(step.seconds for step in result.steps))
        self.log.set(self.log.value.with_finished(result, self._now() - lasted))

    def cancel(self, instance_id: str) -> bool:
        """Stop waiting for the operation on an instance, if there is one. That ends no gateway and undoes nothing."""
        task = self._tasks.get(instance_id)
        return task is not None and task.cancel()

    async def abandon_all(self) -> tuple[str, ...]:
        """Cancel what runs, in order: locks are let go of, gateways are not ended. Return which instances that were."""
        ids = tuple(one.instance for one in self.log.value.open)
        running = self._running
        for worker in running:
            worker.cancel()
        with suppress(TimeoutError):
            async with asyncio.timeout(_CLOSE_TIMEOUT_S):
                await asyncio.gather(*(worker.wait() for worker in running), return_exceptions=True)
        return ids

    @property
    def _running(self) -> list[Worker[None]]:
        return [worker for worker in self._workers if not worker.is_finished]

    async def _operate(
        self, operator: Operator, ids: Sequence[str], operation: Operation, options: Options | None
    ) -> None:
        from gateway_core.lifecycle.backend import Options

        try:
            results = await operator(ids, operation, options or Options(), self._progressed, self._keep_task)
        except Exception as error:  # noqa: BLE001  the boundary: whatever it is, the user is told
            self._fail(ids, in_words(error))
        else:
            self._tell_outcome(results)

    def _fail(self, ids: Sequence[str], reason: str) -> None:
        names = ", ".join(map(clean, ids))
        self._abandon(ids)
        self._problems.report(_OPERATIONS, f"What was begun on {names} stopped on an error of claw-tui: {reason}")

    def _keep_task(self, instance_id: str, task: asyncio.Task[OperationResult]) -> None:
        self._tasks[instance_id] = task
        task.add_done_callback(partial(self._operation_done, instance_id))

    def _operation_done(self, instance_id: str, task: asyncio.Task[OperationResult]) -> None:
        """Forget a finished operation, whose last step was reported before this."""
        if self._tasks.get(instance_id) is task:
            del self._tasks[instance_id]
        if task.cancelled():
            self._abandon([instance_id])

    def _progressed(self, event: Progress) -> None:
        self.log.set(self.log.value.with_progress(event, self._hint))
        self._events.operation_progressed(event)

    def _abandon(self, instance_ids: Sequence[str]) -> None:
        abandoned = [one for one in self.log.value.open if one.instance in instance_ids]
        self.log.set(self.log.value.with_abandoned(instance_ids))
        for one in abandoned:
            self._events.operation_abandoned(one.instance, one.operation, one.steps, one.asked_to_stop)
        self._look_again()

    def _tell_outcome(self, results: Sequence[OperationResult]) -> None:
        if not results:
            return
        from claw_tui.operations.text import toast

        said = toast(results, self._hint)
        self._app.notify(
            said.text,
            title=said.title,
            severity="error" if not said.good else "warning" if said.warns else "information",
            timeout=_TOAST_S if said.good and not said.warns else _TOAST_OF_FAILURE_S,
            markup=False,
        )
        self._look_again()
