"""The choice of a back end for an instance: the one that runs it, else the one that its services or the caller name."""

from __future__ import annotations

from gateway_core.assembly.owners import other_things
from gateway_core.lifecycle.backend import DIRECT, OperationContext
from gateway_core.lifecycle.direct import DirectBackend
from gateway_core.lifecycle.runner import ON_ITS_WAY, runner_of
from gateway_core.lifecycle.service import ServiceBackend
from gateway_core.lifecycle.silent_managers import is_outside_services, require_managers_answer
from gateway_core.lifecycle.target import Target
from gateway_core.operations import ErrorCode, RefusedError
from gateway_core.shell_commands import shell_command
from gateway_core.snapshot import ServiceSignal

Backend = DirectBackend | ServiceBackend
"""A back end, which runs one instance. Its methods log their steps and raise `OperationFailedError`."""


def backend_to_start(context: OperationContext, target: Target) -> Backend:
    """The back end for a start: the manager of its service, without one a direct start, or what the caller chose.

    Raises `RefusedError`: two definitions of one gateway would fight over its port.
    """
    chosen = _chosen(target, context.options.backend)
    rivals = [service for service in target.services if service is not chosen]
    undecided = context.options.backend is None and len(rivals) > 0
    if undecided or any(rival.active in ON_ITS_WAY for rival in rivals):
        message = f"{target.id} has several ways to run, which would fight over its port: {_listed(target)}."
        hint = "Remove all but one, or stop and disable the others and choose one."
        raise RefusedError(ErrorCode.DUPLICATE_SERVICES, message, hint)
    require_managers_answer(target, context.host.uid)
    return _backend(context, target, chosen)


def backend_to_stop(context: OperationContext, target: Target) -> Backend:
    """The back end that runs it now. Raises `RefusedError` if the caller chose another: a manager would restart it."""
    require_no_supervisor(target)
    runner = runner_of(target.instance)
    if runner is None:
        _require_manager_answers(target)
        _require_no_doubtful_unit(target)
        if not is_outside_services(target):
            require_managers_answer(target, context.host.uid)
    else:
        require_runs_nothing_else(target, runner)
    actual = runner.manager if runner is not None else DIRECT
    if context.options.backend not in (None, actual):
        raise RefusedError(
            ErrorCode.RUN_BY_SERVICE if runner is not None else ErrorCode.RUNS_DIRECTLY,
            f"{target.id} is run by {runner.name + ' of ' + actual if runner else 'no service'},"
            f" so it cannot be stopped through {context.options.backend}.",
            "Leave the choice to claw-tui.",
        )
    return _backend(context, target, runner)


def require_no_supervisor(target: Target) -> None:
    """Refuse to end what a supervisor would start again, and tell how it is ended there."""
    owner, process = target.instance.owner, target.instance.signals.process
    if owner is None or owner.kind != "supervisor" or process is None:
        return
    message = (
        f"{target.id} (pid {process.pid}) is run by {owner.name} (pid {owner.pid}), which would start it again."
        " Nothing was signalled."
    )
    hint = f"Stop it there: {owner.stop}" if owner.stop else f"Stop it in {owner.name}."
    raise RefusedError(ErrorCode.RUN_BY_SUPERVISOR, message, hint)


def require_runs_nothing_else(target: Target, service: ServiceSignal) -> None:
    """Refuse to stop a service that runs other things, too: gateways, or whatever is in it while it runs no gateway."""
    unit, process = (service.manager, service.name), target.instance.signals.process
    others = [
        instance.id
        for instance in target.snapshot.instances
        if instance.id != target.id
        and instance.signals.process is not None
        and target.facts.units.get(instance.signals.process.pid) == unit
    ]
    if not others and (process is None or not process.is_run_by(service)):
        own = {known.info.pid for known in target.installation.processes}
        others = [
            f"{info.name} (pid {info.pid})" for info in other_things(service, target.facts) if info.pid not in own
        ]
    if others:
        names = " and ".join(others[:3])
        message = f"{service.name} ({service.manager}) also runs {names}: a stop or restart of it would end that, too."
        raise RefusedError(ErrorCode.RUN_BY_SERVICE, message, "Stop or restart the service by hand if that is meant.")


def require_startable_by(target: Target, backend: Backend) -> None:
    """Refuse to start through a service that is up, and runs something else: that would be a restart."""
    if isinstance(backend, ServiceBackend) and backend.service.active in ON_ITS_WAY:
        require_runs_nothing_else(target, backend.service)


def _require_manager_answers(target: Target) -> None:
    """Refuse to signal a gateway in the control group of a service whose manager did not say whether it runs it."""
    process = target.instance.signals.process
    unit = target.facts.units.get(process.pid) if process is not None else None
    state = target.facts.services.get(unit) if unit is not None else None
    if unit is None or (state is not None and state.error is None):
        return
    manager, name = unit
    why = state.error if state is not None else "it did not answer"
    message = f"{target.id} runs in {name} ({manager}), which may start it again, but could not be asked: {why}."
    hint = f"Make {manager} reachable (for a user's manager: set XDG_RUNTIME_DIR), or stop {name} by hand."
    raise RefusedError(ErrorCode.RUN_BY_SERVICE, message, hint)


def _require_no_doubtful_unit(target: Target) -> None:
    """Refuse to signal what a service has started and detached, if it cannot be told whether it starts it again."""
    owner, process = target.instance.owner, target.instance.signals.process
    if owner is None or owner.kind != "unit" or process is None:
        return
    message = (
        f"{target.id} (pid {process.pid}) is in the control group of {owner.name} ({owner.manager}), which runs other"
        " things, too: whether it would start it again could not be told. Nothing was signalled."
    )
    hint = (
        f"Stop {owner.name} if that is meant, or end the gateway by hand: {shell_command(('kill', str(process.pid)))}"
    )
    raise RefusedError(ErrorCode.RUN_BY_SERVICE, message, hint)


def only_service(target: Target, manager: str | None) -> ServiceSignal:
    """The one service, of that manager if one is named. Raises `RefusedError` if there is none, or a second one."""
    services = [service for service in target.services if manager in (None, service.manager)]
    if len(services) == 1:
        return services[0]
    if services:
        managers = " and ".join(service.manager for service in services)
        message = f"{target.id} has services of {managers}: enabling both would let them fight over its port."
        raise RefusedError(ErrorCode.DUPLICATE_SERVICES, message, "Remove one of them, or choose one.")
    raise RefusedError(ErrorCode.NO_SERVICE, f"{target.id} has no service.", "Install it first.")


def _chosen(target: Target, backend: str | None) -> ServiceSignal | None:
    if backend is None:
        return next(iter(target.services), None)
    if backend == DIRECT:
        return None
    found = next((service for service in target.services if service.manager == backend), None)
    if found is None:
        message = f"{target.id} has no service of {backend}; it has {_listed(target) or 'none'}."
        raise RefusedError(ErrorCode.NO_SERVICE, message, "Install it first, or start it directly.")
    return found


def _backend(context: OperationContext, target: Target, service: ServiceSignal | None) -> Backend:
    return DirectBackend(context, target) if service is None else ServiceBackend(context, target, service)


def _listed(target: Target) -> str:
    return " and ".join(f"{service.name} ({service.manager})" for service in target.services)
