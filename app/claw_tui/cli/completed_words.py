"""What options and arguments can be completed to in a shell, beside instances."""

from __future__ import annotations

from collections.abc import Iterable

import click
from click.shell_completion import CompletionItem

from claw_tui.hosts.gateway_host import GatewayHost

PRESETS = ("main", "rescue", "dev")
COPY = "copy:"


def distributions(context: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    host: GatewayHost = context.obj
    return _matching((known.name for known in host.distributions()), incomplete)


def presets(context: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    """The presets, and a copy of every gateway that there is."""
    from claw_tui.cli.output import wait_for

    host: GatewayHost = context.obj
    copies = (f"{COPY}{found.id}" for found in wait_for(host.glance()).instances)
    return _matching((*PRESETS, *copies), incomplete)


def unfinished(context: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    """The gateways whose onboarding was not finished."""
    from claw_tui.cli.output import wait_for

    host: GatewayHost = context.obj
    runs = wait_for(host.onboarding_runs.unfinished()) if host.onboarding_runs is not None else ()
    return _matching((run.instance for run in runs), incomplete)


def directories(_: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    """The shell completes a directory by itself."""
    return [CompletionItem(incomplete, type="dir")]


def files(_: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    """The shell completes a file by itself."""
    return [CompletionItem(incomplete, type="file")]


def _matching(words: Iterable[str], incomplete: str) -> list[CompletionItem[str]]:
    return [CompletionItem(word) for word in words if word.startswith(incomplete)]
