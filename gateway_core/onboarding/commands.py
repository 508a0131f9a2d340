"""The commands of a run: how the distribution's own `onboard` is called, and the terminal parts that are left to it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from gateway_core.discovery.join import Installation
from gateway_core.distributions import Distribution
from gateway_core.host import Host
from gateway_core.lifecycle.invocation import Invocation, invocation
from gateway_core.onboarding.plan import Plan, TokenRoute

_OF_A_TERMINAL = (
    "TERM",
    "COLORTERM",
    "NO_COLOR",
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "XAUTHORITY",
    "DBUS_SESSION_BUS_ADDRESS",
    "BROWSER",
    "SSH_CONNECTION",
    "SSH_TTY",
)
"""What a conversation in a terminal needs, and a login that opens a browser."""


def onboard_arguments(
    distribution: Distribution, version: str, *, port: int, bind: str, auth: str, workspace: Path, accepted_risk: bool
) -> tuple[str, ...]:
    """What follows the profile on the command line. No secret is ever among it."""
    return (
        "onboard",
        "--non-interactive",
        *(("--accept-risk",) if accepted_risk else ()),
        *("--mode", "local", "--auth-choice", "skip"),
        *("--gateway-port", str(port), "--gateway-bind", bind, "--gateway-auth", auth),
        *("--workspace", str(workspace)),
        *distribution.onboard_rule(version).flags,
        "--json",
    )


def token_variable(distribution: Distribution) -> str:
    """The variable from which a gateway's command takes its token."""
    return f"{distribution.environment_prefix}GATEWAY_TOKEN"


def call(host: Host, distribution: Distribution, plan: Plan, arguments: Sequence[str]) -> Invocation:
    """The distribution's command for the planned profile, and for no other."""
    planned = Installation(
        distribution=distribution,
        profile=plan.profile,
        state_dir=Path(plan.state_dir),
        config_path=Path(plan.config_path),
        in_scheme=True,
        label=plan.profile,
        witnesses=(),
    )
    return invocation(host, planned, plan.command, *arguments)


def with_token(called: Invocation, distribution: Distribution, plan: Plan, token: str) -> Invocation:
    """The same with the token in its environment, if that is the way which the plan names."""
    if plan.token is not TokenRoute.ENVIRONMENT:
        return called
    return replace(called, environment={**called.environment, token_variable(distribution): token})


def terminal_command(host: Host, distribution: Distribution, plan: Plan, *arguments: str) -> Invocation:
    """What a front end runs with the terminal handed over, such as `onboard` or `configure`: provider, channels.

    The same profile and the same scrubbed environment, with what a terminal needs.
    """
    called = call(host, distribution, plan, arguments)
    terminal = {name: host.environment[name] for name in _OF_A_TERMINAL if host.environment.get(name)}
    return replace(called, environment={**called.environment, **terminal})


def spelled_out(argv: Sequence[str], assignments: Mapping[str, str] | None = None) -> str:
    """A command as one would type it, in full: it is there to be copied."""
    variables = (f"{name}={shlex.quote(value)}" for name, value in (assignments or {}).items())
    return " ".join((*variables, shlex.join(argv)))
