"""Service install, uninstall and enable: the distribution's own command acts, and its outcome is looked at.

Its word is not enough: these commands exit 0 when nothing is loaded, and act on another profile when told so by an
inherited variable.
"""

from __future__ import annotations

import asyncio

from gateway_core.lifecycle.backend import OperationContext
from gateway_core.lifecycle.backend_choice import only_service
from gateway_core.lifecycle.invocation import Invocation, instance_invocation
from gateway_core.lifecycle.preflight import require_startable
from gateway_core.lifecycle.proof import require_gateway_in
from gateway_core.lifecycle.runner import ON_ITS_WAY, runner_of
from gateway_core.lifecycle.service import ServiceControl
from gateway_core.lifecycle.target import Target, find, look
from gateway_core.logs.output import presentable
from gateway_core.operations import ErrorCode, OperationFailedError, RefusedError
from gateway_core.processes.run import NoReplyError, Reply, run
from gateway_core.redaction.commands import shown_command
from gateway_core.redaction.text import redact
from gateway_core.shell_commands import own_command

_BUDGET_S = 60.0


async def install(context: OperationContext, target: Target) -> Target:
    """`COMMAND [--profile P] gateway install`, then see whether there is a definition for this very instance.

    Refused where a start would be.
    """
    with context.steps.step("check") as note:
        if target.services:
            note.detail = f"it has a service already: {target.services[0].path}"
            return target
        if target.identity is not None:
            message = f"{target.id} runs without a service; an installed one would start a second gateway."
            raise RefusedError(ErrorCode.RUNS_DIRECTLY, message, f"Stop it first: {own_command('stop', target.id)}")
        await _require_startable(context, target)
        called = await asyncio.to_thread(_vendor_command, context, target, "install")
    reply = await _run(context, "install", called)
    return await _verify(context, target, reply, expected=True)


async def uninstall(context: OperationContext, target: Target) -> Target:
    """`COMMAND [--profile P] gateway uninstall`, then see whether the definition is gone."""
    with context.steps.step("check") as note:
        if not target.services:
            note.detail = "it has no service"
            return target
        if target.identity is not None and runner_of(target.instance) is None:
            note.detail = "it runs without its service, and goes on running"
        for service in target.services:
            if service.active in ON_ITS_WAY:  # the products' `uninstall` stops it
                await require_gateway_in(context.host, context.observer.distributions, target, service)
        called = await asyncio.to_thread(_vendor_command, context, target, "uninstall")
    reply = await _run(context, "uninstall", called)
    return await _verify(context, target, reply, expected=False)


async def enable(context: OperationContext, target: Target) -> Target:
    """Have the manager start the service by itself from now on, then ask it whether it will."""
    with context.steps.step("check"):
        service = only_service(target, context.options.backend)
    control = ServiceControl(context.host, service)
    command = control.manager.command("enable", service.name)
    with context.steps.step("enable", str(shown_command(command))):
        try:
            reply = await control.run(command)
        except NoReplyError as error:
            raise OperationFailedError(ErrorCode.COMMAND_FAILED, f"{error}.") from error
        if reply.status != 0:
            message = f"{control.title} could not be enabled: {redact(reply.first_error)}"
            raise OperationFailedError(
                ErrorCode.COMMAND_FAILED, message, f"By hand: {control.manager.by_hand(command)}"
            )
    with context.steps.step("verify") as note:
        state = await control.state()
        if state is None or state.enabled is False:
            raise OperationFailedError(ErrorCode.NOT_VERIFIED, f"{control.title} is still not enabled.")
        note.detail = "enabled" if state.enabled else "the manager accepted it, but does not tell"
    return await look(context.observer, target) or target


async def _require_startable(context: OperationContext, target: Target) -> None:
    """Raise `RefusedError` where a start would be refused: the products' `install` starts the gateway, too."""
    try:
        await require_startable(context, target, target.occupancy.configured_port.value, direct=True)
    except RefusedError as refusal:
        error = refusal.failure
        message = f"The service was not installed, because that starts the gateway. {error.message}"
        raise RefusedError(error.code, message, error.hint) from refusal


def _vendor_command(context: OperationContext, target: Target, verb: str) -> Invocation:
    called = instance_invocation(context.host, target.distribution, target.instance, "gateway", verb)
    if called is None:
        message = f"The command {target.distribution.command} is not installed."
        raise RefusedError(ErrorCode.MISSING_COMMAND, message, f"Install it: {target.distribution.install_command}")
    return called


async def _run(context: OperationContext, name: str, called: Invocation) -> Reply:
    deadline = context.deadline(_BUDGET_S)
    with context.steps.step(name, called.shown) as note:
        try:
            reply = await run(called.argv, called.environment, deadline=deadline.seconds, directory=called.directory)
        except NoReplyError as error:
            raise OperationFailedError(ErrorCode.COMMAND_FAILED, f"{error}.") from error
        note.detail = f"exit code {reply.status}"
        return reply


async def _verify(context: OperationContext, target: Target, reply: Reply, *, expected: bool) -> Target:
    with context.steps.step("verify") as note:
        after = await find(context.observer, target.id)
        services = after.services
        if bool(services) is not expected:
            finding = "no service definition leads to it" if expected else f"{services[0].path} is still there"
            raise OperationFailedError(
                ErrorCode.NOT_VERIFIED,
                f"The command ended with exit code {reply.status}, but {finding}.",
                f"Run it by hand to see what it wants: {target.distribution.command} gateway --help",
                presentable(reply.errors or reply.output),
            )
        note.detail = str(services[0].path) if services else "no service definition is left"
        return await look(context.observer, after) or after
