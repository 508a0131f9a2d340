"""`claw-tui events`, and that operations are written down for it."""

import asyncio
import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

import pytest

from claw_tui.cli.errors import ReaderGone
from claw_tui.cli.follow_events import NewEvents
from claw_tui.cli.follow_events import follow as follow_events
from claw_tui.cli.main import run
from gateway_core.dirs import events_database
from gateway_core.events.model import Event, Kind
from gateway_core.events.store import EventStore
from gateway_core.files import FileIdentity
from gateway_core.snapshot import Signals, State
from tests.cli_pictures import FULL, NOW, Pictures, host_at
from tests.fixed_host import FixedClock

SEEN = (
    Event(at=NOW, instance="openclaw:rescue", kind=Kind.STARTED, detail={"pid": 5, "port": 19001}),
    Event(at=NOW, instance="openclaw:gone", kind=Kind.DIED, cause="killed by signal 9", detail={"pid": 6}),
    Event(
        at=NOW,
        instance="openclaw:default",
        kind=Kind.CONFLICT_BEGAN,
        detail={"grade": "active", "start": 1, "end": 2, "parties": ("openclaw:default", "openclaw:rescue")},
    ),
)


class RunEvents(Protocol):
    """Run a command over one picture: exit code, stdout, stderr."""

    def __call__(self, *arguments: str) -> tuple[int, str, str]: ...


@pytest.fixture
def claw(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> RunEvents:
    def call(*arguments: str) -> tuple[int, str, str]:
        code = run(list(arguments), Pictures(host_at(tmp_path), (FULL,)).gateway_host())
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return events_database(host_at(tmp_path))


@pytest.fixture
def seen(path: Path) -> None:
    EventStore(path, print).append(SEEN)


def test_nothing_was_written_down_yet(claw: RunEvents, path: Path) -> None:
    assert claw("events") == (0, "No event was written down yet.\n", "")
    assert json.loads(claw("events", "--json")[1]) == {"schema": 1, "events": []}
    assert not path.parent.exists()


def test_json_is_the_contract(claw: RunEvents, seen: None) -> None:
    code, out, err = claw("events", "--json")
    assert (code, err) == (0, "")
    assert json.loads(out)["events"][:2] == [
        {
            "at": "2026-11-20T10:00:00.123Z",
            "instance": "openclaw:rescue",
            "kind": "started",
            "cause": None,
            "detail": {"pid": 5, "port": 19001},
        },
        {
            "at": "2026-11-20T10:00:00.123Z",
            "instance": "openclaw:gone",
            "kind": "died",
            "cause": "killed by signal 9",
            "detail": {"pid": 6},
        },
    ]


def test_the_newest_is_last(claw: RunEvents, seen: None) -> None:
    lines = claw("events")[1].splitlines()
    assert [line.split()[2] for line in lines[1:]] == ["openclaw:rescue", "openclaw:gone", "openclaw:default"]
    assert lines[2].endswith("pid 6 is gone: killed by signal 9")
    assert lines[3].endswith("active conflict began on 1–2: openclaw:default × openclaw:rescue")
    assert len(claw("events", "-n", "1")[1].splitlines()) == 2


def test_only_what_concerns_an_instance_also_one_that_is_gone(claw: RunEvents, seen: None) -> None:
    ids = [event["kind"] for event in json.loads(claw("events", "rescue", "--json")[1])["events"]]
    assert ids == ["started", "conflict-began"]
    assert len(json.loads(claw("events", "openclaw:gone", "--json")[1])["events"]) == 1
    assert claw("events", "openclaw@old", "--json")[0] == 0, "a registered one that was forgotten since"
    assert claw("events", "nobody")[0] == 2


def test_operations_are_written_down(claw: RunEvents) -> None:
    assert claw("start", "rescue")[0] == 0
    (event,) = json.loads(claw("events", "--json")[1])["events"]
    assert (event["instance"], event["kind"], event["detail"]["operation"]) == ("openclaw:rescue", "operation", "start")
    assert event["detail"]["ok"] is True
    assert "claw-tui start" in claw("events")[1]


def test_a_failing_database_is_a_warning_and_no_failed_operation(claw: RunEvents, path: Path) -> None:
    path.mkdir(parents=True)
    code, out, err = claw("start", "rescue", "--json")
    assert code == 0
    assert json.loads(out)["results"][0]["ok"] is True
    assert f"! Events cannot be kept in {path}" in err
    assert claw("events")[0] == 3


def test_an_error_of_claw_tui_while_it_writes_is_a_warning_too(
    claw: RunEvents, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("no such luck")

    monkeypatch.setattr(EventStore, "append", broken)
    code, out, err = claw("start", "rescue", "--json")
    assert (code, json.loads(out)["results"][0]["ok"]) == (0, True)
    assert err.endswith("! What was done could not be written down: RuntimeError: no such luck\n")


def test_an_operation_is_as_old_as_its_result_however_late_it_is_written(
    claw: RunEvents, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_on(clock: FixedClock) -> datetime:
        assert threading.current_thread() is threading.main_thread(), "when the database has its turn"
        return clock.at

    monkeypatch.setattr(FixedClock, "now", read_on)
    assert claw("start", "rescue")[0] == 0
    (event,) = json.loads(claw("events", "--json")[1])["events"]
    assert event["at"] == "2026-11-20T10:00:00.123Z"


def test_a_damaged_database_is_said_and_set_aside(claw: RunEvents, path: Path, seen: None) -> None:
    path.write_bytes(b"damaged" * 1000)
    code, out, err = claw("events", "--json")
    assert (code, json.loads(out)["events"]) == (0, [])
    assert "was damaged" in err


ONE_DIED = FULL.model_copy(
    update={
        "taken_at": NOW + timedelta(seconds=2),
        "instances": tuple(
            one.model_copy(update={"state": State.STOPPED, "signals": Signals(), "live_port": None})
            for one in FULL.instances
        ),
    }
)


@pytest.fixture
def follow(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> RunEvents:
    """Follow a host on which a gateway dies, until Ctrl+C."""

    def call(*arguments: str) -> tuple[int, str, str]:
        pictures = Pictures(host_at(tmp_path), (FULL, ONE_DIED, ONE_DIED), ending=KeyboardInterrupt())
        host = replace(pictures.gateway_host(), glance=Pictures(host_at(tmp_path), (FULL,)).gateway_host().glance)
        code = run(["events", "-f", *arguments], host)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


def test_following_tells_what_was_written_down_and_then_what_happens(follow: RunEvents, seen: None, path: Path) -> None:
    before = path.read_bytes()
    code, out, _ = follow("-n", "1")
    assert code == 130
    first, *rest = out.splitlines()
    assert "active conflict began on 1–2" in first
    assert [line for line in rest if "is gone" in line]
    assert not [line for line in rest if "pid 6" in line], "older than what was asked for"
    assert path.read_bytes() == before


def test_following_as_json_is_a_document_per_line_about_the_instances_that_are_meant(
    follow: RunEvents, seen: None
) -> None:
    code, out, _ = follow("rescue", "-n", "0", "--json")
    documents = list(map(json.loads, out.splitlines()))
    assert code == 130
    assert {document["instance"] for document in documents} == {"openclaw:rescue"}
    assert "died" in {document["kind"] for document in documents}
    assert {document["schema"] for document in documents} == {1}


def test_what_several_have_seen_is_told_once() -> None:
    news = NewEvents((), SEEN)
    again = [event.model_copy(update={"at": event.at + timedelta(seconds=3), "cause": None}) for event in SEEN]
    later = [event.model_copy(update={"at": event.at + timedelta(seconds=60)}) for event in SEEN[:1]]
    assert news.among(again) == []
    assert news.among(later) == later
    assert [event.kind for event in NewEvents(["openclaw:rescue"], ()).among(SEEN)] == ["started", "conflict-began"]
    done = [Event(at=NOW, instance="a", kind=Kind.OPERATION, detail={"operation": "stop"}) for _ in range(2)]
    twice = [done[0], done[1].model_copy(update={"at": NOW + timedelta(seconds=1)})]
    assert NewEvents((), ()).among(twice) == twice, "each is written down once"


def test_what_goes_to_and_fro_is_told_each_time() -> None:
    def change(after_s: int, before: str, now: str) -> Event:
        at = NOW + timedelta(seconds=after_s)
        return Event(at=at, instance="a", kind=Kind.STATE_CHANGED, detail={"from": before, "to": now})

    flapping = [change(0, "running", "degraded"), change(2, "degraded", "running"), change(4, "running", "degraded")]
    news = NewEvents((), ())
    assert [event for one in flapping for event in news.among([one, one])] == flapping


async def test_following_ends_with_the_error_of_whoever_failed(tmp_path: Path, path: Path, seen: None) -> None:
    def emit(_: Sequence[Event]) -> None:
        raise ReaderGone

    host = Pictures(host_at(tmp_path), (FULL, ONE_DIED)).gateway_host()
    with pytest.raises(ReaderGone):
        await follow_events(host, EventStore(path, print), NewEvents((), ()), emit)


class NoticedStore(EventStore):
    """Says when somebody has begun to look whether there is more in it."""

    def __init__(self, path: Path, tell: Callable[[str], None]) -> None:
        super().__init__(path, tell)
        self.looked_at = threading.Event()

    def mark(self) -> tuple[FileIdentity, ...]:
        self.looked_at.set()
        return super().mark()


async def test_what_others_write_down_meanwhile_is_told_once(tmp_path: Path, path: Path, seen: None) -> None:
    def change(after_s: int, before: str, now: str) -> Event:
        detail = {"from": before, "to": now}
        return Event(at=NOW + timedelta(seconds=after_s), instance="a", kind=Kind.STATE_CHANGED, detail=detail)

    store, told = NoticedStore(path, print), asyncio.Queue[Event]()
    store.append([change(0, "running", "degraded"), change(1, "degraded", "running")])
    host = Pictures(host_at(tmp_path), (FULL,)).gateway_host()

    def tell(events: Sequence[Event]) -> None:
        for event in events:
            told.put_nowait(event)

    following = asyncio.create_task(follow_events(host, store, NewEvents((), ()), tell))
    try:
        async with asyncio.timeout(10):
            await asyncio.to_thread(store.looked_at.wait)
            for wanted in (change(2, "running", "degraded"), change(3, "degraded", "running")):
                store.append([wanted])
                assert await told.get() == wanted
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
    assert told.empty()
