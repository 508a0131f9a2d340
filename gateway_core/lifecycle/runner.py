"""The service that runs an instance, and the commands that stop, restart or kill an instance."""

from __future__ import annotations

from gateway_core.operations import Operation
from gateway_core.services.manager import Command, ServiceVerb
from gateway_core.services.managers import manager_named
from gateway_core.shell_commands import ShellCommand
from gateway_core.snapshot import Instance, ServiceSignal, State

ON_ITS_WAY = ("active", "activating", "reloading")  # in these states a service runs its gateway, or is about to


def runner_of(instance: Instance, *, given_up: bool = True) -> ServiceSignal | None:
    """The service whose process the gateway is or descends from, or which has detached it.

    Without a process, it is one that is about to run it. With `given_up` that includes one that systemd has given up
    on: a stop has its failures forgotten.
    """
    services, process = instance.signals.services, instance.signals.process
    if process is None:
        failed = ("failed",) if given_up and instance.state is State.CRASH_LOOPING else ()
        return next((service for service in services if service.active in (*ON_ITS_WAY, *failed)), None)
    return next((service for service in services if process.is_run_by(service)), None)


def ending_command(operation: Operation, instance: Instance, uid: int) -> Command | None:
    """The command that a stop, restart or kill of the instance runs first; `None` if nothing of it runs."""
    service, process = runner_of(instance), instance.signals.process
    if instance.owner is not None and instance.owner.kind == "supervisor":
        return None  # it is ended there
    if service is None and instance.owner is not None and instance.owner.kind == "unit":
        return None  # whether that starts it again is not known
    if service is not None:
        return service_command(operation, service, uid)
    return signal_command(operation, process.pid) if process is not None else None


def service_command(operation: Operation, service: ServiceSignal, uid: int) -> Command:
    verb: ServiceVerb = "restart" if operation is Operation.RESTART else "stop"
    return manager_named(service.manager, uid).command(verb, service.name)


def service_command_by_hand(operation: Operation, service: ServiceSignal, uid: int) -> ShellCommand:
    """The same command for the user to paste."""
    return manager_named(service.manager, uid).by_hand(service_command(operation, service, uid))


def signal_command(operation: Operation, pid: int) -> Command:
    """The command line that sends the signal of that operation."""
    return ("kill", "-KILL" if operation is Operation.KILL else "-TERM", str(pid))
