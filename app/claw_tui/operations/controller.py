"""The part of the dashboard that acts: it owns running operations, keeps their log, and tells how they ended."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from textual import on
from textual.message import Message
from textual.reactive import var

from claw_tui.hosts.gateway_host import Operator
from claw_tui.onboarding.controller import OnboardingApp
from claw_tui.operations.operation_log import OperationLog
from claw_tui.text.values import clean

if TYPE_CHECKING:
    from claw_tui.hosts.gateway_host import Services
    from gateway_core.lifecycle.backend import Options
    from gateway_core.operations import (
        Operation,
        OperationResult,
        Progress,
    )

_OPERATIONS = "operations"
_FAREWELL_S = 2.0
"""Cancelled operations only have to let go of their locks."""
_TOAST_S = 6
_TOAST_OF_FAILURE_S = 20


@dataclass
class OperationProgressed(Message):
    """A step began or ended, or an operation is over."""

    event: Progress


@dataclass
class OperationsAbandoned(Message):
    """Of operations on these nothing more will be heard: nobody waits for them any more."""

    instance_ids: Sequence[str]
    error: str | None = None
    """That of claw-tui itself, unless they were cancelled."""


@dataclass
class OperationsEnded(Message):
    """All that was asked for at once is over."""

    results: Sequence[OperationResult]


class OperatingApp(OnboardingApp):
    """Runs operations as workers of its own, so that they go on whatever screen is shown."""

    operations: var[OperationLog] = var(OperationLog)
    """Everything that was done, or is being done, in this session."""

    def __init__(self, services: Services) -> None:
        """Without an operator nothing can be done to any instance."""
        super().__init__(services)
        self._operator = services.operator
        self.farewell = services.farewell
        self.now = services.now
        self._held: dict[str, asyncio.Task[OperationResult]] = {}
        """The operations that are under way, by instance."""

    @property
    def can_operate(self) -> bool:
        """Whether anything may be done at all."""
        return self._operator is not None

    def operate(self, instance_ids: Sequence[str], operation: Operation, options: Options | None = None) -> None:
        """Begin it on each of these; whom something is being done to already is left out."""
        ids = [name for name in instance_ids if name not in self.operations.busy]
        if self._operator is None or not ids:
            return
        self.operations = self.operations.asked(ids, operation, self.now())
        work = self._operate(self._operator, ids, operation, options)
        self.run_worker(work, group=_OPERATIONS, exit_on_error=False)

    def cancel_operation(self, instance_id: str) -> bool:
        """Stop waiting for what is being done to it, if it is. That ends no gateway: what was begun goes its way."""
        task = self._held.get(instance_id)
        return task is not None and task.cancel()

    async def _operate(
        self, operator: Operator, ids: Sequence[str], operation: Operation, options: Options | None
    ) -> None:
        from gateway_core.lifecycle.backend import Options

        def tell(event: Progress) -> None:
            self.post_message(OperationProgressed(event))

        try:
            results = await operator(ids, operation, options or Options(), tell, self._hold)
        except Exception as error:  # noqa: BLE001  the boundary: whatever it is, the user is told
            self.post_message(OperationsAbandoned(ids, f"{type(error).__name__}: {error}"))
        else:
            self.post_message(OperationsEnded(results))

    def _hold(self, instance_id: str, task: asyncio.Task[OperationResult]) -> None:
        self._held[instance_id] = task
        task.add_done_callback(partial(self._let_go, instance_id))

    def _let_go(self, instance_id: str, task: asyncio.Task[OperationResult]) -> None:
        """It has taken its last step, which was reported before this."""
        if self._held.get(instance_id) is task:
            del self._held[instance_id]
        if task.cancelled():
            self.post_message(OperationsAbandoned([instance_id]))

    @on(OperationProgressed)
    def _hear(self, message: OperationProgressed) -> None:
        self.operations = self.operations.heard(message.event)

    @on(OperationsAbandoned)
    def _give_up(self, message: OperationsAbandoned) -> None:
        self.operations = self.operations.abandoned(message.instance_ids)
        if message.error is not None:
            names = ", ".join(map(clean, message.instance_ids))
            self._report("operations", f"What was begun on {names} stopped on an error of claw-tui: {message.error}")
        self.look_again()

    @on(OperationsEnded)
    def _tell_outcome(self, message: OperationsEnded) -> None:
        if not message.results:
            return
        from claw_tui.operations.text import toast

        said = toast(message.results)
        self.notify(
            said.text,
            title=said.title,
            severity="information" if said.good else "error",
            timeout=_TOAST_S if said.good else _TOAST_OF_FAILURE_S,
            markup=False,
        )
        self.look_again()

    def look_again(self) -> None:
        """Called when instances may have changed."""

    async def action_quit(self) -> None:
        """End; while operations run or a gateway is made, ask first, but not twice."""
        from claw_tui.onboarding.run_screens import ProgressScreen
        from claw_tui.shell.confirm_sheet import LeaveSheet

        if isinstance(self.screen, ProgressScreen) and self.screen.is_at_work:
            self.screen.action_leave()
        elif not self.operations.open or isinstance(self.screen, LeaveSheet):
            await self._leave(True)
        else:
            from claw_tui.operations.confirmations import before_leaving

            self.push_screen(LeaveSheet(before_leaving(self.operations.open)), self._leave)

    async def _leave(self, agreed: bool | None) -> None:
        """Say that gateways do not end with claw-tui, and what nobody has seen the end of."""
        if agreed:
            left = await self._abandon_operations()
            unseen = f" Not waited for: {', '.join(left)}; see claw-tui ls." if left else ""
            self.exit("quit", message=self.farewell + unseen)

    async def _abandon_operations(self) -> tuple[str, ...]:
        """Cancel what runs, in order: locks are let go of, gateways are not ended. Which instances that were."""
        ids = tuple(one.instance for one in self.operations.open)
        running = [worker for worker in self.workers if worker.group == _OPERATIONS and not worker.is_finished]
        for worker in running:
            worker.cancel()
        with suppress(TimeoutError):
            async with asyncio.timeout(_FAREWELL_S):
                await asyncio.gather(*(worker.wait() for worker in running), return_exceptions=True)
        return tuple(map(clean, ids))
