"""Follows what happens: what is seen to happen on the host from now on, and what any claw-tui writes down meanwhile."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from datetime import timedelta

from claw_tui.hosts.gateway_host import GatewayHost
from gateway_core.events.detector import EventDetector
from gateway_core.events.model import Event, Kind
from gateway_core.events.store import EventStore

Emit = Callable[[Sequence[Event]], None]

_POLL_S = 0.5
_READ = 500  # so many of the newest events are looked through for those that were written since
_SAME_WITHIN = timedelta(seconds=15)
"""Several claw-tuis see the same thing, each with its own next look."""
_TELLING = ("pid", "from", "to", "keys", "service", "change", "start", "end", "grade", "operation", "seconds")


class NewEvents:
    """Tells events that were not told before, whoever saw them, and at which of their looks."""

    def __init__(self, wanted: Iterable[str], told: Iterable[Event]) -> None:
        """Make it for these instances, or for all if none are named; `told` are the events that were told before."""
        self._wanted = frozenset(wanted)
        self._told: deque[tuple[Hashable, Event]] = deque(maxlen=_READ * 2)
        self.among(told)

    def among(self, events: Iterable[Event]) -> list[Event]:
        return list(self._among(events))

    def _among(self, events: Iterable[Event]) -> Iterator[Event]:
        for event in events:
            what = (event.instance, event.kind, *(event.detail.get(name) for name in _TELLING))
            if self._is_wanted(event) and not self._was_told(what, event):
                self._told.append((what, event))
                yield event

    def _is_wanted(self, event: Event) -> bool:
        parties = event.detail.get("parties")
        concerned = {event.instance, *(parties if isinstance(parties, tuple) else ())}
        return not self._wanted or bool(self._wanted & concerned)

    def _was_told(self, what: Hashable, event: Event) -> bool:
        apart = timedelta(0) if event.kind == Kind.OPERATION else _SAME_WITHIN
        return any(known == what and abs(told.at - event.at) <= apart for known, told in self._told)


async def follow(host: GatewayHost, store: EventStore, news: NewEvents, emit: Emit) -> None:
    """Emit what is new, until one of the two who look fails. Writes nothing down: that is for dashboards."""
    news.among(await asyncio.to_thread(store.newest, _READ))  # what is older than the first that was to be told
    try:
        async with asyncio.TaskGroup() as looking:
            looking.create_task(_see(host, news, emit))
            looking.create_task(_read(store, news, emit))
    except BaseExceptionGroup as failed:
        raise failed.exceptions[0] from None


async def _see(host: GatewayHost, news: NewEvents, emit: Emit) -> None:
    detector = EventDetector(await asyncio.to_thread(host.exit_reasons))
    try:
        async with host.monitor(ask_first=True) as monitor:
            async for snapshot in monitor.subscribe():
                _emit(news.among(detector.detect(snapshot)), emit)
    finally:
        detector.close()


async def _read(store: EventStore, news: NewEvents, emit: Emit) -> None:
    seen = None
    while True:
        before, seen = seen, await asyncio.to_thread(store.mark)
        if seen != before:
            _emit(news.among(await asyncio.to_thread(store.newest, _READ)), emit)
        await asyncio.sleep(_POLL_S)


def _emit(events: Sequence[Event], emit: Emit) -> None:
    if events:
        emit(events)
