"""Reads what the service managers of this machine say about services. Changes nothing."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from gateway_core.host import ServiceState
from gateway_core.processes.run import NoReplyError, Reply, run
from gateway_core.services import launchd, systemd

DEADLINE_S = 3.0
"""How long one question to a service manager may take."""
_AT_ONCE = 8
"""So many `launchctl` processes run side by side."""


class LocalServiceManagers:
    """The `ServiceManagers` of a real machine, as one user sees them. Never raises: what failed is in the state."""

    def __init__(self, home: Path, uid: int, environment: Mapping[str, str]) -> None:
        self._uid = uid
        self._environment = manager_environment(home, uid, environment)

    async def states(self, manager: str, names: Sequence[str]) -> Mapping[str, ServiceState]:
        """The state of each named service; asks nobody when there is no name."""
        wanted = tuple(dict.fromkeys(names))
        if not wanted:
            return {}
        if manager.startswith("systemd-"):
            return await self._units(wanted, user=manager == "systemd-user")
        if manager.startswith("launchd-"):
            places = asyncio.Semaphore(_AT_ONCE)
            jobs = (self._job(label, places, daemon=manager == "launchd-daemon") for label in wanted)
            return dict(zip(wanted, await asyncio.gather(*jobs), strict=True))
        return {name: _unanswered(f"{manager} is no service manager that claw-tui knows") for name in wanted}

    async def _units(self, units: Sequence[str], *, user: bool) -> dict[str, ServiceState]:
        try:
            reply = await self._ask(systemd.show_command(units, user=user))
        except NoReplyError as error:
            return dict.fromkeys(units, _unanswered(str(error)))
        if reply.status != 0:
            return dict.fromkeys(units, _unanswered(f"systemctl: {reply.complaint or f'exit {reply.status}'}"))
        silence = _unanswered("systemctl said nothing about this unit")
        return dict.fromkeys(units, silence) | systemd.parse_show(reply.output, units)

    async def _job(self, label: str, places: asyncio.Semaphore, *, daemon: bool) -> ServiceState:
        try:
            async with places:
                reply = await self._ask(launchd.print_command(label, self._uid, daemon=daemon))
        except NoReplyError as error:
            return _unanswered(str(error))
        if reply.status == launchd.NOT_LOADED_STATUS:
            return launchd.not_loaded()
        if reply.status != 0:
            return _unanswered(f"launchctl: {reply.complaint or f'exit {reply.status}'}")
        return launchd.parse_print(reply.output)

    async def _ask(self, command: Sequence[str]) -> Reply:
        return await run(command, self._environment, deadline=DEADLINE_S)


def manager_environment(home: Path, uid: int, environment: Mapping[str, str]) -> dict[str, str]:
    """What finding the managers takes, and nothing else of the caller's environment."""
    found = {
        "HOME": str(home),
        "LC_ALL": "C",
        "PATH": environment.get("PATH", os.defpath),
        "XDG_RUNTIME_DIR": environment.get("XDG_RUNTIME_DIR", f"/run/user/{uid}"),
    }
    if bus := environment.get("DBUS_SESSION_BUS_ADDRESS"):
        found["DBUS_SESSION_BUS_ADDRESS"] = bus
    return found


def _unanswered(error: str) -> ServiceState:
    return ServiceState(active=None, enabled=None, main_pid=None, restarts=None, exit_status=None, error=error)
