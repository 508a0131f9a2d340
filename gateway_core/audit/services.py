"""Checks of service definitions: one per gateway, of something that is there, for as long as it is meant to run."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from gateway_core.accounts import account_name
from gateway_core.audit.context import AuditContext, Subject
from gateway_core.audit.model import Finding, failed, passed, unknown, warned, worded_command
from gateway_core.files import path_status
from gateway_core.health.restarts import restarting_beside
from gateway_core.health.wording import spoken_restarts
from gateway_core.host import ServiceState
from gateway_core.services.definitions import ServiceDefinition
from gateway_core.services.managers import manager_named
from gateway_core.shell_commands import ShellCommand, own_command, shell_command
from gateway_core.snapshot import ServiceSignal


def services(context: AuditContext) -> Iterator[Finding]:
    """At most one service starts a gateway: two fight over its port and restart each other without end."""
    for subject in context.subjects:
        found = _distinct(subject)
        if len(found) > 1:
            yield _duplicate(context, subject, found)
        elif (other := _beside(context, subject)) is not None:
            remedy = worded_command(own_command("restart", subject.id), after=", which stops both and starts one")
            yield failed(subject.id, _vainly(other), remedy)
        elif found:
            yield passed(subject.id, spoken_place(found[0]))


def _beside(context: AuditContext, subject: Subject) -> ServiceSignal | None:
    process = subject.instance.signals.process
    unit = context.facts.units.get(process.pid) if process is not None else None
    return restarting_beside(subject.instance.signals, unit)


def _vainly(other: ServiceSignal) -> str:
    return f"{other.name} ({other.manager}) starts another one beside the one that runs: {spoken_restarts(other)}"


def _distinct(subject: Subject) -> list[ServiceDefinition]:
    return list({(service.path, service.name): service for service in subject.services}.values())


def spoken_place(service: ServiceDefinition) -> str:
    """The file that defines a service; that of a template defines several."""
    return f"{service.name} of {service.path}" if service.of_template else str(service.path)


def _duplicate(context: AuditContext, subject: Subject, found: Sequence[ServiceDefinition]) -> Finding:
    awake = [service for service in found if _is_awake(_state(context, service))]
    named = " and ".join(f"{spoken_place(service)} ({service.manager})" for service in found)
    spare = next((service for service in found if service.distribution != subject.distribution.name), found[-1])
    remedy = worded_command(_removal(context, spare), before="keep one of them, and disable and remove the other: ")
    if (other := _beside(context, subject)) is not None:
        return failed(subject.id, f"{named} all start it, and {_vainly(other)}", remedy)
    if len(awake) > 1:
        return failed(subject.id, f"{named} all start it, and more than one of them is enabled", remedy)
    return warned(subject.id, f"{named} all start it", remedy)


def service_target(context: AuditContext) -> Iterator[Finding]:
    """What a service starts is there: its program and its config. Else it is a leftover, or fails at the next start."""
    for subject in context.subjects:
        for service in _distinct(subject):
            yield _target(context, subject, service)


def _target(context: AuditContext, subject: Subject, service: ServiceDefinition) -> Finding:
    if service.missing_files:
        named = " and ".join(service.missing_files)
        evidence = f"{service.name} needs {named}, which is not there: its manager does not start it"
        judge = failed if _is_awake(_state(context, service)) else warned
        return judge(subject.id, evidence, f"write {named}, or put “-” before the path in {service.path}")
    missing = _missing(subject, service)
    state = _state(context, service)
    if missing is None and state is not None and state.needs_reload:
        evidence = f"{service.name} was edited since {service.manager} read it: what its files say does not count yet"
        restart = own_command("restart", subject.id)
        return warned(subject.id, evidence, worded_command(restart, after=", which reloads it first"))
    if missing is None and service.name.removesuffix(".plist") in subject.distribution.services.legacy_launchd_labels:
        evidence = f"{service.path} bears the label {service.name} of older versions"
        again = subject.command("gateway", "install")
        return warned(subject.id, evidence, worded_command(_removal(context, service), after=f"; then {again}"))
    if missing is None:
        return passed(subject.id, f"{service.name}: its program and its config are there")
    evidence = f"{spoken_place(service)} starts {missing}, which is not there"
    # The file of a template is that of others, too.
    besides = "" if service.of_template else f", and remove {service.path}"
    again = subject.command("gateway", "install")
    remedy = worded_command(_removal(context, service), after=f"{besides}; or install it anew: {again}")
    judge = failed if _is_awake(_state(context, service)) else warned
    return judge(subject.id, evidence, remedy)


def _missing(subject: Subject, service: ServiceDefinition) -> str | None:
    program = service.program
    if program is not None and program.startswith("/") and not os.path.lexists(program):
        return program
    named = service.config_path
    there = subject.discovered.config.exists if named is None else os.path.lexists(named)
    return None if there or service.unconfigured else f"a gateway with the config {named or subject.config_path}"


def linger(context: AuditContext) -> Iterator[Finding]:
    """Where a user service runs a gateway, the user lingers: otherwise it ends when the user logs out."""
    marks = context.host.root / "var" / "lib" / "systemd" / "linger"
    for subject in context.subjects:
        units = [unit for unit in subject.services if manager_named(unit.manager, context.host.uid).needs_linger]
        if context.host.platform != "linux" or not any(_may_be_awake(_state(context, unit)) for unit in units):
            continue
        yield _lingers(subject, account_name(context.host), marks)


def _lingers(subject: Subject, user: str | None, marks: Path) -> Finding:
    if user is None:
        ask = shell_command(("loginctl", "show-user", "--property=Linger"))
        return unknown(subject.id, "the name of this user is not known", ask)
    mark = path_status(marks / user)
    if mark.fault is not None:
        ask = shell_command(("loginctl", "show-user", user, "--property=Linger"))
        return unknown(subject.id, f"{mark.path}: {mark.fault}", ask)
    if mark.exists:
        return passed(subject.id, f"{user} lingers")
    evidence = f"it is a service of {user}, who does not linger: it ends when {user} logs out"
    return warned(subject.id, evidence, shell_command(("loginctl", "enable-linger", user)))


def _state(context: AuditContext, service: ServiceDefinition) -> ServiceState | None:
    return context.facts.services.get((service.manager, service.name))


def _is_awake(state: ServiceState | None) -> bool:
    """Whether the service runs, or will at the next boot or login."""
    return state is not None and (bool(state.enabled) or state.active in ("active", "activating"))


def _may_be_awake(state: ServiceState | None) -> bool:
    """Whether `_is_awake`, or the manager did not tell."""
    return state is None or state.enabled is None or _is_awake(state)


def _removal(context: AuditContext, service: ServiceDefinition) -> ShellCommand:
    return manager_named(service.manager, context.host.uid).removal_command(service.name, service.path)
