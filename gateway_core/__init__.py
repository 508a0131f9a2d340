"""Discovers, watches and operates OpenClaw-family gateways on one host. No user interface in here.

What a program needs first can be imported from here; each name is loaded when it is asked for.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway_core.audit.model import AuditReport
    from gateway_core.audit.run import audit_host
    from gateway_core.host import Host
    from gateway_core.lifecycle.operate import operate
    from gateway_core.local_host import this_host
    from gateway_core.monitor.monitor import Monitor, take_snapshot
    from gateway_core.operations import Operation, OperationResult
    from gateway_core.snapshot import Claim, Conflict, Grade, Instance, Listener, Snapshot, State

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

_NAMES = {
    "audit.model": ("AuditReport",),
    "audit.run": ("audit_host",),
    "host": ("Host",),
    "lifecycle.operate": ("operate",),
    "monitor.monitor": ("Monitor", "take_snapshot"),
    "operations": ("Operation", "OperationResult"),
    "snapshot": ("Claim", "Conflict", "Grade", "Instance", "Listener", "Snapshot", "State"),
    "local_host": ("this_host",),
}


def __getattr__(name: str) -> object:
    if name == "__version__":
        from importlib.metadata import version

        return version("claw-tui")
    for module, names in _NAMES.items():
        if name in names:
            from importlib import import_module

            return getattr(import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
