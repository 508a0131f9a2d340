"""Discovers, watches and operates OpenClaw-family gateways on one host. No user interface in here.

What a program needs first can be imported from here; each name is loaded when it is asked for.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway_core.audit import AuditReport, audit_host
    from gateway_core.host import Host
    from gateway_core.lifecycle.operate import operate
    from gateway_core.monitor.monitor import Monitor, take_snapshot
    from gateway_core.operations import Operation, OperationResult
    from gateway_core.snapshot import Claim, Conflict, Grade, Instance, Listener, Snapshot, State
    from gateway_core.system import this_host

    __version__: str

__all__ = [
    "AuditReport",
    "Claim",
    "Conflict",
    "Grade",
    "Host",
    "Instance",
    "Listener",
    "Monitor",
    "Operation",
    "OperationResult",
    "Snapshot",
    "State",
    "__version__",
    "audit_host",
    "operate",
    "take_snapshot",
    "this_host",
]

_MODULES = {
    "AuditReport": "audit",
    "Claim": "snapshot",
    "Conflict": "snapshot",
    "Grade": "snapshot",
    "Host": "host",
    "Instance": "snapshot",
    "Listener": "snapshot",
    "Monitor": "monitor.monitor",
    "Operation": "operations",
    "OperationResult": "operations",
    "Snapshot": "snapshot",
    "State": "snapshot",
    "audit_host": "audit",
    "operate": "lifecycle.operate",
    "take_snapshot": "monitor.monitor",
    "this_host": "system",
}


def __getattr__(name: str) -> object:
    if name == "__version__":
        from importlib.metadata import version

        value: object = version("claw-tui")
    elif name in _MODULES:
        from importlib import import_module

        value = getattr(import_module(f"gateway_core.{_MODULES[name]}"), name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
