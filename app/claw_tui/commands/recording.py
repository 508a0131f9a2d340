"""Commands write down what they did. That is best effort: an operation never fails because of it."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
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


class Chronicler:
    """Writes each event down at once, in order, on a thread of its own: nothing waits for the database but the end."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._thread = ThreadPoolExecutor(1)
        self._written: list[Future[None]] = []

    def keep(self, event: Event) -> None:
        """Write that one down, soon."""
        self._written.append(self._thread.submit(record, self._host, [event]))

    def close(self) -> None:
        """Wait until all of them are written; why one is not is a warning on stderr."""
        self._thread.shutdown()
        for error in filter(None, (one.exception() for one in self._written)):
            warn(f"What was done could not be written down: {type(error).__name__}: {error}")


def warn(message: str) -> None:
    """Say it to people, beside whatever stdout is for."""
    click.echo(f"! {clean(message)}", err=True)
