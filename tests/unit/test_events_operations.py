"""Why something happened: told by what any claw-tui has written down about its own operations."""

from datetime import timedelta
from pathlib import Path

import pytest

from gateway_core.events.model import Event, Kind
from gateway_core.events.operation_events import explained
from gateway_core.events.store import EventStore
from tests.snapshots import NOW


def died(pid: int = 7, after_s: float = 0.0, **changes: object) -> Event:
    at = NOW + timedelta(seconds=after_s)
    event = Event(at=at, instance="openclaw:rescue", kind=Kind.DIED, cause="exited 0", detail={"pid": pid})
    return event.model_copy(update=changes)


def operation(name: str = "stop", seconds: float = 2.0, **detail: object) -> Event:
    told = {"operation": name, "seconds": seconds, "commands": ("kill -TERM 7",), "pid_before": 7, "pid_after": None}
    return Event(at=NOW, instance="openclaw:rescue", kind=Kind.OPERATION, detail={**told, **detail})


def cause(seen: Event, done: Event) -> str | None:
    return next(event.cause for event in explained((seen, done)) if event.kind != Kind.OPERATION)


@pytest.mark.parametrize(
    ("name", "words"),
    [("stop", "stopped by claw-tui"), ("restart", "restarted by claw-tui"), ("kill", "killed by claw-tui")],
)
def test_an_operation_on_that_process_explains_its_death(name: str, words: str) -> None:
    assert cause(died(), operation(name)) == words


@pytest.mark.parametrize("name", ["start", "enable-service", "new", "dreamt"])
def test_what_ends_nothing_is_no_cause_of_a_death(name: str) -> None:
    assert cause(died(), operation(name)) == "exited 0"


@pytest.mark.parametrize(("after_s", "known"), [(-7.1, False), (-6.9, True), (4.9, True), (5.1, False)])
def test_only_while_it_went_on_and_shortly_after(after_s: float, known: bool) -> None:
    assert (cause(died(after_s=after_s), operation()) == "stopped by claw-tui") is known


def test_neither_another_process_nor_another_instance_nor_one_without_a_command() -> None:
    assert cause(died(pid=8), operation()) == "exited 0"
    assert cause(died(instance="openclaw:other"), operation()) == "exited 0"
    assert cause(died(), operation(commands=())) == "exited 0"
    assert cause(died(detail={}), operation(pid_before=None)) == "exited 0"


def test_a_start_is_the_cause_of_the_process_that_it_left() -> None:
    began = Event(at=NOW, instance="openclaw:rescue", kind=Kind.STARTED, detail={"pid": 9, "port": 1})
    assert cause(began, operation("start", pid_before=None, pid_after=9)) == "started by claw-tui"
    assert cause(began, operation("restart", pid_after=9)) == "restarted by claw-tui"
    assert cause(began, operation("start", pid_before=None, pid_after=10)) is None


def test_what_explains_an_event_need_not_be_among_those_that_are_asked_for(tmp_path: Path) -> None:
    store = EventStore(tmp_path / "state" / "events.db", print)
    store.append([operation(), died()])
    (found,) = store.newest(1)
    assert found.cause == "stopped by claw-tui"


def test_that_somebody_else_has_written_shows(tmp_path: Path) -> None:
    path = tmp_path / "state" / "events.db"
    mine, theirs = EventStore(path, print), EventStore(path, print)
    empty = mine.mark()
    theirs.append([died()])
    first = mine.mark()
    assert first != empty
    assert mine.mark() == first
    theirs.append([died()])
    assert mine.mark() != first
