"""Writes events down in batches, off the event loop, and never lets a failing database trouble anybody else."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from types import TracebackType
from typing import Self

from gateway_core.events.model import Event
from gateway_core.events.store import EventStore, EventStoreError

_GATHER_S = 0.25
"""What happens within this time is written in one transaction."""
_AGAIN_S = 10.0
"""After a failure: somebody may make room on the disk."""
_MOST_WAITING = 2_000
"""So many events wait for a database that fails; then the oldest are lost."""
_FAREWELL_S = 2.0


class EventRecorder:
    """Records while it is entered: `async with EventRecorder(store, report) as recorder`."""

    def __init__(self, store: EventStore, report: Callable[[str], None], written: Callable[[], None]) -> None:
        """Both are called on the event loop.

        Args:
            store: Where events go.
            report: Hears once why events cannot be written, until they can be again.
            written: Hears that there are new ones.
        """
        self._store = store
        self._report = report
        self._written = written
        self._waiting: deque[Event] = deque(maxlen=_MOST_WAITING)
        self._news = asyncio.Event()
        self._closing = asyncio.Event()
        self._reported: str | None = None
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """What waits is still written, if that does not take long."""
        self._closing.set()
        self._news.set()
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=_FAREWELL_S)
            self._task.cancel()

    def record(self, events: Iterable[Event]) -> None:
        """Write these soon."""
        self._waiting.extend(events)
        if self._waiting:
            self._news.set()

    async def _run(self) -> None:
        while not self._closing.is_set():
            await self._news.wait()
            await self._pause(_GATHER_S)
            self._news.clear()
            if not await self._write():
                await self._pause(_AGAIN_S)
                self._news.set()

    async def _pause(self, seconds: float) -> None:
        """That long, or until the end."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._closing.wait()

    async def _write(self) -> bool:
        batch = tuple(self._waiting)
        if not batch:
            return True
        try:
            await asyncio.to_thread(self._store.append, batch)
        except EventStoreError as error:
            if str(error) != self._reported:
                self._reported = str(error)
                self._report(self._reported)
            return False
        self._reported = None
        for _ in batch:
            self._waiting.popleft()
        self._written()
        return True
