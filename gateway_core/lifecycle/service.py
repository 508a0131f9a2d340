"""The service back end: a service manager acts, and the outcome is looked at from outside."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gateway_core.discovery.operation_records import ProcessMark
from gateway_core.host import Host, ServiceState
from gateway_core.lifecycle.backend import Deadline, Launch, OperationContext
from gateway_core.lifecycle.direct import exit_meaning
from gateway_core.lifecycle.proof import require_gateway_in
from gateway_core.lifecycle.runner import service_command
from gateway_core.lifecycle.target import Target
from gateway_core.lifecycle.threads import finish_in_thread
from gateway_core.logs.output import LAST_LINES, LogMark, presentable
from gateway_core.operations import ErrorCode, Operation, OperationFailedError
from gateway_core.processes.handle import held
from gateway_core.processes.run import NoReplyError, Reply, run
from gateway_core.redaction.commands import shown_command
from gateway_core.redaction.text import redact
from gateway_core.services.manager import Command
from gateway_core.services.managers import DEADLINE_S, manager_environment, manager_named
from gateway_core.shell_commands import own_command
from gateway_core.snapshot import ServiceSignal, State

_ASK_EVERY_S = 0.25
_PREPARED_WITHIN_S = 10.0  # a reload of all units, or a reset of one
_UNDER_WAY = {
    "activating": (ErrorCode.NOT_LIVE, "starting"),
    "reloading": (ErrorCode.NOT_LIVE, "starting"),
    "deactivating": (ErrorCode.STILL_RUNNING, "stopping"),
}
_SETTLING_S = 1.0  # a service that is down so soon after its start may not have come up yet


@dataclass(slots=True)
class ServiceLaunch:
    """A gateway that its manager has just started."""

    context: OperationContext
    control: ServiceControl
    log: LogMark | None
    restarts: int  # the number of restarts by the manager until then
    began: float
    asked: float = 0
    pids: tuple[int, ...] = ()

    def has_launched(self, target: Target) -> bool:
        """Whether its manager says so, or does not say anything just now, or its control group shows it."""
        process, name = target.instance.signals.process, (self.control.service.manager, self.control.service.name)
        now = next((one for one in target.services if (one.manager, one.name) == name), None)
        if process is None:
            return False
        in_its_group = target.facts.units.get(process.pid) == name
        return now is None or now.active is None or process.is_run_by(now) or in_its_group

    async def ended(self, within_s: float) -> str | None:
        """Return how the gateway ended, as its manager tells; the manager is asked only every `_ASK_EVERY_S`."""
        await asyncio.sleep(within_s)
        now = self.context.host.clock.monotonic()
        if now - self.asked < _ASK_EVERY_S:
            return None
        self.asked = now
        state = await self.control.state()
        self.pids = (state.main_pid,) if state is not None and state.main_pid else ()
        if state is None or not self._has_ended(state, now - self.began):
            return None
        how = exit_meaning(state.exit_status) if state.exit_status else "it ended by itself"
        return f"{self.control.title} ended before it was live ({how})"

    async def last_lines(self) -> tuple[str, ...]:
        """The last lines of the manager's journal, else of the gateway's own log."""
        lines = await self.control.journal()
        return lines or (await asyncio.to_thread(self.log.news) if self.log else ())

    def _has_ended(self, state: ServiceState, age_s: float) -> bool:
        if state.active == "failed" or (state.restarts or 0) > self.restarts:
            return True
        if state.active == "inactive":
            return age_s > _SETTLING_S
        return state.active == "activating" and state.main_pid is None and bool(state.exit_status)


class ServiceBackend:
    """Runs the instance through one of its services."""

    def __init__(self, context: OperationContext, target: Target, service: ServiceSignal) -> None:
        self.name = service.manager
        self.service = service
        self.port = service.port or target.occupancy.configured_port.value
        self._context = context
        self._target = target
        self._control = ServiceControl(context.host, service)

    async def start(self) -> Launch:
        service = self._control.service
        known = self._target.facts.services.get((service.manager, service.name))
        if known is not None and known.active == "active":  # what it has started and detached is gone
            await self._require_gateway_in()
            return await self._launch("start", (self._command(Operation.RESTART),))
        loaded = known is None or known.loaded
        return await self._launch("start", self._control.manager.start_commands(service.name, service.path, loaded))

    async def restart(self) -> Launch:
        """Have the manager restart the gateway: it comes up even if claw-tui is killed in between."""
        budget_s = self._target.distribution.stop_budget_s
        await self._require_gateway_in()
        await self._note_request()
        return await self._launch("restart", (self._command(Operation.RESTART),), budget_s)

    async def stop(self) -> None:
        deadline = self._context.deadline(self._target.distribution.stop_budget_s)
        command, identity = self._command(Operation.STOP), self._target.identity
        await self._require_gateway_in()
        if identity is None:
            await self._run("stop", command, deadline)
        else:
            with held(self._context.host.processes, identity) as process:
                await self._note_request()
                await self._run("stop", command, deadline)
                if process is not None and not await process.ended(deadline.left_s):
                    message = f"{self._control.title} was stopped, but pid {identity.pid} still runs."
                    hint = f"Stop it again: {own_command('stop', self._target.id)}"
                    raise OperationFailedError(ErrorCode.STILL_RUNNING, message, hint)
        if self._target.instance.state is State.CRASH_LOOPING:
            await self._forget_failures()

    async def stop_beside(self) -> None:
        """Stop the service, which does not run the gateway itself, but starts another one again and again."""
        deadline = self._context.deadline(self._target.distribution.stop_budget_s)
        await self._require_gateway_in()
        await self._run("stop", self._command(Operation.STOP), deadline)
        await self._forget_failures()

    async def _require_gateway_in(self) -> None:
        context = self._context
        await require_gateway_in(context.host, context.observer.distributions, self._target, self.service)

    async def _launch(self, name: str, commands: Sequence[Command], extra_s: float = 0) -> ServiceLaunch:
        log_file = self._target.instance.log_file
        log = await asyncio.to_thread(LogMark.at_end_of, Path(log_file)) if log_file else None
        deadline = self._context.deadline(self._target.distribution.start_budget_s + extra_s)
        await self._prepare()
        for command in commands:
            await self._run(name, command, deadline)
        state = await self._control.state()
        restarts = (state.restarts if state else None) or 0
        return ServiceLaunch(self._context, self._control, log, restarts, self._context.host.clock.monotonic())

    async def _run(self, name: str, command: Command, deadline: Deadline) -> None:
        with self._context.steps.step(name, str(shown_command(command))):
            try:
                reply = await self._control.run(command, deadline.left_s)
            except NoReplyError as error:
                raise await self._unfinished(command, error, deadline) from error
            if reply.status != 0:
                complaint = redact(reply.first_error) or f"exit code {reply.status}"
                message = f"{command[0]} could not {name} {self._control.service.name}: {complaint}"
                raise OperationFailedError(
                    ErrorCode.COMMAND_FAILED, message, self._by_hand(command), await self._control.journal()
                )

    async def _unfinished(self, command: Command, error: NoReplyError, deadline: Deadline) -> OperationFailedError:
        """The failure of a command whose time is up: its manager may still be at it, and goes on."""
        state = await self._control.state()
        code, doing = _UNDER_WAY.get((state.active if state is not None else None) or "", (None, ""))
        if code is None:
            return OperationFailedError(ErrorCode.COMMAND_FAILED, f"{error}.", self._by_hand(command))
        message = f"{self._control.title} is still {doing} it after {deadline.seconds:.0f} s."
        return OperationFailedError(code, message, "It was left to go on. Follow it: claw-tui ls --watch")

    async def _note_request(self) -> None:
        """Note that the process is asked to stop, for whoever sees it end."""
        identity = self._target.identity
        if identity is not None:
            self._context.steps.asked_to_stop = identity.pid
            mark = ProcessMark.now(self._context.host, identity)
            await finish_in_thread(self._context.lock.note, asked_to_stop=mark)

    async def _prepare(self) -> None:
        """Have the manager read changed files, and forget failures: it refuses to start what has failed too often."""
        state = await self._control.state()
        changed = self._control.service.needs_reload or (state is not None and state.needs_reload)
        reload = self._control.manager.reload_command() if changed else None
        if reload is not None:
            await self._run("reload", reload, self._context.deadline(_PREPARED_WITHIN_S))
        await self._forget_failures()

    async def _forget_failures(self) -> None:
        """Reset a failed unit: before that, systemd may not start it again. A transient one would be gone by that."""
        command = self._control.manager.forget_failures_command(self._control.service.name)
        state = await self._control.state() if command is not None else None
        if command is not None and state is not None and state.active == "failed" and not state.transient:
            await self._run("reset", command, self._context.deadline(_PREPARED_WITHIN_S))

    def _command(self, operation: Operation) -> Command:
        return service_command(operation, self._control.service, self._context.host.uid)

    def _by_hand(self, command: Command) -> str:
        return f"Try it by hand: {self._control.manager.by_hand(command)}"


class ServiceControl:
    """A service, and its manager, which acts on it."""

    def __init__(self, host: Host, service: ServiceSignal) -> None:
        self.service = service
        self.manager = manager_named(service.manager, host.uid)
        self._host = host
        self._environment = manager_environment(host.home, host.uid, host.environment)

    @property
    def title(self) -> str:
        return f"{self.service.name} ({self.service.manager})"

    async def state(self) -> ServiceState | None:
        states = await self._host.services.states(self.service.manager, [self.service.name])
        return states.get(self.service.name)

    async def run(self, command: Command, deadline_s: float = DEADLINE_S) -> Reply:
        """Run one of the manager's commands. Raises `NoReplyError`."""
        return await run(command, self._environment, deadline=deadline_s)

    async def journal(self) -> tuple[str, ...]:
        """The last lines of the service, as far as the manager keeps them."""
        command = self.manager.journal_command(self.service.name, f"--lines={LAST_LINES}", "--output=cat")
        if command is None:
            return ()
        try:
            reply = await self.run(command)
        except NoReplyError:
            return ()
        return presentable(reply.output)
