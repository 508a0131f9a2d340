"""How launchd is asked about jobs and told to act on them, and what its answer means."""

from __future__ import annotations

import re
from pathlib import Path
from types import MappingProxyType

from gateway_core.host import ServiceState

NOT_LOADED_STATUS = 113
"""`launchctl print` exits with this when the domain holds no such job."""

_ENTRY = re.compile(r"^\t(?P<key>[^\t=]+) = (?P<value>.*)$", re.MULTILINE)
"""An entry of the job itself; those of nested dictionaries are indented further."""
_LEADING_NUMBER = re.compile(r"-?\d+")
_WORDS = MappingProxyType(
    {
        "running": "active",
        "spawn scheduled": "activating",
        "not running": "inactive",
        "waiting": "inactive",
        "exited": "inactive",
    }
)
"""launchd's states in systemd's words, which the rest of the program speaks. `spawn scheduled`: a restart waits."""


def print_command(label: str, uid: int, *, daemon: bool) -> tuple[str, ...]:
    """One call per job: `launchctl` prints only one at a time."""
    return ("launchctl", "print", _job(label, uid, daemon=daemon))


def bootstrap_command(plist: Path, uid: int, *, daemon: bool) -> tuple[str, ...]:
    """Make launchd know the job; it also runs it if the property list says `RunAtLoad`."""
    return ("launchctl", "bootstrap", _domain(uid, daemon=daemon), str(plist))


def bootout_command(label: str, uid: int, *, daemon: bool) -> tuple[str, ...]:
    """End the job and forget it: merely ended, one with `KeepAlive` would come back."""
    return ("launchctl", "bootout", _job(label, uid, daemon=daemon))


def kickstart_command(label: str, uid: int, *, daemon: bool, kill: bool = False) -> tuple[str, ...]:
    """Run the job now; with `kill`, end a running one first."""
    return ("launchctl", "kickstart", *(("-k",) if kill else ()), _job(label, uid, daemon=daemon))


def enable_command(label: str, uid: int, *, daemon: bool) -> tuple[str, ...]:
    """From now on launchd loads the job at login or boot."""
    return ("launchctl", "enable", _job(label, uid, daemon=daemon))


def _job(label: str, uid: int, *, daemon: bool) -> str:
    return f"{_domain(uid, daemon=daemon)}/{label}"


def _domain(uid: int, *, daemon: bool) -> str:
    return "system" if daemon else f"gui/{uid}"


def parse_print(output: str) -> ServiceState:
    """The state of the one job that the output of `print_command` describes."""
    entries = {entry["key"]: entry["value"].strip() for entry in _ENTRY.finditer(output)}
    state = entries.get("state")
    runs = _number(entries.get("runs"))
    return ServiceState(
        active=_WORDS.get(state, state) if state else None,
        enabled=None,
        main_pid=_number(entries.get("pid")),
        restarts=max(0, runs - 1) if runs is not None else None,
        exit_status=_number(entries.get("last exit code")),
    )


def not_loaded() -> ServiceState:
    """What is true of a job whose definition exists, but which launchd does not know."""
    return ServiceState(active="inactive", enabled=None, main_pid=None, restarts=None, exit_status=None)


def _number(text: str | None) -> int | None:
    """`78: EX_CONFIG` → 78; `(never exited)` → `None`."""
    found = _LEADING_NUMBER.match(text or "")
    return int(found[0]) if found else None
