"""The monitor: each look at the host has a clock of its own, and all together make one stream of snapshots."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from typing import Self

from gateway_core.host import Host
from gateway_core.monitor.complete_look import complete_look
from gateway_core.monitor.file_watch import FileWatch
from gateway_core.monitor.observer import HttpTarget, Observer
from gateway_core.processes.handle import ExitWatch
from gateway_core.redaction.errors import error_in_words
from gateway_core.snapshot import Problem, Snapshot

_WATCH_AFTER_S = 0.3
"""So long after the first snapshot files are not watched yet: loading that would delay its way to the screen."""


@dataclass(frozen=True, slots=True)
class Clocks:
    """Seconds between two looks, for what the system does not announce."""

    sockets: float = 1.0
    processes: float = 2.0
    services: float = 5.0
    http: float = 5.0
    http_unsettled: float = 0.5  # for a gateway that starts or stops
    disk: float = 30.0  # a safety net: changes on disk are announced


async def take_snapshot(host: Host) -> Snapshot:
    """Look at the host once. What cannot be seen is in `problems`, never raised."""
    async with complete_look(host) as observer:
        return await asyncio.to_thread(observer.snapshot)


class Monitor:
    """Watches a host while it is entered: `async with Monitor(host) as monitor`.

    The first snapshot shows what the system knows by itself; a gateway that has not answered yet is `unknown` in it.
    With `ask_first` it comes when all gateways have had their time to answer.
    """

    observer: Observer  # once the monitor is entered

    def __init__(self, host: Host, clocks: Clocks | None = None, *, ask_first: bool = False) -> None:
        self._host = host
        self._ask_first = ask_first
        self._clocks = clocks or Clocks()
        self._tasks: set[asyncio.Task[None]] = set()
        self._disk_changed = asyncio.Event()
        self._process_ended = asyncio.Event()
        self._facts_changed = asyncio.Event()
        self._files = FileWatch(self._disk_changed.set, self._on_watch, self._on_watch_failure)
        self._exits = ExitWatch(host.processes, self._process_ended.set)
        self._asked: dict[tuple[object, int], float] = {}
        self._asking: set[tuple[object, int]] = set()  # a silent one is not asked again meanwhile
        self._problems: dict[str, Problem] = {}
        self._concluded = Snapshot(taken_at=host.clock.now(), host=host.name)
        self._current: Snapshot | None = None  # the concluded one, with the problems of watching
        self._published = asyncio.Condition()

    async def __aenter__(self) -> Self:
        self.observer = await Observer.on(self._host)
        self._spawn(self._run())
        return self

    async def __aexit__(self, *_: object) -> None:
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._files.aclose()
        self._exits.close()
        await self.observer.aclose()

    async def subscribe(self) -> AsyncIterator[Snapshot]:
        """Yield the current snapshot at once, then each change; a slow subscriber skips to the newest."""
        seen: Snapshot | None = None
        while True:
            async with self._published:
                while self._current is None or self._current is seen:
                    await self._published.wait()
                seen = self._current
            yield seen

    def refresh(self) -> None:
        self._asked.clear()
        self._process_ended.set()
        self._disk_changed.set()

    async def _run(self) -> None:
        await asyncio.gather(
            self._guarded("process table", self.observer.look_at_processes),
            self._guarded("socket table", self.observer.look_at_sockets),
            self._guarded("files", self.observer.look_at_disk),
        )
        await self._guarded("service managers", self.observer.look_at_services)
        if self._ask_first:
            await self._guarded("gateways", self.observer.look_at_gateways)
        self._spawn(self._publish_changes())
        self._spawn(self._every(self._clocks.sockets, "socket table", self._look_at_sockets))
        self._spawn(self._every(self._clocks.processes, "process table", self.observer.look_at_processes))
        self._spawn(self._every(self._clocks.services, "service managers", self.observer.look_at_services))
        self._spawn(self._every(self._clocks.http_unsettled, "gateways", self._ask_due_gateways))
        self._spawn(self._when(self._disk_changed, self._clocks.disk, "files", self._look_at_disk))
        self._spawn(self._when(self._process_ended, None, "process table", self._look_after_exit))
        await self._guarded("gateways", self._ask_due_gateways)
        await asyncio.sleep(_WATCH_AFTER_S)  # what changes meanwhile is noticed when the watch begins
        await self._watch_files()

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _every(self, seconds: float, where: str, look: Callable[[], Awaitable[None]]) -> None:
        while True:
            await asyncio.sleep(seconds)
            await self._guarded(where, look)

    async def _when(
        self, event: asyncio.Event, at_latest: float | None, where: str, look: Callable[[], Awaitable[None]]
    ) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(at_latest):
                    await event.wait()
            event.clear()
            await self._guarded(where, look)

    async def _guarded(self, where: str, look: Callable[[], Awaitable[None]]) -> None:
        """Look, at the boundary: a look that fails becomes a problem that the user sees, and is tried again."""
        before = self.observer.revision
        try:
            await look()
        except Exception as error:  # noqa: BLE001 - whatever it is, the rest of the host stays visible
            message = f"Could not be read: {error_in_words(error)}"
            self._problems[where] = Problem(where=where, message=message, unseen=True)
            self._facts_changed.set()
        else:
            if self._problems.pop(where, None) or self.observer.revision > before:
                self._facts_changed.set()

    async def _look_at_sockets(self) -> None:
        before = self.observer.facts.sockets
        await self.observer.look_at_sockets()
        if self.observer.facts.sockets != before:
            await self.observer.look_at_processes()
            await self._ask_due_gateways()

    async def _look_at_disk(self) -> None:
        await self.observer.look_at_disk()
        await self._watch_files()

    async def _watch_files(self) -> None:
        await self._guarded("places to watch", self._watch_places)

    async def _watch_places(self) -> None:
        await self._files.watch(await asyncio.to_thread(self.observer.watched_places))

    async def _look_after_exit(self) -> None:
        await asyncio.gather(self.observer.look_at_processes(), self.observer.look_at_sockets())
        self._spawn(self._guarded("service managers", self.observer.look_at_services))

    async def _ask_due_gateways(self) -> None:
        targets = self.observer.http_targets()
        self.observer.forget_answers(targets)
        now = self._host.clock.monotonic()
        self._asked = {target.key: self._asked[target.key] for target in targets if target.key in self._asked}
        for target in targets:
            if target.key in self._asking:
                continue
            interval = self._clocks.http if self.observer.is_settled(target) else self._clocks.http_unsettled
            if now - self._asked.get(target.key, -self._clocks.http) >= interval:
                self._asked[target.key] = now
                self._spawn(self._ask(target))

    async def _ask(self, target: HttpTarget) -> None:
        self._asking.add(target.key)
        try:
            await self._guarded(target.id, partial(self.observer.look_at_http, [target]))
        finally:
            self._asking.discard(target.key)

    async def _publish_changes(self) -> None:
        while True:
            self._exits.watch(gateway.info.identity for gateway in self.observer.facts.gateways)
            await self._conclude()
            problems = (*self._concluded.problems, *self._problems.values())
            snapshot = self._concluded.model_copy(update={"problems": problems})
            shown = self._current
            if shown is None or shown != snapshot.model_copy(update={"taken_at": shown.taken_at}):
                async with self._published:
                    self._current = snapshot
                    self._published.notify_all()
            await self._facts_changed.wait()
            self._facts_changed.clear()

    async def _conclude(self) -> None:
        try:
            self._concluded = await asyncio.to_thread(self.observer.snapshot)
        except Exception as error:  # noqa: BLE001 - the boundary: the last picture stays, and the user is told that it is old
            message = f"What is shown is old, because the new facts made no sense: {error_in_words(error)}"
            self._problems["snapshot"] = Problem(where="snapshot", message=message, unseen=True)
        else:
            self._problems.pop("snapshot", None)

    def _on_watch(self) -> None:
        """The watch stands; what happened before that is found by one more look."""
        if self._problems.pop("file watch", None):
            self._facts_changed.set()
        self._disk_changed.set()

    def _on_watch_failure(self, message: str) -> None:
        self._problems["file watch"] = Problem(where="file watch", message=message)
        self._facts_changed.set()
