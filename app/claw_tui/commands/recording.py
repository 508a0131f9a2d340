"""Commands write down what they did. That is best effort: an operation never fails because of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from claw_tui.presentation.values import clean
from gateway_core.host import Host

if TYPE_CHECKING:
    from gateway_core.events.model import Event


def record(host: Host, events: Sequence[Event]) -> None:
    """Keep these events; why that cannot be done is a warning on stderr."""
    from gateway_core.events.store import EventStore, EventStoreError, database_path

    if not events:
        return
    try:
        EventStore(database_path(host), warn).append(events)
    except EventStoreError as error:
        warn(str(error))


def warn(message: str) -> None:
    """Say it to people, beside whatever stdout is for."""
    click.echo(f"! {clean(message)}", err=True)
