"""The door to this room: acts on instances, one or many, with verified results.

Such as `await operate(this_host(), "openclaw:rescue", Operation.START, report=print)`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping

from gateway_core.host import Host
from gateway_core.lifecycle import service_setup, start_stop
from gateway_core.lifecycle.backend import OperationContext, Options
from gateway_core.lifecycle.locking import holding_instance
from gateway_core.lifecycle.target import Target, find, look
from gateway_core.lifecycle.waiting import wait_until_settled
from gateway_core.monitor.observer import Observer
from gateway_core.operations import (
    Failure,
    Operation,
    OperationEnded,
    OperationFailedError,
    OperationResult,
    Report,
    StepLog,
    internal_failure,
    unheard,
)
from gateway_core.snapshot import State

AT_ONCE = 4  # how many instances are acted upon at the same time: more starts at once only take longer each

Procedure = Callable[[OperationContext, Target], Awaitable[Target | None]]

_PROCEDURES: Mapping[Operation, Procedure] = {
    Operation.START: start_stop.start,
    Operation.STOP: start_stop.stop,
    Operation.RESTART: start_stop.restart,
    Operation.KILL: start_stop.kill,
    Operation.INSTALL_SERVICE: service_setup.install,
    Operation.UNINSTALL_SERVICE: service_setup.uninstall,
    Operation.ENABLE_SERVICE: service_setup.enable,
}

_WITHOUT_ASKING = (Operation.STOP, Operation.KILL)
"""Operations that end a gateway whatever it answers: all they need is a proof that it is the one that was meant."""


OnTask = Callable[[str, asyncio.Task[OperationResult]], None]  # gets the task of each instance, to cancel it alone


async def operate(
    host: Host, instance_id: str, operation: Operation, options: Options | None = None, report: Report = unheard
) -> OperationResult:
    """Carry out one operation, and tell what really is afterwards. Never raises, unless it is cancelled.

    Cancelled in the middle it leaves what a repeated call can finish, and never ends a gateway: one that was being
    started goes on starting.
    """
    steps = StepLog(instance_id, operation, host.clock, report)
    run = _Run(await Observer.on(host), options or Options(), steps)
    error = await run.perform()
    result = OperationResult(
        instance=instance_id,
        operation=operation,
        ok=error is None,
        state=await run.state_now(),
        steps=tuple(steps.steps),
        error=error,
        pid_before=run.pid_before,
        pid_after=run.pid_now,
        warnings=tuple(steps.warnings),
    )
    report(OperationEnded(result))
    return result


async def operate_many(
    host: Host,
    instance_ids: Iterable[str],
    operation: Operation,
    options: Options | None = None,
    report: Report = unheard,
    at_once: int = AT_ONCE,
    on_task: OnTask | None = None,
) -> tuple[OperationResult, ...]:
    """Carry out one operation on several instances side by side; results in the order of the ids, none hides another's.

    One that is cancelled alone has no result, and does not disturb the others.
    """
    slots = asyncio.Semaphore(at_once)

    async def one(instance_id: str) -> OperationResult:
        async with slots:
            return await operate(host, instance_id, operation, options, report)

    async with asyncio.TaskGroup() as group:
        tasks = {instance_id: group.create_task(one(instance_id)) for instance_id in dict.fromkeys(instance_ids)}
        for instance_id, task in tasks.items():
            if on_task is not None:
                on_task(instance_id, task)
    return tuple(task.result() for task in tasks.values() if not task.cancelled())


class _Run:
    """An operation from the first look to the last."""

    def __init__(self, observer: Observer, options: Options, steps: StepLog) -> None:
        self._host = observer.host
        self._options = options
        self._steps = steps
        self._observer = observer
        self._seen: Target | None = None
        self._fresh = False  # `_seen` is from after the last step; if `None`, nothing is left of the instance
        self.pid_before: int | None = None

    async def perform(self) -> Failure | None:
        """Carry out the operation; why it failed, if it did."""
        try:
            with self._steps.step("find"):
                self._seen = await find(self._observer, self._steps.instance)
            name, operation, place = self._steps.instance, self._steps.operation, self._seen.place
            holding = holding_instance(
                self._host, self._seen.key, name, operation, state_dir=place, warn=self._steps.warn
            )
            async with holding as lock:
                context = OperationContext(self._host, self._observer, self._steps, lock, self._options)
                await self._act(context, self._seen)
        except OperationFailedError as error:
            return error.failure
        except Exception as error:  # noqa: BLE001 - the boundary: whatever it is, its instance says so
            return internal_failure("This operation stopped on an error of claw-tui", error)
        return None

    async def state_now(self) -> State:
        """The state that was seen after the last step; `unknown` if it could not be seen."""
        if not self._fresh:
            if self._seen is None:
                return State.UNKNOWN
            try:
                self._seen = await look(self._observer, self._seen)
            except Exception:  # noqa: BLE001 - the error of the operation itself is already in its result
                return State.UNKNOWN
        return self._seen.instance.state if self._seen is not None else State.STOPPED

    @property
    def pid_now(self) -> int | None:
        return _pid(self._seen)

    async def _act(self, context: OperationContext, seen: Target) -> None:
        """Look once more now that nobody else acts on the instance, and carry out the operation."""
        operation = self._steps.operation
        with self._steps.step("look") as note:
            target = await wait_until_settled(context, seen, ask=operation not in _WITHOUT_ASKING)
            note.detail = None if operation in _WITHOUT_ASKING else target.instance.reason
        self.pid_before = _pid(target)
        self._seen = await _PROCEDURES[operation](context, target)
        self._fresh = True


def _pid(target: Target | None) -> int | None:
    return target.identity.pid if target is not None and target.identity is not None else None
