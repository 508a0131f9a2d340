"""Gateways that came up on another port than they were started for, and why that port."""

from __future__ import annotations

from gateway_core.lifecycle.target import Target
from gateway_core.operations import ErrorCode, OperationFailedError
from gateway_core.shell_commands import own_command
from gateway_core.snapshot import Source


def require_expected_port(target: Target, port: int) -> None:
    """Raise `OperationFailedError` if its own process, proven to be its own, is live on another port than that."""
    instance = target.instance
    process, http, live_port = instance.signals.process, instance.signals.http, instance.live_port
    if process is None or process.proof is None or live_port in (None, port) or http is None or not http.live:
        return
    message = f"{target.id} came up on port {live_port}, not on {port}: {_why(target, port)}. pid {process.pid} runs."
    restart, stop = own_command("restart", target.id), own_command("stop", target.id)
    hint = f"Name one port in all places, then: {restart}. Or end it: {stop}"
    raise OperationFailedError(ErrorCode.CAME_UP_ELSEWHERE, message, hint)


def _why(target: Target, port: int) -> str:
    """The source that decided, as far as it can be told."""
    live_port, configured = target.instance.live_port, target.occupancy.configured_port
    passing = next((service for service in target.services if service.port == live_port), None)
    if passing is not None:
        return f"{passing.path} passes it that port"
    if configured.value == live_port:
        ignored = f", and the {port} that it was passed did not count" if configured.value != port else ""
        return f"{_spoken_source(target)}{ignored}"
    places = f"neither its config nor a service names {live_port}"
    dotenv = f"{target.instance.state_dir}/.env" if target.instance.state_dir else "its .env"
    return f"{places}, so its command or {dotenv} does"


def _spoken_source(target: Target) -> str:
    config_path = target.instance.config_path or "its config"
    return {
        Source.CONFIG: f"gateway.port in {config_path} says so",
        Source.ENV: f"a variable in its .env, or in env.vars of {config_path}, says so",
        Source.PROFILE_HASH: "that is the port of its profile where none is configured",
        Source.DEFAULT: "that is the port where none is configured",
    }.get(target.occupancy.configured_port.source, "its configuration says so")
