"""`claw-tui start`, `stop` and `restart`."""

from __future__ import annotations

from collections.abc import Callable

import click

from claw_tui.cli import options
from claw_tui.hosts.gateway_host import GatewayHost
from gateway_core.host import MANAGER_NAMES

Decorator = Callable[[Callable[..., None]], Callable[..., None]]

_BACK_ENDS = ("direct", *MANAGER_NAMES)
_via = click.option(
    "--via",
    type=click.Choice(_BACK_ENDS),
    metavar="HOW",
    help=f"One of {', '.join(_BACK_ENDS)}. [default: its service, if it has one, else direct]",
)
_wait = click.option(
    "--wait",
    "wait_for",
    type=click.Choice(("live", "ready")),
    help="Until it answers on its port, or until it is ready too. [default: live; a restart: as it was]",
)
_ALL_THAT_RUN = "All that run, also those that crash again and again: of this home, and registered ones."
_kill = click.option(
    "--kill", is_flag=True, help="SIGKILL, for one that was asked to stop and has had its time. Asks before."
)


def _operating(name: str, text: str, meant_by_all: str, examples: str, *own: Decorator) -> click.Command:
    """Return the command of one operation; `own` are the options that not all of them have."""

    @click.pass_obj
    @click.pass_context
    def run(
        context: click.Context,
        host: GatewayHost,
        *,
        instance_ids: tuple[str, ...],
        every: bool,
        groups: tuple[str, ...],
        timeout: float | None,
        as_json: bool,
        force: bool = False,
        via: str | None = None,
        kill: bool = False,
        wait_for: str | None = None,
        yes: bool = False,
    ) -> None:
        from claw_tui.cli.operate import OperateRequest, carry_out
        from gateway_core.lifecycle.backend import Options, Wait
        from gateway_core.operations import Operation

        if kill and (every or groups):
            raise click.UsageError("--kill is for single gateways: name them instead of --all or --group")
        operation = Operation.KILL if kill else Operation(name)
        # Whoever names gateways has chosen them; `--all` may mean more than one thinks of, and so may a group.
        agreed = yes or operation is Operation.START or not (every or groups or kill)
        request = OperateRequest(operation, instance_ids, every, groups, as_json=as_json, agreed=agreed)
        wait = Wait(wait_for) if wait_for is not None else None
        # Whether it may be killed is asked before it is run.
        how = Options(timeout_s=timeout, backend=via, force=force, wait=wait, confirmed=kill)
        context.exit(carry_out(host, request, how))

    callback: Callable[..., None] = run
    every_option = click.option("--all", "every", is_flag=True, help=meant_by_all)
    chosen_by: list[Decorator] = [options.instance_ids, options.group, every_option]
    decorators: list[Decorator] = [*chosen_by, options.timeout, *own, options.as_json]
    for option in reversed(decorators):
        callback = option(callback)
    return click.command(name, help=text, epilog=examples)(callback)


start = _operating(
    "start",
    "Start gateways, and see each come up as itself on its own port.\n\n"
    "One that runs already is left alone. Gateways keep running when claw-tui ends.",
    "All that are stopped: of this home, and registered ones. Those that are blocked are listed, and left alone.",
    options.examples(
        "claw-tui start openclaw:rescue",
        "claw-tui start main rescue --timeout 30",
        "claw-tui start --all",
        "claw-tui start --group bots        a group of your settings",
        "claw-tui start rescue --json | jq '.results[] | {instance, ok, error}'",
    ),
    options.force,
    _via,
    _wait,
    options.yes_of_start,
)
stop = _operating(
    "stop",
    "Stop gateways, and see that process and port are gone.\n\n"
    "Only a process that is proven to be that gateway is signalled. One that does not run is left alone.",
    _ALL_THAT_RUN,
    options.examples(
        "claw-tui stop openclaw:rescue",
        "claw-tui stop --all --yes",
        "claw-tui stop --group bots         asks, by their number",
        "claw-tui stop rescue --kill        after a stop that did not work",
    ),
    _kill,
    options.yes,
)
restart = _operating(
    "restart",
    "Restart gateways. One that is named and does not run is started.\n\n"
    "One that could not be started again, because its config is broken for example, is not stopped at all.",
    _ALL_THAT_RUN,
    options.examples("claw-tui restart openclaw:rescue", "claw-tui restart --all --yes --json"),
    options.force,
    _wait,
    options.yes,
)
