"""`claw-tui ls` and `claw-tui show`: all instances, or one of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import click

from claw_tui.cli import instance_ids, options, output
from claw_tui.cli.errors import ExitCode
from claw_tui.cli.instance_groups import find_groups
from claw_tui.hosts.gateway_host import GatewayHost
from claw_tui.text.groups import InstanceGroup

if TYPE_CHECKING:
    from collections.abc import Collection

    from claw_tui.cli.documents import Document
    from claw_tui.cli.tables.layout import TableStyle
    from claw_tui.instances.view import TableView
    from claw_tui.instances.welcome import WaysToBegin
    from gateway_core.snapshot import Instance, Snapshot

_LS_EXAMPLES = options.examples(
    "claw-tui ls",
    "claw-tui ls --watch --sort cpu --reverse",
    "claw-tui ls --state degraded,wedged,crash-looping --group bots",
    "claw-tui ls --json | jq '.instances[] | {id, state, live_port}'",
)
_SHOW_EXAMPLES = options.examples(
    "claw-tui show openclaw:rescue",
    "claw-tui show rescue               the profile is enough where it is unambiguous",
    "claw-tui show rescue --json | jq .instance.signals",
)


COLUMNS = (
    *("state", "conflict", "instance", "home", "account", "version", "base", "live", "cdp"),
    *("pid", "up", "cpu", "mem", "service"),
)
"""As in `claw_tui.instances.columns`, which is not imported for `--help`."""


@dataclass(frozen=True, slots=True)
class ListRequest:
    """The options of one `ls`."""

    as_json: bool = False
    watch: bool = False
    states: tuple[str, ...] = ()
    sort: str | None = None
    reverse: bool = False
    groups: tuple[InstanceGroup, ...] = ()

    @property
    def is_picky(self) -> bool:
        """Whether not all instances are wanted, or not in the usual order."""
        return bool(self.states or self.groups or self.sort or self.reverse)


@click.command("ls", epilog=_LS_EXAMPLES)
@click.option(
    "--state",
    "states",
    type=options.StateList(),
    metavar="S[,S]...",
    default=(),
    help=f"Only those that are {', '.join(options.STATES[:-1])} or {options.STATES[-1]}.",
)
@options.group
@click.option(
    "--sort",
    type=click.Choice(COLUMNS, case_sensitive=False),
    metavar="COLUMN",
    help=f"One of {', '.join(COLUMNS)}; what has no value comes last. [default: instance]",
)
@click.option("--reverse", is_flag=True, help="Sort the other way round.")
@options.plain
@options.as_json
@options.watch
@click.pass_obj
@click.pass_context
def ls(
    context: click.Context,
    host: GatewayHost,
    *,
    states: tuple[str, ...],
    groups: tuple[str, ...],
    sort: str | None,
    reverse: bool,
    as_json: bool,
    watch: bool,
) -> None:
    """List all gateways of this host and how they are.

    Exits with 3 if none was found, and not everything could be seen.
    """
    named = find_groups(host, groups) if groups else ()
    request = ListRequest(as_json=as_json, watch=watch, states=states, sort=sort, reverse=reverse, groups=named)
    context.exit(list_instances(host, request))


def list_instances(host: GatewayHost, request: ListRequest) -> ExitCode:
    from claw_tui.cli.documents import instances_document

    view = _view(request) if request.is_picky else None
    listed: list[Instance] = []

    def pick(snapshot: Snapshot) -> list[Instance]:
        listed[:] = view.instances(snapshot) if view else snapshot.instances
        return listed

    async def text(snapshot: Snapshot) -> list[str]:
        return await _text(host, snapshot, pick(snapshot), view, output.appearance(watch=request.watch))

    def document(snapshot: Snapshot) -> Document:
        return instances_document(snapshot, pick(snapshot))

    seen = output.show(host, document, text, as_json=request.as_json, watch=request.watch)
    is_doubtful = seen is not None and not listed and bool(seen.unseen)
    return ExitCode.UNKNOWN if is_doubtful else ExitCode.DONE


def _view(request: ListRequest) -> TableView:
    from claw_tui.instances.facets import Facets
    from claw_tui.instances.view import BY_NAME, Sorting, TableView
    from gateway_core.snapshot import State

    sorting = Sorting(request.sort or BY_NAME.column, request.reverse)
    return TableView(sorting, facets=Facets(frozenset(map(State, request.states)), request.groups))


async def _text(
    host: GatewayHost, snapshot: Snapshot, listed: list[Instance], view: TableView | None, style: TableStyle
) -> list[str]:
    from claw_tui.cli.tables.instances import WAYS_TO_BEGIN, instances_text

    ways = WAYS_TO_BEGIN if snapshot.instances else await _ways_to_begin(host)
    return [
        *instances_text(snapshot, host.distributions(), style, view, ways),
        *await _unfinished_lines(host, [instance.id for instance in listed], style),
    ]


async def _ways_to_begin(host: GatewayHost) -> WaysToBegin:
    from claw_tui.cli.tables.instances import WAYS_TO_BEGIN

    return replace(
        WAYS_TO_BEGIN,
        new=WAYS_TO_BEGIN.new if host.onboarder is not None else "",
        installed=await host.installed_products() if host.installed_products is not None else None,
    )


@click.command("show", epilog=_SHOW_EXAMPLES)
@click.argument("instance_id", metavar="ID", shell_complete=instance_ids.complete)
@options.plain
@options.as_json
@click.pass_obj
def show(host: GatewayHost, instance_id: str, as_json: bool) -> None:
    """Show one gateway, every value with its source."""
    from claw_tui.cli.documents import instance_document
    from claw_tui.cli.tables.instances import instance_text

    snapshot = output.wait_for(host.snapshot())
    instance = instance_ids.resolve(snapshot, instance_id)

    def text() -> list[str]:
        style = output.appearance()
        unfinished = output.wait_for(_unfinished_lines(host, [instance.id], style))
        return [*instance_text(snapshot, instance, style), *unfinished]

    output.emit_result(lambda: instance_document(snapshot, instance), text, as_json=as_json)


async def _unfinished_lines(host: GatewayHost, instance_ids: Collection[str], style: TableStyle) -> list[str]:
    """Return a line for each of these instances that an onboarding left unfinished."""
    from claw_tui.cli.tables.layout import section
    from claw_tui.text.values import clean

    runs = await host.onboarding_runs.unfinished() if host.onboarding_runs is not None else ()
    names = [run.instance for run in runs if run.instance in instance_ids]
    texts = (f"{clean(name)}{_ways_on(name) if host.onboarder else ''}" for name in names)
    return section("Unfinished onboarding", texts, style)


def _ways_on(name: str) -> str:
    from gateway_core.shell_commands import resume_command, undo_command

    return f": `{resume_command(name)}` goes on with it, `{undo_command(name)}` takes it back."
