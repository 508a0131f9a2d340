"""Which back end acts on an instance: the one that runs it, else the one that its services or the caller name."""

from __future__ import annotations

from collections.abc import Iterator

from gateway_core.lifecycle.backend import DIRECT, OperationContext
from gateway_core.lifecycle.direct import DirectBackend
from gateway_core.lifecycle.service import ServiceBackend
from gateway_core.lifecycle.target import Target
from gateway_core.operations import ErrorCode, RefusedError
from gateway_core.services.reader import ServiceDefinition
from gateway_core.snapshot import State

_LONGEST_ANCESTRY = 16
_ON_ITS_WAY = ("active", "activating", "reloading")


def backend_to_start(context: OperationContext, target: Target) -> DirectBackend | ServiceBackend:
    """A service definition starts through its manager; without one, directly. The caller may choose.

    Raises `RefusedError`: two definitions of one gateway would fight over its port.
    """
    definition = _chosen(target, context.options.backend)
    rivals = [service for service in target.installation.services if service is not definition]
    undecided = context.options.backend is None and len(rivals) > 0
    if undecided or any(_is_on_its_way(target, rival) for rival in rivals):
        raise RefusedError(
            ErrorCode.DUPLICATE_SERVICES,
            f"{target.id} has several ways to run, which would fight over its port: {_listed(target)}.",
            "Remove all but one, or stop and disable the others and choose one.",
        )
    return _backend(context, target, definition)


def backend_to_stop(context: OperationContext, target: Target) -> DirectBackend | ServiceBackend:
    """Whoever runs it now. Raises `RefusedError` if the caller chose somebody else: a manager would restart it."""
    runner = running_service(target)
    actual = runner.manager if runner is not None else DIRECT
    if context.options.backend not in (None, actual):
        raise RefusedError(
            ErrorCode.RUN_BY_SERVICE if runner is not None else ErrorCode.RUNS_DIRECTLY,
            f"{target.id} is run by {runner.name + ' of ' + actual if runner else 'no service'},"
            f" so it cannot be stopped through {context.options.backend}.",
            "Leave the choice to claw-tui.",
        )
    return _backend(context, target, runner)


def running_service(target: Target) -> ServiceDefinition | None:
    """The service whose process the gateway is or descends from; without a process, one that is about to run it.

    That includes one that systemd has given up on: it has to be stopped before it can be started again.
    """
    services = target.installation.services
    if target.identity is None:
        given_up = ("failed",) if target.instance.state is State.CRASH_LOOPING else ()
        words = (*_ON_ITS_WAY, *given_up)
        return next((service for service in services if _active(target, service) in words), None)
    lineage = set(_lineage(target, target.identity[0]))
    return next((service for service in services if _main_pid(target, service) in lineage), None)


def _chosen(target: Target, wish: str | None) -> ServiceDefinition | None:
    services = target.installation.services
    if wish is None:
        return services[0] if services else None
    if wish == DIRECT:
        return None
    found = next((service for service in services if service.manager == wish), None)
    if found is None:
        raise RefusedError(
            ErrorCode.NO_SERVICE,
            f"{target.id} has no service of {wish}; it has {_listed(target) or 'none'}.",
            "Install it first, or start it directly.",
        )
    return found


def _backend(
    context: OperationContext, target: Target, definition: ServiceDefinition | None
) -> DirectBackend | ServiceBackend:
    return DirectBackend(context, target) if definition is None else ServiceBackend(context, target, definition)


def _is_on_its_way(target: Target, service: ServiceDefinition) -> bool:
    return _active(target, service) in _ON_ITS_WAY


def _active(target: Target, service: ServiceDefinition) -> str | None:
    state = target.facts.services.get((service.manager, service.name))
    return state.active if state is not None else None


def _main_pid(target: Target, service: ServiceDefinition) -> int | None:
    state = target.facts.services.get((service.manager, service.name))
    return state.main_pid if state is not None else None


def _lineage(target: Target, pid: int) -> Iterator[int]:
    """The process and its ancestors; early versions run the gateway as a child of what their service started."""
    for _ in range(_LONGEST_ANCESTRY):
        yield pid
        info = target.facts.processes.get(pid)
        if info is None or info.parent <= 1:
            return
        pid = info.parent


def _listed(target: Target) -> str:
    return " and ".join(f"{service.name} ({service.manager})" for service in target.installation.services)
