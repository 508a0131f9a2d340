"""Looks back once, when a dashboard is opened: compares, asks for causes, and writes down what was found.

Of several dashboards that are opened at once, one finds what happened: the record is compared and replaced in one go.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway_core.dirs import one_writer
from gateway_core.events.absence import Evidence, changes_since, explained_by
from gateway_core.events.evidence import evidence_of
from gateway_core.events.last_seen import LastSeen, LastSeenFile
from gateway_core.events.model import Event
from gateway_core.events.sightings import what_happened
from gateway_core.events.store import EventStore, EventStoreError
from gateway_core.host import Host
from gateway_core.processes.boot import boot_id
from gateway_core.snapshot import Snapshot

_MOST_EVENTS = 2_000  # of the database, among which an operation or the same event is looked for
_SLACK = timedelta(seconds=10)  # what is seen is written down a little later


@dataclass(frozen=True, slots=True)
class Absence:
    """What happened while no dashboard was open."""

    since: datetime  # when the host was last seen
    until: datetime
    events: tuple[Event, ...] = ()
    problems: tuple[str, ...] = ()  # why something of it is not written down, in words


@dataclass(frozen=True, slots=True)
class NeverSeen:
    """There is nothing to look back on: this is the first dashboard, or what was last seen is not known any more."""

    problems: tuple[str, ...] = ()


class LookingBack:
    """The one look back of a dashboard, and what it remembers from then on for the next one."""

    def __init__(self, host: Host, store: EventStore) -> None:
        self._host = host
        self._store = store
        self._file = LastSeenFile(host)
        self._earlier: LastSeen | None = None

    async def look_back(self, snapshot: Snapshot, known: Sequence[Event] = ()) -> Absence | NeverSeen:
        """What happened since the host was last seen. `known`: what this dashboard has recorded already."""
        read = await asyncio.to_thread(self._file.read)
        record = read.record
        if record is None:
            problems = [read.fault] if read.fault is not None else []
            await asyncio.to_thread(self._begin, snapshot, problems)
            return NeverSeen(tuple(problems))
        boot = await asyncio.to_thread(boot_id, self._host)
        changes = await asyncio.to_thread(changes_since, record, snapshot, boot)
        recorded = await asyncio.to_thread(self._recorded) if changes else ()
        evidence = await evidence_of(self._host, changes, record, snapshot, recorded) if changes else {}
        return await asyncio.to_thread(self._conclude, record, snapshot, evidence, known)

    def remember(self, snapshot: Snapshot) -> None:
        """Keep what is seen for the next dashboard. Blocks; raises `OSError`."""
        with one_writer(self._file.path.parent):
            self._keep(snapshot)

    def _keep(self, snapshot: Snapshot) -> None:
        self._earlier = record = self._file.record_of(snapshot, self._earlier)
        self._file.write(record)

    def _begin(self, snapshot: Snapshot, problems: list[str]) -> None:
        with _noted(problems):
            self.remember(snapshot)

    def _recorded(self) -> Sequence[Event]:
        """The newest events of the database; none where it fails, which whoever records them tells."""
        try:
            return self._store.newest(_MOST_EVENTS)
        except EventStoreError:
            return ()

    def _conclude(
        self, record: LastSeen, snapshot: Snapshot, evidence: Mapping[str, Evidence], known: Sequence[Event]
    ) -> Absence:
        """Write the events and the new record down, unless another dashboard has found the same meanwhile."""
        problems: list[str] = []
        with one_writer(self._file.path.parent):
            newest = self._file.read().record or record
            self._earlier = newest
            boot = boot_id(self._host)
            found = explained_by(changes_since(newest, snapshot, boot), evidence, newest, snapshot, boot)
            there = {
                what_happened(event) for event in (*self._recorded(), *known) if event.at >= newest.seen_at - _SLACK
            }
            events = tuple(event for event in found if what_happened(event) not in there)
            with _noted(problems):
                self._store.append(events)
            with _noted(problems):
                self._keep(snapshot)
        return Absence(newest.seen_at, snapshot.taken_at, events, tuple(problems))


@contextmanager
def _noted(problems: list[str]) -> Iterator[None]:
    try:
        yield
    except EventStoreError as error:
        problems.append(str(error))
    except OSError as error:
        problems.append(f"{error.filename or 'what was seen'} could not be written: {error.strerror or error}")
