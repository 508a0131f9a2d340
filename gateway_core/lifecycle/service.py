"""The back end over a service manager: the manager acts, and what came of it is looked at from outside."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gateway_core.host import Host, ServiceState
from gateway_core.lifecycle.backend import (
    Deadline,
    Ending,
    Launch,
    OperationContext,
)
from gateway_core.lifecycle.direct import exit_meaning
from gateway_core.lifecycle.locking import ProcessMark
from gateway_core.lifecycle.output import LINES, LogMark, presentable
from gateway_core.lifecycle.target import Target
from gateway_core.operations import ErrorCode, OperationFailedError
from gateway_core.processes.handle import held
from gateway_core.processes.run import NoReplyError, Reply, run
from gateway_core.redaction import redact, redact_command
from gateway_core.services import launchd, systemd
from gateway_core.services.managers import DEADLINE_S, manager_environment
from gateway_core.services.reader import ServiceDefinition
from gateway_core.snapshot import State

_ASK_EVERY_S = 0.25
_SETTLING_S = 1.0
"""A service that is down so soon after its start may not have come up yet."""


@dataclass(slots=True)
class ServiceLaunch:
    """A gateway that its manager has just started."""

    context: OperationContext
    control: ServiceControl
    log: LogMark | None
    restarts: int
    """How often the manager had restarted it by then."""
    began: float
    asked: float = 0

    async def ending(self, within_s: float) -> Ending | None:
        """What the manager says about its end; it is asked only now and then."""
        await asyncio.sleep(within_s)
        now = self.context.host.clock.monotonic()
        if now - self.asked < _ASK_EVERY_S:
            return None
        self.asked = now
        state = await self.control.state()
        if state is None or not self._has_ended(state, now - self.began):
            return None
        how = exit_meaning(state.exit_status) if state.exit_status else "it ended by itself"
        message = f"{self.control.spoken} ended before it was live ({how})"
        return Ending(message, await self.last_lines())

    async def last_lines(self) -> tuple[str, ...]:
        """What it said last: to the manager's journal, else to its own log."""
        lines = await self.control.journal()
        return lines or (await asyncio.to_thread(self.log.news) if self.log else ())

    def _has_ended(self, state: ServiceState, age_s: float) -> bool:
        if state.active == "failed" or (state.restarts or 0) > self.restarts:
            return True
        if state.active == "inactive":
            return age_s > _SETTLING_S
        return state.active == "activating" and state.main_pid is None and bool(state.exit_status)


class ServiceBackend:
    """Runs the instance through one of its service definitions."""

    def __init__(self, context: OperationContext, target: Target, definition: ServiceDefinition) -> None:
        self.name: str = definition.manager
        self.port = definition.port or target.occupancy.configured_port.value
        self._context = context
        self._target = target
        self._control = ServiceControl(context.host, definition)

    async def start(self) -> Launch:
        """Have the manager start it."""
        return await self._launch("start", await self._control.start_commands())

    async def restart(self) -> Launch:
        """Have the manager restart it: should claw-tui be killed in between, the gateway comes up all the same."""
        budget_s = self._target.distribution.stop_budget_s
        self._note_request()
        return await self._launch("restart", await self._control.restart_commands(), budget_s)

    async def stop(self) -> None:
        """Have the manager stop it, and wait until its process has ended."""
        deadline = self._context.deadline(self._target.distribution.stop_budget_s)
        identity = self._target.identity
        if identity is None:
            await self._run("stop", self._control.stop_command(), deadline)
        else:
            with held(self._context.host.processes, identity) as process:
                self._note_request()
                await self._run("stop", self._control.stop_command(), deadline)
                if process is not None and not await process.ended(deadline.left_s):
                    raise self._still_running(identity.pid)
        if self._target.instance.state is State.CRASH_LOOPING and self._control.by_systemd:
            await self._forget_failures()

    async def _launch(self, name: str, commands: Sequence[tuple[str, ...]], extra_s: float = 0) -> ServiceLaunch:
        log_file = self._target.instance.log_file
        log = LogMark.at_end_of(Path(log_file)) if log_file else None
        deadline = self._context.deadline(self._target.distribution.start_budget_s + extra_s)
        for command in commands:
            await self._run(name, command, deadline)
        state = await self._control.state()
        restarts = (state.restarts if state else None) or 0
        return ServiceLaunch(self._context, self._control, log, restarts, self._context.host.clock.monotonic())

    async def _run(self, name: str, command: tuple[str, ...], deadline: Deadline) -> None:
        with self._context.steps.step(name, redact_command(command)):
            try:
                reply = await self._control.run(command, deadline.left_s)
            except NoReplyError as error:
                raise OperationFailedError(ErrorCode.COMMAND_FAILED, f"{error}.", self._by_hand(command)) from error
            if reply.status != 0:
                complaint = redact(reply.complaint) or f"exit code {reply.status}"
                message = f"{command[0]} could not {name} {self._control.definition.name}: {complaint}"
                raise OperationFailedError(
                    ErrorCode.COMMAND_FAILED, message, self._by_hand(command), await self._control.journal()
                )

    def _note_request(self) -> None:
        """Whoever sees it end can know why."""
        if self._target.identity is not None:
            self._context.steps.asked_to_stop = self._target.identity.pid
            self._context.lock.note(asked_to_stop=ProcessMark.now(self._target.identity, self._context.host.clock))

    async def _forget_failures(self) -> None:
        """A unit that systemd gave up on cannot be started again before this."""
        state = await self._control.state()
        if state is not None and state.active == "failed":
            await self._run("reset", self._control.systemctl("reset-failed"), self._context.deadline(10))

    def _by_hand(self, command: Sequence[str]) -> str:
        system_wide = self.name in ("systemd-system", "launchd-daemon")
        return f"Try it by hand: {'sudo ' if system_wide else ''}{redact_command(command)}"

    def _still_running(self, pid: int) -> OperationFailedError:
        return OperationFailedError(
            ErrorCode.STILL_RUNNING,
            f"{self._control.spoken} was stopped, but pid {pid} still runs.",
            f"Stop it again: claw-tui stop {self._target.id}",
        )


class ServiceControl:
    """Acts on one service through its manager."""

    def __init__(self, host: Host, definition: ServiceDefinition) -> None:
        self.definition = definition
        self._host = host
        self._environment = manager_environment(host.home, host.uid, host.environment)

    @property
    def spoken(self) -> str:
        """A service together with its manager."""
        return f"{self.definition.name} ({self.definition.manager})"

    @property
    def by_systemd(self) -> bool:
        """Else by launchd."""
        return self.definition.manager.startswith("systemd-")

    async def state(self) -> ServiceState | None:
        """What the manager says now."""
        states = await self._host.services.states(self.definition.manager, [self.definition.name])
        return states.get(self.definition.name)

    async def run(self, command: Sequence[str], deadline_s: float = DEADLINE_S) -> Reply:
        """Run one of the commands below. Raises `NoReplyError`."""
        return await run(command, self._environment, deadline=deadline_s)

    async def start_commands(self) -> list[tuple[str, ...]]:
        """What starts it; launchd must know a job before it can run it."""
        if self.by_systemd:
            return [self.systemctl("start")]
        kickstart = launchd.kickstart_command(self.definition.name, self._host.uid, daemon=self._daemon)
        return [kickstart] if await self._is_loaded() else [self._bootstrap(), kickstart]

    async def restart_commands(self) -> list[tuple[str, ...]]:
        """What ends it and starts it again in one go."""
        if self.by_systemd:
            return [self.systemctl("restart")]
        if not await self._is_loaded():
            return await self.start_commands()
        return [launchd.kickstart_command(self.definition.name, self._host.uid, daemon=self._daemon, kill=True)]

    def stop_command(self) -> tuple[str, ...]:
        """What ends it for good."""
        if self.by_systemd:
            return self.systemctl("stop")
        return launchd.bootout_command(self.definition.name, self._host.uid, daemon=self._daemon)

    def enable_command(self) -> tuple[str, ...]:
        """What makes it start by itself from now on."""
        if self.by_systemd:
            return self.systemctl("enable")
        return launchd.enable_command(self.definition.name, self._host.uid, daemon=self._daemon)

    def systemctl(self, verb: str) -> tuple[str, ...]:
        """The command for that verb of systemd."""
        return systemd.action_command(verb, self.definition.name, user=self.definition.manager == "systemd-user")

    async def journal(self) -> tuple[str, ...]:
        """What its processes printed last, as far as the manager keeps that."""
        if not self.by_systemd:
            return ()
        user = self.definition.manager == "systemd-user"
        try:
            reply = await self.run(systemd.journal_command(self.definition.name, LINES, user=user))
        except NoReplyError:
            return ()
        return presentable(reply.output)

    @property
    def _daemon(self) -> bool:
        return self.definition.manager == "launchd-daemon"

    def _bootstrap(self) -> tuple[str, ...]:
        return launchd.bootstrap_command(self.definition.path, self._host.uid, daemon=self._daemon)

    async def _is_loaded(self) -> bool:
        command = launchd.print_command(self.definition.name, self._host.uid, daemon=self._daemon)
        try:
            return (await self.run(command)).status != launchd.NOT_LOADED_STATUS
        except NoReplyError:
            return True
