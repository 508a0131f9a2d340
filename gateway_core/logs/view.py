"""The view of several logs as one: the newest lines at once, older ones page by page, then what is appended."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Collection, Iterator, Sequence
from datetime import datetime
from itertools import accumulate, islice
from threading import Event
from typing import Self, TypeVar

from gateway_core.host import Host
from gateway_core.logs.file_reader import FileReader
from gateway_core.logs.journal_reader import JournalReader
from gateway_core.logs.lines import LineSelection, LogFilter
from gateway_core.logs.merge import LiveMerge, newest_first
from gateway_core.logs.model import LogLine
from gateway_core.logs.sources import JournalLog, Log
from gateway_core.services.managers import manager_environment
from gateway_core.snapshot import Problem
from gateway_core.system.descriptors import descriptor_share

_POLL_S = 0.1  # seconds between two looks at logs in which nothing happens

_LEFT_OUT = "is left out: so many are more than may be open at once (see: ulimit -n)"

Reader = FileReader | JournalReader
Outcome = TypeVar("Outcome")


class LogView:
    """Lines of several logs in one order: `async with LogView(…) as view:`, then `older` and `follow`.

    All work is done in threads. One reader of older lines and one follower at a time.
    """

    def __init__(
        self,
        logs: Sequence[Log],
        host: Host,
        instances: Collection[str],
        *,
        only: LogFilter | None = None,
        until: datetime | None = None,
        growing: bool = True,
    ) -> None:
        """Read nothing yet.

        Args:
            logs: The logs to read, each once, however many instances share it.
            host: The host that they are on.
            instances: The writers of the lines that are wanted, beside lines of which nobody can tell who wrote them.
            only: A filter for these lines.
            until: Where `older` begins and `follow` goes on, if not at the end: to show what was around a line.
            growing: Whether `follow` will be used; then a last line without a line break is left to it.
        """
        self._cancelled = Event()
        wanted = LineSelection(frozenset(instances), only or LogFilter(), until, self._cancelled)
        readers = [_reader(log, host, wanted, growing=growing) for log in logs]
        held = accumulate(reader.descriptors for reader in readers)
        most = max(1, sum(1 for descriptors in held if descriptors <= descriptor_share()))
        self._readers = readers[:most]
        self._too_many = logs[most:]
        self._backwards: Iterator[LogLine] = iter(())
        self._merge = LiveMerge()
        self._working: set[asyncio.Task[object]] = set()

    async def __aenter__(self) -> Self:
        try:
            await self._in_thread(self._open)
        except BaseException:  # also where nobody waits for it any more: the thread goes on to open the rest
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        self._cancelled.set()
        if self._working:
            await asyncio.wait(self._working)
        await asyncio.to_thread(self._close)

    async def older(self, count: int) -> list[LogLine]:
        """The `count` lines before those that were given last, oldest first; fewer where the logs begin.

        This takes long where a filter lets little through; `unread` tells how much is left to read. Once a call was
        cancelled, there must be no other.
        """
        lines = await self._in_thread(lambda: list(islice(self._backwards, count)))
        return lines[::-1]

    async def follow(self, every_s: float = _POLL_S) -> AsyncGenerator[list[LogLine], None]:
        """Yield what is appended from the opening on, in batches as large as what has come meanwhile. Without end.

        The first batch tells of the first look, and may be empty. `every_s`: how often logs in which nothing happens
        are looked at.
        """
        is_first = True
        while True:
            lines = await self._in_thread(self._appended)
            if lines or is_first:
                yield lines
            is_first = False
            if not any(reader.behind for reader in self._readers):
                await asyncio.sleep(every_s)

    @property
    def unread(self) -> int:
        """The bytes that `older` has still before it, as far as they are known."""
        return sum(reader.unread for reader in self._readers)

    @property
    def problems(self) -> tuple[Problem, ...]:
        faults = {name: fault for reader in self._readers for name, fault in reader.faults.items()}
        faults |= {log.name: _LEFT_OUT for log in self._too_many}
        return tuple(Problem(where=name, message=f"This log {fault}.") for name, fault in faults.items())

    def _open(self) -> None:
        for reader in self._readers:
            reader.open()
        self._backwards = newest_first([reader.backwards() for reader in self._readers])

    def _appended(self) -> list[LogLine]:
        return self._merge.add([(reader.read(), reader.behind) for reader in self._readers])

    def _close(self) -> None:
        self._backwards = iter(())
        for reader in self._readers:
            reader.close()

    async def _in_thread(self, work: Callable[[], Outcome]) -> Outcome:
        """Run `work` in a thread. Being cancelled does not wait for that thread; leaving the view does."""
        task = asyncio.ensure_future(asyncio.to_thread(work))
        self._working.add(task)
        task.add_done_callback(self._working.discard)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            task.add_done_callback(lambda done: done.cancelled() or done.exception())  # nobody else retrieves it
            raise


def _reader(log: Log, host: Host, wanted: LineSelection, *, growing: bool) -> Reader:
    if isinstance(log, JournalLog):
        environment = manager_environment(host.home, host.uid, host.environment)
        return JournalReader(log, wanted, environment, host.clock)
    return FileReader(log, wanted, host.clock, growing=growing)
