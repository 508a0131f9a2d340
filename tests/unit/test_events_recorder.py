"""The recorder of events: what cannot be written keeps nothing else from it, and is said."""

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway_core.events.model import Event, Kind
from gateway_core.events.recorder import EventRecorder
from gateway_core.events.store import EventStore


def event(pid: int) -> Event:
    at = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
    return Event(at=at, instance="openclaw:rescue", kind=Kind.STARTED, detail={"pid": pid})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "events.db"


async def test_a_recorder_goes_on_after_whatever_error(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Failing(EventStore):
        fails = True

        def append(self, events: Iterable[Event]) -> None:
            if self.fails:
                self.fails = False
                raise OverflowError("no such number")
            super().append(events)

    monkeypatch.setattr("gateway_core.events.recorder._AGAIN_S", 0)
    reported: list[str] = []
    written = asyncio.Event()
    recorder = EventRecorder(lambda tell: Failing(path, tell), reported.append, written.set)
    recorder.open()
    recorder.record([event(7)])
    while not EventStore(path, print).newest(1):
        await asyncio.wait_for(written.wait(), 20)
        written.clear()
    await recorder.close()
    assert len(reported) == 1
    assert reported[0].startswith("Events could not be kept: OverflowError")


async def test_an_event_that_can_never_be_kept_keeps_no_other_from_it(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Refusing(EventStore):
        def append(self, events: Iterable[Event]) -> None:
            given = list(events)
            if event(7) in given:
                raise OverflowError("no such number")
            super().append(given)

    monkeypatch.setattr("gateway_core.events.recorder._AGAIN_S", 0)
    reported: list[str] = []
    tried = asyncio.Event()
    recorder = EventRecorder(lambda tell: Refusing(path, tell), reported.append, tried.set)
    recorder.open()
    recorder.record([event(7)])
    for _ in range(2):
        await asyncio.wait_for(tried.wait(), 20)
        tried.clear()
    assert event(7) in await recorder.newest(9), "while nothing else can be told to be kept, it may be another's fault"
    recorder.record([event(8), event(9)])
    async with asyncio.timeout(20):
        while len(EventStore(path, print).newest(9)) < 2:
            await tried.wait()
            tried.clear()
    assert await recorder.newest(9) == (event(8), event(9))
    await recorder.close()
    assert [message.partition(" (")[0].partition(": Over")[0] for message in reported] == [
        "Events could not be kept",
        "Events are lost",
    ]
