"""Acts on one service through its manager, systemd or launchd."""

from __future__ import annotations

from collections.abc import Sequence

from gateway_core.discovery.services import ServiceDefinition
from gateway_core.host import Host, ServiceState
from gateway_core.lifecycle import launchd, systemd
from gateway_core.lifecycle.commands import NoReplyError, Reply, run
from gateway_core.lifecycle.last_words import LINES, presentable
from gateway_core.lifecycle.managers import DEADLINE_S, manager_environment


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
