"""Reads what the service managers of this machine say about services. Changes nothing."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from gateway_core.host import ServiceState
from gateway_core.lifecycle import launchd, systemd

DEADLINE_S = 3.0
"""How long one question to a service manager may take."""
_AT_ONCE = 8
"""So many `launchctl` processes run side by side."""


@dataclass(frozen=True, slots=True)
class _Reply:
    status: int
    output: str
    complaint: str
    """The first line of stderr."""


class _NoReplyError(Exception):
    """The manager's command could not be run or did not end in time; the message says which."""


class LocalServiceManagers:
    """The `ServiceManagers` of a real machine, as one user sees them. Never raises: what failed is in the state."""

    def __init__(self, home: Path, uid: int, environment: Mapping[str, str]) -> None:
        self._uid = uid
        self._environment = _minimal_environment(home, uid, environment)

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
        except _NoReplyError as error:
            return dict.fromkeys(units, _unanswered(str(error)))
        if reply.status != 0:
            return dict.fromkeys(units, _unanswered(f"systemctl: {reply.complaint or f'exit {reply.status}'}"))
        silence = _unanswered("systemctl said nothing about this unit")
        return dict.fromkeys(units, silence) | systemd.parse_show(reply.output, units)

    async def _job(self, label: str, places: asyncio.Semaphore, *, daemon: bool) -> ServiceState:
        try:
            async with places:
                reply = await self._ask(launchd.print_command(label, self._uid, daemon=daemon))
        except _NoReplyError as error:
            return _unanswered(str(error))
        if reply.status == launchd.NOT_LOADED_STATUS:
            return launchd.not_loaded()
        if reply.status != 0:
            return _unanswered(f"launchctl: {reply.complaint or f'exit {reply.status}'}")
        return launchd.parse_print(reply.output)

    async def _ask(self, command: Sequence[str]) -> _Reply:
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                env=self._environment,
                start_new_session=True,
            )
        except FileNotFoundError:
            raise _NoReplyError(f"{command[0]} is not installed") from None
        except OSError as error:
            raise _NoReplyError(f"{command[0]} could not be run: {error.strerror}") from error
        try:
            async with asyncio.timeout(DEADLINE_S):
                output, complaints = await process.communicate()
        except TimeoutError:
            raise _NoReplyError(f"{command[0]} did not answer within {DEADLINE_S:.0f} s") from None
        finally:
            await _ended(process)
        lines = complaints.decode("utf-8", "replace").splitlines()
        return _Reply(process.returncode or 0, output.decode("utf-8", "replace"), lines[0] if lines else "")


async def _ended(process: asyncio.subprocess.Process) -> None:
    """Kill what has not ended, with whatever it started: a child that holds the pipes would keep us waiting."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    await process.wait()


def _minimal_environment(home: Path, uid: int, environment: Mapping[str, str]) -> dict[str, str]:
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
