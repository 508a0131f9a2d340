"""Looks at what a run has left, on the disk and from outside: exit codes and printed words are not enough."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from gateway_core.config.model import ConfigReading
from gateway_core.config.reader import ConfigReader
from gateway_core.dirs import expand_home
from gateway_core.distributions.model import Distribution
from gateway_core.files import real_path
from gateway_core.host import Host
from gateway_core.lifecycle.invocation import child_environment
from gateway_core.onboarding.plan import Plan
from gateway_core.onboarding.rules.port import HARMFUL
from gateway_core.operations import ErrorCode, OperationFailedError, OperationResult
from gateway_core.shell_commands import own_command
from gateway_core.snapshot import Instance, Snapshot, State


def config_of(host: Host, distribution: Distribution, plan: Plan) -> ConfigReading:
    """Return the config as its gateway will see it, without any variable of this shell. Blocks."""
    return ConfigReader().read(
        Path(plan.config_path),
        state_dir=Path(plan.state_dir),
        environment=child_environment(host, {}),
        distribution=distribution,
    )


def find_instance(snapshot: Snapshot, plan: Plan) -> Instance | None:
    """Return the instance that the run has made: by its id, else by its config, should a migration have moved it.

    Blocks, as all here does that looks for it.
    """
    here = real_path(plan.config_path)
    by_place = (item for item in snapshot.instances if item.config_path and real_path(item.config_path) == here)
    return snapshot.instance(plan.instance) or next(by_place, None)


def require_as_planned(snapshot: Snapshot, plan: Plan) -> Instance:
    """Return the instance if it is as planned: valid, in nobody's way, and live if it was to be started.

    Raises `OperationFailedError`.
    """
    instance = find_instance(snapshot, plan)
    if instance is None:
        raise OperationFailedError(ErrorCode.NOT_AS_PLANNED, f"{plan.instance} cannot be found on this host.")
    port = instance.base_port.value if instance.base_port else None
    if port != plan.base_port or not instance.config.valid:
        found = f"base port {port}" if instance.config.valid else "an invalid config"
        message = f"{plan.instance} has {found}, although base port {plan.base_port} was planned."
        raise OperationFailedError(ErrorCode.NOT_AS_PLANNED, message, f"See: {own_command('show', plan.instance)}")
    _require_no_conflict(snapshot, plan, instance)
    if plan.start:
        _require_live(plan, instance)
    return instance


def found_nothing(stop: OperationResult) -> bool:
    """Whether a stop has found no process, and only could not tell whether a service manager is about to start one.

    Whoever goes on looks again: a run before it is done, an undo once the service is gone and before it moves anything.
    """
    return stop.error is not None and stop.error.code is ErrorCode.UNKNOWN_STATE and stop.pid_after is None


def is_settled(snapshot: Snapshot, plan: Plan) -> bool:
    """Whether the gateway has come up as far as it will, or was not to be started at all."""
    instance = find_instance(snapshot, plan)
    return not plan.start or instance is None or instance.state is not State.STARTING


def deviations(plan: Plan, reading: ConfigReading) -> Iterator[str]:
    """Yield each difference between the disk and the plan. Blocks."""
    if not reading.valid:
        issue = next((f"{issue.path or 'it'}: {issue.message}" for issue in reading.issues), "it cannot be read")
        yield f"its config is invalid ({issue})"
        return
    settings = reading.settings
    if settings.mode != "local":
        yield f"gateway.mode is {settings.mode or 'not set'}, so that it would not start"
    for name, found, planned in (
        ("gateway.port", settings.port, plan.base_port),
        ("gateway.bind", settings.bind, plan.bind),
        ("gateway.auth.mode", settings.auth, plan.auth),
    ):
        if found != planned:
            yield f"{name} is {found}, not {planned}"
    if _real(Path(plan.state_dir).parent, settings.default_workspace) != real_path(plan.workspace):
        yield f"the workspace is {settings.default_workspace}, not {plan.workspace}"
    if not os.path.isdir(plan.workspace):  # noqa: PTH112
        yield f"the workspace {plan.workspace} is not there"


def _real(home: Path, path: str | None) -> str | None:
    return None if path is None else real_path(expand_home(path, home))


def _require_no_conflict(snapshot: Snapshot, plan: Plan, instance: Instance) -> None:
    known = set(plan.known_conflicts)
    mine = (item for item in snapshot.conflicts if item.id in instance.conflicts and item.id not in known)
    conflict = next((item for item in mine if item.grade in HARMFUL), None)
    if conflict is not None:
        raise OperationFailedError(ErrorCode.NEW_CONFLICT, f"It is there, but: {conflict.why}", conflict.remedy)


def _require_live(plan: Plan, instance: Instance) -> None:
    """Require no more than live: openclaw 2026.9.6 answers for some seconds before its last side job has started."""
    process, http = instance.signals.process, instance.signals.http
    proven = process is not None and process.proof is not None
    if proven and http is not None and http.live and instance.live_port == plan.base_port:
        return
    message = f"{plan.instance} was started, but is {instance.state.value}: {instance.reason}."
    raise OperationFailedError(ErrorCode.NOT_PROVEN, message, f"See its log: {own_command('logs', plan.instance)}")
