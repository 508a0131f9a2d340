"""Follows what happens: what is seen to happen on the host from now on, and what any claw-tui writes down meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from datetime import timedelta

from claw_tui.hosts.gateway_host import GatewayHost
from gateway_core.events.detector import EventDetector
from gateway_core.events.model import Event, Kind, Plain
from gateway_core.events.sightings import SAME_WITHIN
from gateway_core.events.store import EventStore

Emit = Callable[[Sequence[Event]], None]

_POLL_S = 0.25
_READ = 500  # so many of the newest events are looked through for those that were written since
_SUBJECT = ("pid", "service", "start", "end")  # details that name what an event is about
_CHANGE = ("from", "to", "keys", "change", "grade")  # details that say how that is another one now


class NewEvents:
    """Tells events that were not told before, whoever saw them, and at which of their looks."""

    def __init__(self, wanted: Iterable[str], told: Iterable[Event]) -> None:
        """Make it for these instances, or for all if none are named; `told` are the events that were told before."""
        self._wanted = frozenset(wanted)
        self._told: dict[Hashable, Event] = {}  # by what it is about, the last that was told
        self.among(told)

    def among(self, events: Iterable[Event]) -> list[Event]:
        return list(self._among(events))

    def _among(self, events: Iterable[Event]) -> Iterator[Event]:
        for event in events:
            about = (event.instance, event.kind, *_details(event, _SUBJECT))
            last = self._told.pop(about, None)
            is_new = last is None or not _is_same(last, event)
            self._told[about] = event if last is None or is_new else last
            if len(self._told) > _READ * 2:
                del self._told[next(iter(self._told))]
            if is_new and self._is_wanted(event):
                yield event

    def _is_wanted(self, event: Event) -> bool:
        parties = event.detail.get("parties")
        concerned = {event.instance, *(parties if isinstance(parties, tuple) else ())}
        return not self._wanted or bool(self._wanted & concerned)


def _is_same(told: Event, event: Event) -> bool:
    """Whether two events about the same thing are two looks at one change. Operations are written down once."""
    apart = timedelta(0) if event.kind == Kind.OPERATION else SAME_WITHIN
    return abs(told.at - event.at) <= apart and _details(told, _CHANGE) == _details(event, _CHANGE)


def _details(event: Event, names: Iterable[str]) -> tuple[Plain, ...]:
    return tuple(map(event.detail.get, names))


async def follow(host: GatewayHost, store: EventStore, news: NewEvents, emit: Emit) -> None:
    """Emit what is new, until one of the two who look fails. Writes nothing down: that is for dashboards."""
    kept = await asyncio.to_thread(store.newest, _READ)
    news.among(kept)  # what is older than the first that was to be told is not news
    try:
        async with asyncio.TaskGroup() as looking:
            looking.create_task(_see(host, news, emit))
            looking.create_task(_read(store, kept, news, emit))
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


async def _read(store: EventStore, kept: Iterable[Event], news: NewEvents, emit: Emit) -> None:
    """Emit what is written down from now on; `kept` was there before."""
    known, seen = set(map(_row, kept)), None
    while True:
        before, seen = seen, await asyncio.to_thread(store.mark)
        if seen != before:
            newest = await asyncio.to_thread(store.newest, _READ)
            _emit(news.among(event for event in newest if _row(event) not in known), emit)
            known = set(map(_row, newest))
        await asyncio.sleep(_POLL_S)


def _row(event: Event) -> Hashable:
    """The same for each reading of an event, whose cause may only be known later."""
    return event.at, event.instance, event.kind, str(event.detail)


def _emit(events: Sequence[Event], emit: Emit) -> None:
    if events:
        emit(events)
