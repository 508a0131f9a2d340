"""An operator whose operations go on only when a test says so."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from gateway_core.lifecycle.backend import Options
from gateway_core.lifecycle.operate import OnTask
from gateway_core.operations import (
    Failure,
    Operation,
    OperationEnded,
    OperationResult,
    Report,
    Step,
    StepBegan,
    StepEnded,
)
from gateway_core.snapshot import State

_AFTERWARDS = {Operation.STOP: State.STOPPED, Operation.KILL: State.STOPPED}


@dataclass
class _Call:
    operation: Operation
    report: Report
    ended: asyncio.Future[OperationResult]
    steps: list[Step] = field(default_factory=list)
    current: StepBegan | None = None


@dataclass
class ScriptedOperator:
    """Remembers what it was asked for. `finish` and `fail` end an operation; until then it runs."""

    asked: list[tuple[tuple[str, ...], Operation, Options]] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)
    _running: dict[str, _Call] = field(default_factory=dict)

    async def __call__(
        self,
        instance_ids: Sequence[str],
        operation: Operation,
        options: Options,
        report: Report,
        on_task: OnTask | None = None,
    ) -> tuple[OperationResult, ...]:
        self.asked.append((tuple(instance_ids), operation, options))
        loop = asyncio.get_running_loop()
        calls = {name: _Call(operation, report, loop.create_future()) for name in instance_ids}
        self._running.update(calls)
        async with asyncio.TaskGroup() as group:
            tasks = {name: group.create_task(self._until_ended(name, call)) for name, call in calls.items()}
            for name, task in tasks.items():
                if on_task is not None:
                    on_task(name, task)
        return tuple(task.result() for task in tasks.values() if not task.cancelled())

    async def _until_ended(self, name: str, call: _Call) -> OperationResult:
        try:
            return await call.ended
        except asyncio.CancelledError:
            if call.current is not None:
                self._end_step(call, call.current, ok=False)
            self.cancelled.append(name)
            raise

    def begin(self, name: str, step: str, command: str | None = None) -> None:
        call = self._running[name]
        call.current = StepBegan(name, call.operation, step, command)
        call.report(call.current)

    def step(self, name: str, step: str, command: str | None = None, *, ok: bool = True, detail: str = "") -> None:
        call = self._running[name]
        self.begin(name, step, command)
        assert call.current is not None
        self._end_step(call, call.current, ok=ok, detail=detail)

    def finish(self, name: str, detail: str = "live and ready") -> None:
        self.step(name, "verify", "the command that was run", detail=detail)
        self._end(name, None)

    def fail(self, name: str, error: Failure) -> None:
        self._end(name, error)

    def _end_step(self, call: _Call, began: StepBegan, *, ok: bool, detail: str = "") -> None:
        done = Step(name=began.name, ok=ok, seconds=0.1, command=began.command, detail=detail or None)
        call.steps.append(done)
        call.current = None
        call.report(StepEnded(began.instance, began.operation, done))

    def _end(self, name: str, error: Failure | None) -> None:
        call = self._running.pop(name)
        state = _AFTERWARDS.get(call.operation, State.RUNNING) if error is None else State.UNKNOWN
        result = OperationResult(
            instance=name,
            operation=call.operation,
            ok=error is None,
            state=state,
            steps=tuple(call.steps),
            error=error,
        )
        call.report(OperationEnded(result))
        call.ended.set_result(result)
