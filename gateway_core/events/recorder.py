"""Writes events down in batches, off the event loop, and never lets a failing database trouble anybody else."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from itertools import islice
from operator import attrgetter

from gateway_core.events.looked_at import read_looked_at, write_looked_at
from gateway_core.events.model import Event
from gateway_core.events.operation_events import explained
from gateway_core.events.store import EventStore, EventStoreError
from gateway_core.operations import internal_failure

Tell = Callable[[str], None]

_GATHER_S = 0.25  # what happens within this time is written in one transaction
_AGAIN_S = 10.0  # after a failure: somebody may make room on the disk
_MOST_WAITING = 2_000  # so many events wait for a database that fails; then the oldest are lost
_LAST_WRITE_S = 2.0
_POLL_S = 1.0  # how often to look whether another claw-tui has written


class EventRecorder:
    """Writes events down in batches, from `open` to `close`, off the event loop."""

    def __init__(self, open_store: Callable[[Tell], EventStore], report: Tell, written: Callable[[], None]) -> None:
        """Stay on the running event loop, but for what touches the file.

        Args:
            open_store: Opens the database, which reports from its threads that a damaged one was set aside.
            report: Is told that, and once why events cannot be written or read, until they can be again.
            written: Is called when there are new events, of this or of another claw-tui.
        """
        loop = asyncio.get_running_loop()
        self._store = open_store(lambda message: _call_soon(loop, report, message))
        self._report = report
        self._written = written
        self._waiting: deque[Event] = deque(maxlen=_MOST_WAITING)
        self._news = asyncio.Event()
        self._closing = asyncio.Event()
        self._reported: str | None = None
        self._in_doubt = False  # whether one of the waiting events may be what cannot be written
        self._task: asyncio.Task[None] | None = None
        self._following: asyncio.Task[None] | None = None

    def open(self) -> None:
        self._task = asyncio.create_task(self._run())
        self._following = asyncio.create_task(self._follow())

    async def close(self) -> None:
        """End; waiting events are still written, if that does not take long."""
        self._closing.set()
        self._news.set()
        if self._following is not None:
            self._following.cancel()
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=_LAST_WRITE_S)
            self._task.cancel()

    def record(self, events: Iterable[Event]) -> None:
        self._waiting.extend(events)
        if self._waiting:
            self._news.set()

    async def newest(self, count: int) -> tuple[Event, ...]:
        """The newest events of all runs, oldest first; where the database fails, those that wait for it."""
        try:
            kept = await asyncio.to_thread(self._store.newest, count)
        except EventStoreError as error:
            self._say(str(error))
            kept = ()
        return explained(sorted((*kept, *self._waiting), key=attrgetter("at"))[-count:])

    async def looked_at(self, now: datetime) -> datetime | None:
        """When the user last looked at the events, here or in an earlier run."""
        return await asyncio.to_thread(read_looked_at, self._store.path, now)

    async def look(self, at: datetime, now: datetime) -> None:
        """Write down that the user has seen all events until then."""
        with suppress(OSError):  # then events cannot be written either, which is told
            await asyncio.to_thread(write_looked_at, self._store.path, at, now)

    async def _run(self) -> None:
        while not self._closing.is_set():
            await self._news.wait()
            await self._pause(_GATHER_S)
            self._news.clear()
            if not await self._write():
                await self._pause(_AGAIN_S)
                self._news.set()

    async def _follow(self) -> None:
        seen = await asyncio.to_thread(self._store.mark)
        while True:
            await asyncio.sleep(_POLL_S)
            before, seen = seen, await asyncio.to_thread(self._store.mark)
            if seen != before:
                self._written()

    async def _pause(self, seconds: float) -> None:
        """Wait that long, or until `close`."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._closing.wait()

    async def _write(self) -> bool:
        batch, self._waiting = self._waiting, deque(maxlen=_MOST_WAITING)
        if not batch:
            return True
        left: Sequence[Event] = batch
        append = _append_singly if self._in_doubt else _append_together
        try:
            left, error = await asyncio.to_thread(append, self._store, batch)
        except Exception as failure:  # noqa: BLE001 - the boundary: without it nothing would be kept any more, unsaid
            error = failure
        self._waiting = deque((*left, *self._waiting), maxlen=_MOST_WAITING)
        self._in_doubt = error is not None and not isinstance(error, EventStoreError)
        if isinstance(error, EventStoreError):
            self._say(str(error))
        elif error is not None:
            self._say(internal_failure(f"Events {'could not be kept' if left else 'are lost'}", error).message)
        else:
            self._reported = None
        self._written()
        return error is None

    def _say(self, message: str) -> None:
        if message != self._reported:
            self._reported = message
            self._report(message)


def _append_together(store: EventStore, events: Sequence[Event]) -> tuple[Sequence[Event], None]:
    store.append(events)
    return (), None


def _append_singly(store: EventStore, events: Sequence[Event]) -> tuple[Sequence[Event], Exception | None]:
    """Write down each event that can be; returns those to try again, and the last error.

    An event that fails while others do not is to blame itself, and given up: all later ones would wait behind it.
    """
    failed: list[Event] = []
    last: Exception | None = None
    for at, event in enumerate(events):
        try:
            store.append([event])
        except EventStoreError as error:
            return (*failed, *islice(events, at, None)), error
        except Exception as error:  # noqa: BLE001 - whatever it is, the others are still to be written
            failed.append(event)
            last = error
    return (failed if len(failed) == len(events) else ()), last


def _call_soon(loop: asyncio.AbstractEventLoop, report: Tell, message: str) -> None:
    """Report from a thread, which may outlive the loop."""
    with suppress(RuntimeError):
        loop.call_soon_threadsafe(report, message)
