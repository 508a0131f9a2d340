"""Service managers that did not say what they run: nothing can be called stopped then, and nothing is started."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gateway_core.host import ServiceState
from gateway_core.lifecycle.target import Target
from gateway_core.operations import ErrorCode, RefusedError
from gateway_core.processes.ancestry import launching_line
from gateway_core.services.managers import manager_named
from gateway_core.services.specifiers import every_instance

_SESSION = re.compile(r"/[^/]+(?<!/init)\.scope(/|$)")  # what users start is in scopes, as of sessions and terminals
_Service = tuple[str, str]
"""The manager and the name of a service."""


def require_managers_answer(target: Target, uid: int) -> None:
    """Refuse to act on an instance that a service may run whose manager did not answer."""
    refusal = silent_manager_refusal(target, uid)
    if refusal is not None:
        raise refusal


def silent_manager_refusal(target: Target, uid: int) -> RefusedError | None:
    """The refusal to say whether the instance runs, if the manager of one of its services did not answer."""
    states = target.facts.services
    for manager, name in _services(target):
        state = states.get((manager, name))
        if state is None or _is_silent(state):
            return silent_manager(target, name, manager, state, uid)
    for manager, template in sorted(target.facts.disk.templates) if target.identity is None else ():
        state = states.get((manager, every_instance(template)))
        if state is not None and _is_silent(state):
            return silent_manager(target, template, manager, state, uid)
    return None


def _is_silent(state: ServiceState) -> bool:
    return state.error is not None and not state.no_manager


def _services(target: Target) -> Iterator[_Service]:
    """The services of the instance, and the one that was seen to run it."""
    yield from ((service.manager, service.name) for service in target.installation.services)
    if target.occupancy.discovered.seen_unit is not None:
        yield target.occupancy.discovered.seen_unit


def is_outside_services(target: Target) -> bool:
    """Whether no service runs the gateway, whatever managers say: claw-tui has started it, or a user in a session."""
    process, facts = target.occupancy.process, target.facts
    if process is None:
        return False
    launched = target.occupancy.discovered.last_requests.launched
    if launched is not None and launched in launching_line(process.info.pid, facts.processes):
        return True
    placement = process.placement or facts.placements.get(process.info.pid)
    group = placement.cgroups[0] if placement is not None and placement.cgroups else ""
    return _SESSION.search(group) is not None and process.info.pid not in facts.units


def silent_manager(target: Target, name: str, manager: str, state: ServiceState | None, uid: int) -> RefusedError:
    """The refusal where a manager did not say what a service does."""
    why = state.error if state is not None and state.error is not None else "it said nothing about it"
    per_user, program = manager_named(manager, uid).per_user, manager_named(manager, uid).program
    message = f"Whether {name} ({manager}) runs {target.id} could not be told: {why}. Nothing was done."
    reach = " (for a user's manager: set XDG_RUNTIME_DIR)" if per_user and program == "systemctl" else ""
    return RefusedError(ErrorCode.UNKNOWN_STATE, message, f"Make {manager} answer{reach}, then repeat this.")
