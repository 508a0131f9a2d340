"""The conditions that must hold before a gateway is started. Nothing is started, moved or ended here."""

from __future__ import annotations

import asyncio

from gateway_core.config.reader import ConfigReader
from gateway_core.discovery.installations import Installation
from gateway_core.health.facts import InstanceFacts
from gateway_core.health.obstacles import (
    config_obstacle,
    mode_obstacle,
    run_instead,
    service_obstacle,
    start_hazard,
    start_obstacle,
)
from gateway_core.health.wording import spoken_holder, spoken_run_instead, spoken_service
from gateway_core.lifecycle.backend import OperationContext
from gateway_core.lifecycle.invocation import child_environment
from gateway_core.lifecycle.runner import runner_of, service_command_by_hand
from gateway_core.lifecycle.target import Target
from gateway_core.operations import ErrorCode, Operation, RefusedError
from gateway_core.ports.addresses import collide, needed_places
from gateway_core.ports.claims import block_of
from gateway_core.ports.listeners import places_of
from gateway_core.shell_commands import own_command
from gateway_core.snapshot import ConfigStatus, ServiceSignal, Signals, State


async def require_startable(context: OperationContext, target: Target, port: int, *, direct: bool) -> None:
    """Raise `RefusedError`, with the reason and the remedy, if the instance must not be started on that port."""
    _require_own_state_dir(target)
    _require_free_service(target)
    if direct:
        _require_own_account(target)
    _require_no_obstacle(target, port, direct=direct)
    if direct:
        await _require_config_without_caller(context, target)
    _require_known_state(target, context.host.uid)
    if target.occupancy.has_own_network:
        return
    _require_free_block(target, port)
    if not context.options.force:
        _require_no_conflict(target, port)


def _require_own_state_dir(target: Target) -> None:
    """Refuse a second gateway in a state dir that one in a container works in: no lock keeps the two apart."""
    user = target.user_elsewhere
    if user is not None and runner_of(target.instance) is None:  # a unit may give its gateway namespaces of its own
        hint = "Stop that one where it was started, or give this instance a state dir of its own."
        raise _cannot(target, ErrorCode.RUNS_ELSEWHERE, f"its state dir is in use by {user}", hint)


def _require_free_service(target: Target) -> None:
    """Refuse to go through a service that runs another gateway now, or would start another one next."""
    instead = run_instead(target.instance, target.snapshot.instances)
    if instead is not None:
        hint = f"Stop that one first: {own_command('stop', instead[1].id)}"
        raise _cannot(target, ErrorCode.RUN_BY_SERVICE, spoken_run_instead(*instead), hint)
    runner = runner_of(target.instance, given_up=False)
    if runner is None or _starts(runner, target.installation):
        return
    other = next((item for item in target.facts.instances if _starts(runner, item.installation)), None)
    if other is not None:
        why = f"{spoken_service(runner)}, which runs it, starts {other.id} from now on"
        raise _cannot(
            target, ErrorCode.RUN_BY_SERVICE, why, f"Stop it, and start that one: {own_command('stop', target.id)}"
        )


def _starts(service: ServiceSignal, installation: Installation) -> bool:
    return any((one.manager, one.name) == (service.manager, service.name) for one in installation.services)


def _require_own_account(target: Target) -> None:
    """Refuse to run another user's gateway as the caller: root can, and its files would then be root's."""
    account = target.instance.account
    if account is not None:
        message = (
            f"{target.id} is the gateway of another user ({account}): started from here, it would not run as that one."
        )
        raise RefusedError(ErrorCode.OTHER_USER, message, "Start it as that user, or through a service that does.")


def _require_no_obstacle(target: Target, port: int, *, direct: bool) -> None:
    facts = _instance_facts(target, port, direct=direct)
    obstacle = start_obstacle(facts)
    if obstacle is None:
        return
    config_path = target.instance.config_path
    if config_obstacle(facts):
        raise _cannot(target, ErrorCode.INVALID_CONFIG, obstacle, f"Mend {config_path}")
    if mode_obstacle(facts):
        hint = f"Finish its onboarding, or set gateway.mode to “local” in {config_path}"
        raise _cannot(target, ErrorCode.GATEWAY_MODE, obstacle, hint)
    if obstacle == service_obstacle(facts):
        hint = "Write that file, or put “-” before its path in the service if the gateway can do without it."
        raise _cannot(target, ErrorCode.MISSING_FILE, obstacle, hint)
    raise _cannot(target, ErrorCode.MISSING_COMMAND, obstacle, f"Install it: {target.distribution.install_command}")


def _instance_facts(target: Target, port: int, *, direct: bool) -> InstanceFacts:
    """The facts that obstacles are told by. A direct start needs the command, whatever services there are."""
    instance = target.instance
    return InstanceFacts(
        title=target.distribution.title,
        command=target.distribution.command,
        command_installed=instance.command is not None,
        start_budget_s=target.distribution.start_budget_s,
        config=instance.config,
        unconfigured=target.occupancy.discovered.starts_unconfigured and not direct,
        gateway_mode=target.occupancy.discovered.config.settings.mode,
        state_dir_exists=target.occupancy.discovered.state_dir_exists,
        base_port=port,
        signals=Signals() if direct else instance.signals,
    )


async def _require_config_without_caller(context: OperationContext, target: Target) -> None:
    """Refuse a config that is valid only with variables of the calling shell: the gateway will not have them."""
    config_path, state_dir = target.installation.config_path, target.installation.state_dir
    if config_path is None:
        return
    reading = await asyncio.to_thread(
        ConfigReader().read,
        config_path,
        state_dir=state_dir,
        environment=child_environment(context.host, {}),
        distribution=target.distribution,
    )
    if not reading.valid:
        status = ConfigStatus(exists=reading.exists, valid=False, issues=reading.issues)
        issue = next((f"{issue.path}: {issue.message}" for issue in status.issues), "its config is invalid")
        raise _cannot(
            target,
            ErrorCode.INVALID_CONFIG,
            f"without the variables of this shell, {issue}",
            f"Put what its config needs into {state_dir}/.env: no gateway gets variables of the calling shell.",
        )


def _require_known_state(target: Target, uid: int) -> None:
    """Refuse to guess whether ports are free."""
    if target.instance.state is State.UNKNOWN and target.identity is None:
        message = f"Whether {target.id} can start could not be told: {target.instance.reason}."
        service = runner_of(target.instance)
        command = service_command_by_hand(Operation.RESTART, service, uid) if service is not None else None
        hint = f"If its service should run it: {command}" if command is not None else None
        raise RefusedError(ErrorCode.UNKNOWN_STATE, message, hint or "Look again with the rights to see it.")


def _require_free_block(target: Target, port: int) -> None:
    """Refuse a product that ends whatever it finds on its ports, on any address, unless it would find nothing."""
    distribution, version = target.distribution, target.occupancy.discovered.version
    hazard = start_hazard(distribution, version, port, target.snapshot.listeners, target.id)
    if hazard is not None:
        block = block_of(distribution, version, port)
        message = f"{target.id} must not start: {hazard}."
        hint = f"Free all of {block.start}–{block.end}, or move {target.id} to another base port."
        raise RefusedError(ErrorCode.BLOCK_NOT_FREE, message, hint)


def _require_no_conflict(target: Target, port: int) -> None:
    if port == target.instance.live_port:
        return  # it holds the port itself, and will again
    for conflict in target.snapshot.conflicts:
        if target.id in conflict.prevents:
            raise _cannot(target, ErrorCode.CONFLICT, conflict.why, conflict.remedy)
    needed = needed_places(target.occupancy.address)
    for listener in target.snapshot.listeners:
        others = listener.port == port and listener.instance != target.id
        if others and collide(needed, places_of(listener)):
            hint = f"Stop it where it was started, or move {target.id} to another base port."
            raise _cannot(target, ErrorCode.CONFLICT, spoken_holder(listener), hint)


def _cannot(target: Target, code: ErrorCode, why: str, hint: str | None) -> RefusedError:
    return RefusedError(code, f"{target.id} cannot start: {why.rstrip('.')}.", hint)
