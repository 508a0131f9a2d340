"""The service managers by name, and their answers on this machine."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from gateway_core.host import Platform, ServiceState
from gateway_core.processes.run import Reply, run
from gateway_core.services.launchd import Launchd
from gateway_core.services.manager import Command, Manager
from gateway_core.services.systemd import Systemd

DEADLINE_S = 3.0  # how long one question to a service manager may take


def all_managers(uid: int) -> tuple[Manager, ...]:
    """Every manager that a user with that uid deals with, those of a foreign system too."""
    return (Systemd(user=True), Systemd(user=False), Launchd(uid, daemon=False), Launchd(uid, daemon=True))


SHORT_NAMES: Mapping[str, str] = {manager.name: manager.short_name for manager in all_managers(uid=0)}


def manager_named(name: str, uid: int) -> Manager:
    """The manager of that `ManagerName`, as the user with that uid deals with it. Raises `KeyError`."""
    return _by_name(uid)[name]


def _by_name(uid: int) -> dict[str, Manager]:
    return {manager.name: manager for manager in all_managers(uid)}


def usual_manager(platform: Platform, uid: int) -> Manager:
    """The manager with which the products install their services."""
    return Systemd(user=True) if platform == "linux" else Launchd(uid, daemon=False)


class LocalServiceManagers:
    """The `ServiceManagers` of a real machine, as one user sees them. Never raises: what failed is in the state."""

    def __init__(self, home: Path, uid: int, environment: Mapping[str, str]) -> None:
        self._managers = _by_name(uid)
        self._environment = manager_environment(home, uid, environment)

    async def states(self, manager: str, names: Sequence[str]) -> Mapping[str, ServiceState]:
        wanted = tuple(dict.fromkeys(names))
        known = self._managers.get(manager)
        if known is None:
            error = f"{manager} is no service manager that claw-tui knows"
            return dict.fromkeys(wanted, ServiceState(error=error))
        return await known.states(wanted, self._ask) if wanted else {}

    async def _ask(self, command: Command) -> Reply:
        return await run(command, self._environment, deadline=DEADLINE_S)


def manager_environment(home: Path, uid: int, environment: Mapping[str, str]) -> dict[str, str]:
    """The variables by which managers are found, and nothing else of the caller's environment."""
    found = {
        "HOME": str(home),
        "LC_ALL": "C",
        "PATH": environment.get("PATH", os.defpath),
        "XDG_RUNTIME_DIR": environment.get("XDG_RUNTIME_DIR", f"/run/user/{uid}"),
    }
    if bus := environment.get("DBUS_SESSION_BUS_ADDRESS"):
        found["DBUS_SESSION_BUS_ADDRESS"] = bus
    return found
