"""A product's command: found on this host, asked for its version, and how its `onboard` is called.

`--version` is the only call that is made here: it migrates nothing. Everything else might rename a user's files.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from gateway_core.discovery.installations import Installation
from gateway_core.distributions.model import Distribution, NodeRule
from gateway_core.distributions.versions import first_covering, version_key
from gateway_core.files import read_beginning
from gateway_core.host import Host
from gateway_core.lifecycle.invocation import Invocation, child_environment, invocation
from gateway_core.onboarding.choices import ChoiceProblem, Field, ProblemCode, choice_problem
from gateway_core.onboarding.plan import Plan, TokenRoute
from gateway_core.processes.run import NoReplyError, Reply, run
from gateway_core.redaction.terminal import printable
from gateway_core.redaction.text import redact

_problem = partial(choice_problem, Field.DISTRIBUTION)

VERSION_DEADLINE_S = 30.0
"""0.15 s warm (openclaw 2026.9.6); Node with a cold cache on a slow disk takes many times that."""
SEARCH_DEADLINE_S = 2 * VERSION_DEADLINE_S  # Node.js is asked, and then the product

_TERMINAL_VARIABLES = (
    *("TERM", "COLORTERM", "NO_COLOR", "SSH_CONNECTION", "SSH_TTY"),
    *("DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "DBUS_SESSION_BUS_ADDRESS", "BROWSER"),
)
"""The variables that a conversation in a terminal needs, and a login that opens a browser."""
_VERSION = re.compile(r"(?<![\d.])\d+\.\d+\.\d+(?:-[0-9A-Za-z.]+)?(?![\d.])")
_NODE_SCRIPT = re.compile(rb"#!.*\bnode\b")
_LONGEST_FIRST_LINE = 256


@dataclass(frozen=True, slots=True)
class InstalledCommand:
    """A distribution's command as it is found on this host."""

    path: str
    version: str
    node: str | None = None  # the Node.js version that would run it; `None` if it is no Node script


@dataclass(frozen=True, slots=True)
class CommandSearch:
    """How far the search for a product's command is."""

    distribution: str
    asked: str | None = None  # the path of the command that is being asked for its version
    outcome: InstalledCommand | ChoiceProblem | None = None  # `None` while it is looked for


TellSearch = Callable[[CommandSearch], None]


async def find_command(
    host: Host,
    distribution: Distribution,
    deadline_s: float = VERSION_DEADLINE_S,
    tell: TellSearch = lambda _: None,
) -> InstalledCommand | ChoiceProblem:
    """Return the product's command on PATH, or why it cannot be used; `tell` is told of each step."""
    found = await _find_command(host, distribution, deadline_s, tell)
    tell(CommandSearch(distribution.name, outcome=found))
    return found


async def _find_command(
    host: Host, distribution: Distribution, deadline_s: float, tell: TellSearch
) -> InstalledCommand | ChoiceProblem:
    search_path = host.environment.get("PATH") or os.defpath
    path = await asyncio.to_thread(shutil.which, distribution.command, path=search_path)
    if path is None:
        return _problem(
            ProblemCode.COMMAND_MISSING,
            f"The command {distribution.command} is not installed: it is nowhere on PATH.",
            f"Install {distribution.title}: {distribution.install_command}",
        )
    tell(CommandSearch(distribution.name, asked=path))
    is_script = await asyncio.to_thread(_is_node_script, Path(path))
    node = await _node_version(host, distribution, search_path, deadline_s) if is_script else None
    if isinstance(node, ChoiceProblem):
        return node
    return await _with_version(host, distribution, path, node, deadline_s)


async def find_commands(
    host: Host,
    distributions: tuple[Distribution, ...],
    deadline_s: float = VERSION_DEADLINE_S,
    tell: TellSearch = lambda _: None,
) -> dict[str, InstalledCommand | ChoiceProblem]:
    found = await asyncio.gather(*(find_command(host, item, deadline_s, tell) for item in distributions))
    return {item.name: command for item, command in zip(distributions, found, strict=True)}


async def _with_version(
    host: Host, distribution: Distribution, path: str, node: str | None, deadline_s: float
) -> InstalledCommand | ChoiceProblem:
    try:
        reply = await _ask_version(host, path, deadline_s)
    except NoReplyError as error:
        reinstall = f"Reinstall it: {distribution.install_command}"
        return _problem(ProblemCode.COMMAND_SILENT, f"{redact(str(error))} when asked for its version.", reinstall)
    version = _VERSION.search(reply.output)
    if reply.status != 0 or version is None:
        outdated = node and _outdated_node(distribution, distribution.node[-1:], node)
        if outdated:
            return outdated
        said = printable(redact(reply.output.strip() or reply.first_error))[:80] or "nothing"
        return _problem(
            ProblemCode.VERSION_UNREADABLE,
            f"{path} --version should print a version, but ended with exit code {reply.status} and “{said}”.",
            f"It may be another program of that name. Install {distribution.title}: {distribution.install_command}",
        )
    too_old = _too_old(distribution, version[0], path)
    return too_old or InstalledCommand(path, version[0], node)


def _too_old(distribution: Distribution, version: str, path: str) -> ChoiceProblem | None:
    first = distribution.first_version
    before_first = first is not None and version_key(version) < version_key(first)
    if not before_first and first_covering(distribution.onboarding, version) is not None:
        return None
    return _problem(
        ProblemCode.VERSION_TOO_OLD,
        f"{path} is version {version}; how that one is onboarded without questions is not known.",
        f"Update it: {distribution.install_command}@latest",
    )


async def _node_version(
    host: Host, distribution: Distribution, search_path: str, deadline_s: float
) -> str | ChoiceProblem:
    rule = distribution.node[-1] if distribution.node else None
    wanted = f"Node.js {rule}" if rule else "Node.js"
    node = await asyncio.to_thread(shutil.which, "node", path=search_path)
    if node is None:
        message = f"{distribution.command} needs {wanted}, but there is no node on PATH."
        return _problem(ProblemCode.NODE_MISSING, message, f"Install {wanted}, then try again.")
    try:
        version = _VERSION.search((await _ask_version(host, node, deadline_s)).output)
    except NoReplyError:
        version = None
    if version is None:
        return _problem(ProblemCode.NODE_MISSING, f"{node} does not tell its version.", f"Install {wanted}.")
    return version[0]


def node_problem(distribution: Distribution, command: InstalledCommand) -> ChoiceProblem | None:
    rules = [rule for rule in distribution.node if rule.covers(command.version)]
    return _outdated_node(distribution, rules, command.node) if command.node else None


def _outdated_node(distribution: Distribution, rules: Sequence[NodeRule], node: str) -> ChoiceProblem | None:
    rule = next((rule for rule in rules if not rule.accepts(node)), None)
    if rule is None:
        return None
    return _problem(
        ProblemCode.NODE_TOO_OLD,
        f"{distribution.title} needs Node.js {rule}, but the node on PATH is {node}.",
        f"Install Node.js {rule}, or put it first on PATH.",
    )


async def _ask_version(host: Host, path: str, deadline_s: float) -> Reply:
    return await run((path, "--version"), child_environment(host, {}), deadline=deadline_s, directory=Path("/"))


def _is_node_script(path: Path) -> bool:
    line, _, _ = read_beginning(path, _LONGEST_FIRST_LINE).partition(b"\n")
    return _NODE_SCRIPT.match(line) is not None


def onboard_arguments(
    distribution: Distribution, version: str, *, port: int, bind: str, auth: str, workspace: Path, accepted_risk: bool
) -> tuple[str, ...]:
    """Return what follows the profile on the command line. No secret is ever among it."""
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
    return f"{distribution.environment_prefix}GATEWAY_TOKEN"


def product_call(host: Host, distribution: Distribution, plan: Plan, *arguments: str) -> Invocation:
    """Return the product's command for the planned profile, and for no other."""
    planned = Installation(
        distribution=distribution,
        profile=plan.profile,
        state_dir=Path(plan.state_dir),
        config_path=Path(plan.config_path),
        home=Path(plan.state_dir).parent,
        in_scheme=True,
        label=plan.profile,
        found_by=(),
    )
    return invocation(host, planned, plan.command, *arguments)


def with_token(called: Invocation, distribution: Distribution, plan: Plan, token: str) -> Invocation:
    """Return the call with the token in its environment, if the plan hands it over that way."""
    if plan.token is not TokenRoute.ENVIRONMENT:
        return called
    return replace(called, environment={**called.environment, token_variable(distribution): token})


def terminal_command(host: Host, distribution: Distribution, plan: Plan, *arguments: str) -> Invocation:
    """Return the call that a front end runs with the terminal handed over, such as `configure`: provider, channels.

    The same profile and the same scrubbed environment, with what a terminal needs.
    """
    called = product_call(host, distribution, plan, *arguments)
    terminal = {name: host.environment[name] for name in _TERMINAL_VARIABLES if host.environment.get(name)}
    return replace(called, environment={**called.environment, **terminal})
