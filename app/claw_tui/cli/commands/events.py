"""`claw-tui events`: what claw-tui saw and did, also in earlier runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from claw_tui.cli import options, output
from claw_tui.cli.errors import CommandError, ExitCode, offered
from claw_tui.cli.event_log import warn
from claw_tui.cli.instance_groups import find_groups, members
from claw_tui.cli.instance_ids import resolve
from claw_tui.hosts.gateway_host import GatewayHost
from claw_tui.text.values import short_name

if TYPE_CHECKING:
    from gateway_core.events.model import Event
    from gateway_core.events.store import EventStore

_EXAMPLES = options.examples(
    "claw-tui events",
    "claw-tui events rescue -n 20",
    "claw-tui events -f                   also what happens from now on",
    "claw-tui events -f -n 0 --json | jq -r 'select(.kind == \"died\") | .instance'",
    "claw-tui events --json | jq '.events[] | select(.kind == \"died\")'",
)
_MOST = 1_000_000


@click.command("events", epilog=_EXAMPLES)
@options.instance_ids
@options.group
@click.option(
    "-n", "--lines", "count", type=click.IntRange(0, _MOST), default=50, show_default=True, help="The last N events."
)
@click.option("-f", "--follow", is_flag=True, help="Stay, and print what happens from now on. Ctrl+C ends it.")
@options.plain
@options.as_json
@click.pass_obj
def events(
    host: GatewayHost, instance_ids: tuple[str, ...], groups: tuple[str, ...], count: int, follow: bool, as_json: bool
) -> None:
    """Show what claw-tui saw and did, the newest last.

    The dashboard writes down what it sees while it is open, and every operation is written down. The last 20,000
    events are kept.

    With -f the host is watched, so that no dashboard has to be open; that alone writes nothing down.
    """
    from claw_tui.cli.documents import events_document
    from claw_tui.cli.tables.events import events_text
    from gateway_core.events.store import EventStoreError

    wanted = _wanted(host, instance_ids, groups) if instance_ids or groups else []
    store = offered(host.open_events)(warn)
    try:
        found = store.newest(count, wanted)
        if follow:
            output.wait_for(_follow(host, store, found, wanted, as_json=as_json))
            return
    except EventStoreError as error:
        raise CommandError("could-not-tell", str(error), None, ExitCode.UNKNOWN) from error
    output.emit_result(lambda: events_document(found), lambda: events_text(found, output.appearance()), as_json=as_json)


async def _follow(
    host: GatewayHost, store: EventStore, found: Sequence[Event], wanted: Sequence[str], *, as_json: bool
) -> None:
    from claw_tui.cli.documents import event_document, render
    from claw_tui.cli.follow_events import NewEvents, follow
    from claw_tui.cli.tables.events import event_text
    from claw_tui.cli.watch import while_read

    style = output.appearance()

    def emit(events: Sequence[Event]) -> None:
        if as_json:
            output.emit_lines(render(event_document(event), one_line=True) for event in events)
        else:
            output.emit_lines(event_text(event, style) for event in events)

    if found:
        emit(found)
    await while_read(follow(host, store, NewEvents(wanted, found), emit))


def _wanted(host: GatewayHost, texts: tuple[str, ...], groups: tuple[str, ...]) -> list[str]:
    """Return full ids; an instance that is gone has to be named in full, for it may well have events."""
    named = find_groups(host, groups)
    snapshot = output.wait_for(host.glance())
    known = {instance.id.casefold() for instance in snapshot.instances}
    is_gone = [short_name(text) != text and text.casefold() not in known for text in texts]
    ids = [text if gone else resolve(snapshot, text).id for text, gone in zip(texts, is_gone, strict=True)]
    return [*ids, *(found.id for found in members(snapshot, named))]
