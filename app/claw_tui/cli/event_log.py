"""The event log of commands: they write down what they did. Best effort: an operation never fails because of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING

from claw_tui.cli.output import tell
from claw_tui.hosts.gateway_host import GatewayHost
from claw_tui.text.values import clean

if TYPE_CHECKING:
    from gateway_core.events.model import Event

_CLOSE_TIMEOUT_S = 10.0  # longer than another claw-tui ever keeps the database busy


def warn(message: str) -> None:
    tell([f"! {clean(message)}"])


def record(host: GatewayHost, events: Sequence[Event], say: Callable[[str], None] = warn) -> None:
    """Write these events to the event log, if the host has one; why that failed is a warning, on stderr."""
    from gateway_core.events.store import EventStoreError

    if host.open_events is None:
        return
    try:
        host.open_events(say).append(events)
    except EventStoreError as error:
        say(str(error))


class EventWriter:
    """Writes events to the event log in order, on a thread of its own: only `close` waits for it, and not long."""

    def __init__(self, host: GatewayHost) -> None:
        self._host = host
        self._warnings: set[str] = set()
        self._waiting: SimpleQueue[Event | None] = SimpleQueue()
        # A daemon, so that a slow disk cannot keep the command from ending; SQLite leaves no half-written event.
        self._thread = Thread(target=self._run, name="event-writer", daemon=True)
        self._thread.start()

    def keep(self, event: Event) -> None:
        self._waiting.put(event)

    def close(self) -> None:
        """Wait until all events are written; why one is not is a warning on stderr."""
        self._waiting.put(None)
        self._thread.join(_CLOSE_TIMEOUT_S)
        if self._thread.is_alive():
            warn(f"What was done could not be written down within {_CLOSE_TIMEOUT_S:.0f} seconds.")

    def _run(self) -> None:
        while (event := self._waiting.get()) is not None:
            try:
                record(self._host, [event], self._warn_once)
            except Exception as error:  # noqa: BLE001  the boundary: an operation never fails because of this
                from gateway_core.redaction.errors import error_in_words

                self._warn_once(f"What was done could not be written down: {error_in_words(error)}")

    def _warn_once(self, message: str) -> None:
        """Warn, unless it was for an event before: a disk is full for all of them."""
        if message not in self._warnings:
            self._warnings.add(message)
            warn(message)
