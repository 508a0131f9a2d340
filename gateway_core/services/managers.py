"""The service managers by name, and their answers on this machine."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from gateway_core.host import Platform, ServiceState
from gateway_core.processes.run import Reply, run
from gateway_core.services.launchd import Launchd
from gateway_core.services.manager import Command, Manager
from gateway_core.services.systemd import Systemd

_NO_BUS = "Failed to connect to bus"
_BOOTED = "run/systemd/system"  # what `sd_booted` looks at
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

    def __init__(self, home: Path, uid: int, environment: Mapping[str, str], root: Path = Path("/")) -> None:
        self._managers = _by_name(uid)
        self._environment = manager_environment(home, uid, environment)
        self._root = root

    async def states(self, manager: str, names: Sequence[str]) -> Mapping[str, ServiceState]:
        wanted = tuple(dict.fromkeys(names))
        known = self._managers.get(manager)
        if known is None:
            error = f"{manager} is no service manager that claw-tui knows"
            return dict.fromkeys(wanted, ServiceState(error=error))
        states = await known.states(wanted, self._ask) if wanted else {}
        unreached = {name: state for name, state in states.items() if state.error and _NO_BUS in state.error}
        if unreached and isinstance(known, Systemd) and not self._is_booted():
            # Containers have systemctl and units in a home, too, and it just complains that it reaches no bus there.
            unreached = {name: replace(state, no_manager=True) for name, state in unreached.items()}
        return {**states, **unreached}

    def _is_booted(self) -> bool:
        """Whether systemd is the init of this system: without that, no manager of a user starts either."""
        return os.path.isdir(self._root / _BOOTED)  # noqa: PTH112 - never raises

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
