"""What runs an instance, or would start it: its service manager, or nothing but its own command."""

from claw_tui.text.cells import Tone
from claw_tui.text.sections import Fact, fact
from claw_tui.text.values import clean
from gateway_core.operations import Operation
from gateway_core.services.launchd import bootout_command, kickstart_command
from gateway_core.services.systemd import action_command
from gateway_core.snapshot import Instance, ServiceSignal

_ON_ITS_WAY = ("active", "activating", "reloading")


def services(instance: Instance) -> tuple[ServiceSignal, ...]:
    """Its service definitions."""
    first = instance.signals.service
    return (*((first,) if first else ()), *instance.signals.other_services)


def runner(instance: Instance) -> ServiceSignal | None:
    """The service that runs it now, as far as the snapshot tells; `None`: none does."""
    process = instance.signals.process
    for service in services(instance):
        own = process is not None and service.main_pid == process.pid
        if own or (service.active in _ON_ITS_WAY and (process is None or not service.main_pid)):
            return service
    return None


def back_end_fact(instance: Instance) -> Fact:
    """What runs it; else what a start would use."""
    known = services(instance)
    service = runner(instance)
    if service is not None:
        return fact("run by", _named(service))
    if instance.signals.process is not None:
        note = "not by its service" if known else ""
        return fact("run by", "nothing but itself (direct)", note)
    if len(known) > 1:
        return fact("started by", "undecided", "several services would fight over its port", Tone.WARNING)
    return fact("started by", _named(known[0]) if known else "its own command (direct)")


def ending_commands(operation: Operation, instance: Instance, uid: int) -> tuple[str, ...]:
    """What stopping or restarting it will run, as one would type it."""
    service, process = runner(instance), instance.signals.process
    if service is None:
        signal = "KILL" if operation is Operation.KILL else "TERM"
        return (f"kill -{signal} {process.pid}",) if process else ()
    return (clean(" ".join(_manager_command(operation, service, uid))),)


def _manager_command(operation: Operation, service: ServiceSignal, uid: int) -> tuple[str, ...]:
    verb = "restart" if operation is Operation.RESTART else "stop"
    if service.manager.startswith("systemd-"):
        return action_command(verb, service.name, user=service.manager == "systemd-user")
    daemon = service.manager == "launchd-daemon"
    if operation is Operation.RESTART:
        return kickstart_command(service.name, uid, daemon=daemon, kill=True)
    return bootout_command(service.name, uid, daemon=daemon)


def _named(service: ServiceSignal) -> str:
    return f"{clean(service.manager)} {clean(service.name)}"
