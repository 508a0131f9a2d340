"""Start, stop, restart and kill, as sequences of steps. Each returns the instance as it was seen last."""

from __future__ import annotations

from gateway_core.health.state import LIVE_STATES
from gateway_core.lifecycle.backend import DIRECT, OperationContext, Wait
from gateway_core.lifecycle.backend_choice import (
    Backend,
    backend_to_start,
    backend_to_stop,
    require_runs_nothing_else,
    require_startable_by,
)
from gateway_core.lifecycle.direct import DirectBackend
from gateway_core.lifecycle.preflight import require_startable
from gateway_core.lifecycle.runner import runner_of
from gateway_core.lifecycle.service import ServiceBackend
from gateway_core.lifecycle.silent_managers import require_managers_answer, silent_manager_refusal
from gateway_core.lifecycle.staying_down import (
    has_silent_service,
    require_stays_down,
    restarters_of,
    services_beside,
    watch,
)
from gateway_core.lifecycle.target import Target
from gateway_core.lifecycle.waiting import OtherStart, wait_until_gone, wait_until_live, wait_until_ready
from gateway_core.operations import ErrorCode, RefusedError
from gateway_core.shell_commands import own_command
from gateway_core.snapshot import State


async def start(context: OperationContext, target: Target) -> Target:
    """Start the gateway, unless it runs already, and follow it as far as is wanted."""
    live = await _start_until_live(context, target)
    return await wait_until_ready(context, live) if context.options.wait is Wait.READY else live


async def _start_until_live(context: OperationContext, target: Target) -> Target:
    with context.steps.step("check") as note:
        if target.instance.state in LIVE_STATES or target.runs_out_of_sight:
            note.detail = f"it runs already: {target.instance.reason}"
            return target
        if target.instance.state is not State.STARTING:
            _require_down(target)
            backend = backend_to_start(context, target)
            await require_startable(context, target, backend.port, direct=backend.name == DIRECT)
            require_startable_by(target, backend)
            note.detail = f"nothing speaks against port {backend.port} ({backend.name})"
        else:
            note.detail = f"somebody else has begun to start it: {target.instance.reason}"
    if target.instance.state is State.STARTING:  # somebody else has begun it: see how that ends
        port = target.instance.live_port or target.occupancy.base_port.value
        return await wait_until_live(context, target, port, OtherStart(context, target.identity))
    return await wait_until_live(context, target, backend.port, await backend.start())


async def stop(context: OperationContext, target: Target) -> Target | None:
    """Stop the gateway, unless nothing of it runs; `None` if nothing is left of the instance."""
    with context.steps.step("check") as note:
        up = _is_up(target)
        if up:
            backend = backend_to_stop(context, target)
            note.detail = f"{_whereabouts(target)} ({backend.name})"
        else:
            silence = silent_manager_refusal(target, context.host.uid)
            _require_certainty(target, silence)
            note.detail = f"it was not running: {target.instance.reason}" if silence is None else "no process was found"
    if not up:
        return await _stay_down(context, target, silence)
    restarters = restarters_of(context, target)
    await _stop_all(context, target, backend)
    return await require_stays_down(context, target, await wait_until_gone(context, target), restarters)


async def _stay_down(context: OperationContext, target: Target, silence: RefusedError | None) -> Target | None:
    """Watch what was not running where a manager may be about to start it; it is not called stopped on a guess."""
    after: Target | None = target
    if silence is not None or has_silent_service(target):
        after = await require_stays_down(context, target, target, restarters_of(context, target))
    if silence is not None:
        raise silence
    return after


async def restart(context: OperationContext, target: Target) -> Target:
    """Stop the gateway if it runs, and start it; it is not stopped at all if it could not be started again.

    What was ready before is to be ready again.
    """
    if not _is_up(target):
        return await start(context, target)
    with context.steps.step("check") as note:
        backend = backend_to_stop(context, target)
        require_managers_answer(target, context.host.uid)
        await require_startable(context, target, backend.port, direct=backend.name == DIRECT)
        note.detail = f"{_whereabouts(target)} ({backend.name})"
    live = await _restart_until_live(context, target, backend)
    was_ready = target.instance.state is State.RUNNING
    wanted = context.options.wait or (Wait.READY if was_ready else Wait.LIVE)
    return await wait_until_ready(context, live) if wanted is Wait.READY else live


async def _restart_until_live(context: OperationContext, target: Target, backend: Backend) -> Target:
    if isinstance(backend, DirectBackend) and (services_beside(target) or restarters_of(context, target).living):
        return await _stop_then_start(context, target, backend)
    launch = await backend.restart()
    return await wait_until_live(context, target, backend.port, launch, replacing=target.identity)


async def kill(context: OperationContext, target: Target) -> Target | None:
    """End a gateway that did not stop when it was asked to, once its time is up.

    Refused as not confirmed only if nothing else speaks against it: so one can find out what there is to confirm.
    """
    with context.steps.step("check"):
        if not _is_up(target):
            _require_certainty(target, silent_manager_refusal(target, context.host.uid))
            require_managers_answer(target, context.host.uid)
            return target
        backend = backend_to_stop(context, target)
        if not isinstance(backend, DirectBackend):
            message = f"{target.id} is run by {backend.name}, which ends it by itself if it does not stop in time."
            raise RefusedError(ErrorCode.RUN_BY_SERVICE, message, f"Stop it: {own_command('stop', target.id)}")
        backend.require_time_is_up()
        if not context.options.confirmed:
            message = f"{target.id} is killed only when the user has confirmed it: unfinished work is lost."
            raise RefusedError(ErrorCode.NOT_CONFIRMED, message, "Confirm it.")
    restarters = restarters_of(context, target)
    await backend.kill()
    return await require_stays_down(context, target, await wait_until_gone(context, target), restarters)


async def _stop_all(context: OperationContext, target: Target, backend: Backend) -> None:
    """Stop the gateway, and before it every service that would start another one in its place."""
    beside = services_beside(target)
    for service in beside:
        require_runs_nothing_else(target, service)
    for service in beside:
        await ServiceBackend(context, target, service).stop_beside()
    await backend.stop()


async def _stop_then_start(context: OperationContext, target: Target, backend: DirectBackend) -> Target:
    """Restart a gateway that something else may start again: two starts at once would fight over its port."""
    restarters = restarters_of(context, target)
    await _stop_all(context, target, backend)
    after = await wait_until_gone(context, target)
    with context.steps.step("stays down") as note:
        seen, back = await watch(context, target, after, restarters)
        note.detail = f"{back.starter} starts it again" if back is not None else "nobody has started it again"
    if back is None and seen is None:  # only its process told of it: it is started as it was seen last
        return await wait_until_live(context, target, backend.port, await backend.start(), replacing=target.identity)
    if back is None:
        return await _start_until_live(context, seen or target)
    port = back.target.occupancy.base_port.value
    other = OtherStart(context, back.target.identity)
    return await wait_until_live(context, back.target, port, other, replacing=target.identity)


def _is_up(target: Target) -> bool:
    return target.identity is not None or runner_of(target.instance) is not None


def _whereabouts(target: Target) -> str:
    process, port = target.instance.signals.process, target.instance.live_port
    if process is None:
        return target.instance.reason
    where = f"on port {port}" if port is not None else "without a port"
    owner = target.instance.owner
    looped = owner is not None and owner.kind == "script"
    again = f"; the loop of {owner.name} (pid {owner.pid}) may start it again" if owner is not None and looped else ""
    return f"pid {process.pid} runs, {where}{again}"


def _require_down(target: Target) -> None:
    instance = target.instance
    if instance.state is State.CRASH_LOOPING and runner_of(instance, given_up=False) is not None:
        message = f"{target.id} fails again and again: {instance.reason}."
        hint = f"See why in its log, then end the loop: {own_command('stop', target.id)}"
        raise RefusedError(ErrorCode.CRASH_LOOPING, message, hint)
    if instance.state is State.STOPPING:
        message = f"{target.id} is about to stop: {instance.reason}."
        raise RefusedError(ErrorCode.STOPPING, message, "Start it again when it has stopped.")
    if target.identity is not None:
        message = f"{target.id} runs already, but is {instance.state.value}: {instance.reason}."
        raise RefusedError(ErrorCode.NOT_RESPONDING, message, f"Try: {own_command('restart', target.id)}")


def _require_certainty(target: Target, silence: RefusedError | None) -> None:
    """Refuse to call the instance stopped when that was not seen, or when its pid is that of somebody else now.

    `silence` is what is to be said of a manager that did not answer, after a while of watching.
    """
    instance = target.instance
    if target.user_elsewhere is not None:
        message = f"{target.id} does not run on this host: {target.user_elsewhere} uses its state dir."
        hint = "Nothing was signalled. Stop that gateway where it was started."
        raise RefusedError(ErrorCode.RUNS_ELSEWHERE, message, hint)
    if instance.state is State.FOREIGN:
        message = f"{target.id} does not run; {instance.reason}. Nothing was signalled."
        hint = "What holds the port is not this instance: if it should not be there, stop it where it was started."
        raise RefusedError(ErrorCode.FOREIGN, message, hint)
    reused = next((lock for lock in instance.locks if lock.stale and lock.pid in target.facts.processes), None)
    if reused is not None:
        other = target.facts.processes[reused.pid]
        message = f"The lock of {target.id} names pid {reused.pid}, which is {other.name} now. Nothing was signalled."
        hint = "It does not run, and its next start replaces the stale lock."
        raise RefusedError(ErrorCode.PID_REUSED, message, hint)
    if instance.state is State.UNKNOWN and silence is None:
        message = f"Whether {target.id} runs could not be told: {instance.reason}. Nothing was signalled."
        raise RefusedError(ErrorCode.UNKNOWN_STATE, message, "Look again with the rights to see it.")
