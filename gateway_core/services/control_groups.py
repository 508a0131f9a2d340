"""The unit of systemd that a control group belongs to."""

from __future__ import annotations

import re
from collections.abc import Iterable

from gateway_core.host import ManagerName, Placement, ProcessInfo

_SERVICE = re.compile(r"[\w:.\\@][\w:.\\@-]*\.service", re.ASCII)
_USER_MANAGER = re.compile(r"user@\d+\.service")
_NO_GATEWAYS_OWN = re.compile(
    r"user@\d+\.service|dbus.*\.service|(gnome|kde|plasma|xfce|konsole)[^/]*\.service"
    r"|(sshd?|dropbear|telnet|getty|cron|crond|cronie|anacron|atd)(@.*)?\.service"
)
"""Services in which a user's own programs run, too: a gateway that was started by hand is none of theirs."""


def unit_of(placement: Placement | None, above: Iterable[ProcessInfo]) -> tuple[ManagerName, str] | None:
    """The manager and the name of the service whose control group a process is in, whatever its name and slice.

    `above` are its ancestors: a user manager that was not started by the system has no group that says so. Scopes, as
    of sessions and terminals, hold what users start; nothing starts that again.
    """
    path = placement.cgroups[0] if placement is not None and placement.cgroups else ""
    parts = path.split("/")
    name = next((part for part in reversed(parts) if part.endswith((".service", ".scope"))), None)
    if name is None or not is_service_name(name) or _NO_GATEWAYS_OWN.fullmatch(name):
        return None
    of_user = any(_USER_MANAGER.fullmatch(part) for part in parts) or any(map(_is_user_manager, above))
    return ("systemd-user" if of_user else "systemd-system"), name


def is_service_name(text: str) -> bool:
    """Whether systemd could have a service of that name, and no command of it takes that for something else."""
    return _SERVICE.fullmatch(text) is not None


def is_within(placement: Placement, name: str, group: str) -> bool:
    """Whether a process is in the service of that name, given the control group of another process of it."""
    whole = group[: group.rindex(name) + len(name)] if name in group else group
    return any(path == whole or path.startswith(f"{whole}/") for path in placement.cgroups[:1])


def _is_user_manager(info: ProcessInfo) -> bool:
    return len(info.argv) > 1 and info.argv[0].rpartition("/")[2] == "systemd" and "--user" in info.argv
