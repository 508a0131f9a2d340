"""The stream of snapshots: what is published when, and what never is."""

import asyncio
import contextlib
import errno
import json
import os
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import ModuleType

import pytest
import watchfiles

from gateway_core.events.detector import EventDetector
from gateway_core.events.model import Event, Kind
from gateway_core.host import Conversation, Host, HttpAnswer, Placement, PortLimits, SocketScan
from gateway_core.lifecycle.target import find
from gateway_core.monitor.file_watch import WatchedPlaces
from gateway_core.monitor.monitor import Clocks, Monitor, take_snapshot
from gateway_core.monitor.observer import Observer
from gateway_core.snapshot import Snapshot, State
from tests.fixed_host import FixedClock, FixedHost
from tests.unseen import UNSEEN

QUICK = Clocks(sockets=0.02, processes=0.02, services=0.05, http=0.05, http_unsettled=0.02, disk=30.0)
DEADLINE_S = 10.0


@pytest.fixture
def fixed(tmp_path: Path) -> FixedHost:
    return FixedHost(tmp_path)


def add_profile(fixed: FixedHost, name: str, port: int = 18789) -> Path:
    config = fixed.home / f".openclaw-{name}" / "openclaw.json"
    config.parent.mkdir(exist_ok=True)
    text = json.dumps({"gateway": {"mode": "local", "port": port}, "meta": {"lastTouchedVersion": "2026.9.6"}})
    config.with_suffix(".tmp").write_text(text)
    config.with_suffix(".tmp").replace(config)
    return config


def provide_command(fixed: FixedHost) -> None:
    command = fixed.directory / "openclaw"
    command.touch(mode=0o755)
    fixed.environment["PATH"] = str(fixed.directory)


def run_gateway(fixed: FixedHost, pid: int, port: int) -> None:
    fixed.add_process(pid, "openclaw-gateway")
    fixed.listen(pid, port)
    body = json.dumps({"ready": True, "failing": [], "uptimeMs": 1}).encode()
    fixed.http.answers[port, "/readyz"] = HttpAnswer(200, body)


async def until(stream: AsyncIterator[Snapshot], holds: Callable[[Snapshot], bool]) -> Snapshot:
    async with asyncio.timeout(DEADLINE_S):
        async for snapshot in stream:
            if holds(snapshot):
                return snapshot
    raise AssertionError("the stream ended")


def state_of(snapshot: Snapshot, instance_id: str) -> State | None:
    instance = snapshot.instance(instance_id)
    return instance.state if instance else None


async def test_a_subscriber_gets_the_current_snapshot_at_once(fixed: FixedHost) -> None:
    add_profile(fixed, "one")
    async with Monitor(fixed.host(), QUICK) as monitor:
        first = await until(monitor.subscribe(), lambda _: True)
        second = await until(monitor.subscribe(), lambda _: True)
    assert [instance.id for instance in first.instances] == ["openclaw:one"]
    assert second.instances == first.instances


async def test_with_ask_first_nothing_is_shown_before_it_was_asked(fixed: FixedHost) -> None:
    add_profile(fixed, "one")
    run_gateway(fixed, 4_000_077, 18789)
    async with Monitor(fixed.host(), QUICK, ask_first=True) as monitor:
        first = await until(monitor.subscribe(), lambda _: True)
    assert state_of(first, "openclaw:one") is State.RUNNING


async def test_a_gateway_that_starts_and_ends_is_followed(fixed: FixedHost) -> None:
    add_profile(fixed, "one")
    async with Monitor(fixed.host(), QUICK) as monitor:
        stream = monitor.subscribe()
        await until(stream, lambda snapshot: state_of(snapshot, "openclaw:one") is State.BLOCKED)
        run_gateway(fixed, 4_000_077, 18789)
        await until(stream, lambda snapshot: state_of(snapshot, "openclaw:one") is State.RUNNING)
        fixed.processes.processes.clear()
        fixed.sockets.sockets.clear()
        await until(stream, lambda snapshot: state_of(snapshot, "openclaw:one") is State.BLOCKED)


async def test_a_new_and_a_changed_config_are_seen_through_the_file_system(fixed: FixedHost) -> None:
    slow = replace(QUICK, disk=60.0)
    async with Monitor(fixed.host(), slow) as monitor:
        stream = monitor.subscribe()
        await until(stream, lambda snapshot: not snapshot.instances)
        add_profile(fixed, "one", 18789)
        await until(stream, lambda snapshot: snapshot.instance("openclaw:one") is not None)
        add_profile(fixed, "one", 19789)
        await until(stream, lambda snapshot: _base(snapshot, "openclaw:one") == 19789)


def _base(snapshot: Snapshot, instance_id: str) -> int | None:
    instance = snapshot.instance(instance_id)
    return instance.base_port.value if instance and instance.base_port else None


async def test_a_changed_secret_is_an_event_that_names_its_key(fixed: FixedHost) -> None:
    config = add_profile(fixed, "one")

    def rewrite(token: str, indent: int | None = None) -> None:
        content = json.loads(config.read_text()) | {"meta": {"lastTouchedVersion": "2026.9.6", "lastTouchedAt": token}}
        content["gateway"]["auth"] = {"token": token}
        config.with_suffix(".tmp").write_text(json.dumps(content, indent=indent))
        config.with_suffix(".tmp").replace(config)

    rewrite("the first token")
    detector = EventDetector()
    told: list[Event] = []
    async with Monitor(fixed.host(), replace(QUICK, disk=60.0)) as monitor:
        stream = monitor.subscribe()
        told += detector.detect(await until(stream, lambda snapshot: snapshot.instance("openclaw:one") is not None))
        rewrite("the first token", indent=4)
        monitor.refresh()
        rewrite("another token")
        async with asyncio.timeout(DEADLINE_S):
            while not any(event.kind == Kind.CONFIG_CHANGED for event in told):
                told += detector.detect(await anext(stream))
    changes = [event for event in told if event.kind == Kind.CONFIG_CHANGED]
    assert [event.detail for event in changes] == [{"keys": ("gateway.auth.token",)}]
    assert "another token" not in repr(told)


async def test_nothing_is_published_while_nothing_changes(fixed: FixedHost) -> None:
    add_profile(fixed, "one")
    async with Monitor(fixed.host(), QUICK) as monitor:
        stream = monitor.subscribe()
        await until(stream, lambda _: True)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await anext(stream)


async def test_a_collector_that_fails_is_a_problem_and_recovers(fixed: FixedHost) -> None:
    add_profile(fixed, "one")
    provide_command(fixed)
    table = FlakySockets(fixed.sockets.scan())
    host = replace_sockets(fixed.host(), table)
    async with Monitor(host, QUICK) as monitor:
        stream = monitor.subscribe()
        table.failing = True
        broken = await until(stream, lambda snapshot: any("socket" in item.where for item in snapshot.problems))
        assert [(instance.id, instance.state) for instance in broken.instances] == [("openclaw:one", State.UNKNOWN)]
        table.failing = False
        await until(stream, lambda snapshot: not snapshot.problems)


async def test_what_too_many_open_files_have_hidden_from_a_single_look_is_a_problem(
    fixed: FixedHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> Placement | None:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    @asynccontextmanager
    async def conversation() -> AsyncIterator[Conversation]:
        if refusals:
            refusals.pop()()
        yield fixed.http

    for pid, name in ((7, "one"), (8, "other")):
        add_profile(fixed, name, 18789 + pid)
        run_gateway(fixed, pid, 18789 + pid)
    refusals = [refused]
    monkeypatch.setattr(fixed.http, "conversation", conversation)
    unanswered = await take_snapshot(fixed.host())
    monkeypatch.setattr(fixed.processes, "placement", refused)
    unseen = await take_snapshot(fixed.host())

    assert [[one.where for one in seen.unseen] for seen in (unanswered, unseen)] == [["gateways"], ["host"]]
    assert sorted(instance.signals.http is not None for instance in unanswered.instances) == [False, True]
    assert all("Too many open files" in problem.message for seen in (unanswered, unseen) for problem in seen.unseen)


async def test_files_that_could_not_be_watched_are_no_problem_any_more_once_they_are(
    fixed: FixedHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_profile(fixed, "one")
    provide_command(fixed)
    real = watchfiles.awatch

    def exhausted(*_: object, **__: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr("watchfiles.awatch", exhausted)
    async with Monitor(fixed.host(), replace(QUICK, disk=60.0)) as monitor:
        stream = monitor.subscribe()
        await until(stream, lambda snapshot: [problem.where for problem in snapshot.problems] == ["file watch"])
        monkeypatch.setattr("watchfiles.awatch", real)
        monitor.refresh()
        await until(stream, lambda snapshot: not snapshot.problems)


def test_what_may_not_be_looked_at_keeps_nothing_else_from_being_watched(fixed: FixedHost) -> None:
    places = WatchedPlaces(
        fixed.home, (), frozenset({fixed.home / UNSEEN}), frozenset({Path("/srv", UNSEEN, "x.json")})
    )
    assert places.existing_dirs() == {str(fixed.home)}


async def test_that_files_are_watched_hides_no_failure_to_read_them(
    fixed: FixedHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[int] = []

    async def broken(_: Observer) -> None:
        looks.append(len(looks))
        raise RuntimeError("boom")

    monkeypatch.setattr(Observer, "look_at_disk", broken)
    async with Monitor(fixed.host(), replace(QUICK, disk=60.0)) as monitor:
        stream = monitor.subscribe()
        seen = []

        def remembered(snapshot: Snapshot) -> bool:
            seen.append([problem.where for problem in snapshot.problems])
            return len(looks) > 1

        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(3):
                await until(stream, remembered)
    assert len(looks) > 1, "the watch looks once more when it stands"
    assert seen
    assert all("files" in problems for problems in seen)


async def test_a_picture_is_made_beside_the_event_loop(fixed: FixedHost) -> None:
    clock = ThreadRecordingClock()
    await take_snapshot(replace(fixed.host(), clock=clock))
    assert clock.threads
    assert threading.main_thread() not in clock.threads


async def test_files_are_looked_at_beside_the_event_loop(fixed: FixedHost, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also those of which only their places are asked for, as a dead network file system lets none of it end."""
    add_profile(fixed, "rescue")
    watching = Monitor(fixed.host(), QUICK)
    threads = {
        function: record_threads(monkeypatch, *function) for function in ((os, "scandir"), (os.path, "realpath"))
    }
    async with watching as monitor:
        stream = monitor.subscribe()
        await until(stream, lambda snapshot: bool(snapshot.instances))
        add_profile(fixed, "other", 19789)
        await until(stream, lambda snapshot: len(snapshot.instances) == 2)  # told by the watch of files
        await find(monitor.observer, "openclaw:rescue")
    assert all(seen and threading.main_thread() not in seen for seen in threads.values()), threads


def record_threads(monkeypatch: pytest.MonkeyPatch, module: ModuleType, name: str) -> set[threading.Thread]:
    """The threads that will call that function."""
    threads, function = set(), getattr(module, name)

    def recorded(*arguments: object, **options: object) -> object:
        threads.add(threading.current_thread())
        return function(*arguments, **options)

    monkeypatch.setattr(module, name, recorded)
    return threads


class ThreadRecordingClock(FixedClock):
    def __init__(self) -> None:
        super().__init__()
        self.threads: set[threading.Thread] = set()

    def now(self) -> datetime:
        self.threads.add(threading.current_thread())
        return super().now()


class FlakySockets:
    def __init__(self, scan: SocketScan) -> None:
        self._scan = scan
        self.failing = False

    def limits(self) -> PortLimits:
        return PortLimits()

    def scan(self) -> SocketScan:
        if self.failing:
            raise OSError("no buffer space available")
        return self._scan


def replace_sockets(host: Host, table: FlakySockets) -> Host:
    return replace(host, sockets=table)


async def test_facts_that_cannot_be_concluded_leave_the_last_picture_and_a_problem(fixed: FixedHost) -> None:
    add_profile(fixed, "one")
    clock = BreakingClock()
    async with Monitor(replace(fixed.host(), clock=clock), QUICK) as monitor:
        stream = monitor.subscribe()
        await until(stream, lambda snapshot: bool(snapshot.instances))
        clock.broken = True
        add_profile(fixed, "two", 19789)
        old = await until(stream, lambda snapshot: bool(snapshot.problems))
        assert [instance.id for instance in old.instances] == ["openclaw:one"]
        clock.broken = False
        monitor.refresh()
        await until(stream, lambda snapshot: len(snapshot.instances) == 2 and not snapshot.problems)


class BreakingClock(FixedClock):
    broken = False

    def now(self) -> datetime:
        if self.broken:
            raise ArithmeticError("the clock struck thirteen")
        return super().now()


async def test_a_gateway_that_never_answers_holds_up_nobody(fixed: FixedHost) -> None:
    add_profile(fixed, "dumb", 18789)
    add_profile(fixed, "quick", 19789)
    run_gateway(fixed, 4_000_077, 18789)
    run_gateway(fixed, 4_000_078, 19789)
    host = replace(fixed.host(), http=NeverAnswering(fixed, 18789))
    async with Monitor(host, QUICK) as monitor:
        shown = await until(monitor.subscribe(), lambda snapshot: state_of(snapshot, "openclaw:quick") is State.RUNNING)
        assert state_of(shown, "openclaw:dumb") is not State.RUNNING


class NeverAnswering:
    def __init__(self, fixed: FixedHost, port: int) -> None:
        self._fixed = fixed
        self._port = port

    @asynccontextmanager
    async def conversation(self) -> AsyncIterator[Conversation]:
        yield self

    async def get(self, url: str, *, deadline: float) -> HttpAnswer:
        if f":{self._port}/" in url:
            await asyncio.Event().wait()
        return await self._fixed.http.get(url, deadline=deadline)

    async def first_websocket_frame(self, url: str, *, deadline: float) -> HttpAnswer:
        return HttpAnswer(None, error="refused")


async def test_refresh_asks_again_at_once(fixed: FixedHost) -> None:
    add_profile(fixed, "one")
    run_gateway(fixed, 4_000_077, 18789)
    calm = Clocks(sockets=60, processes=60, services=60, http=60, http_unsettled=60, disk=60)
    async with Monitor(fixed.host(), calm) as monitor:
        stream = monitor.subscribe()
        await until(stream, lambda snapshot: state_of(snapshot, "openclaw:one") is State.RUNNING)
        fixed.processes.processes.clear()
        fixed.sockets.sockets.clear()
        monitor.refresh()
        await until(stream, lambda snapshot: state_of(snapshot, "openclaw:one") is State.BLOCKED)


async def test_that_a_gateway_is_up_longer_is_known_but_no_news(fixed: FixedHost) -> None:
    add_profile(fixed, "one")
    run_gateway(fixed, 4_000_077, 18789)
    observer = Observer(fixed.host())
    await observer.look_at_system()
    news = []
    for uptime_ms, failing in ((1000, []), (6000, []), (11000, ["discord"])):
        loop = {"delayP99Ms": uptime_ms / 100}
        body = json.dumps({"ready": True, "failing": failing, "uptimeMs": uptime_ms, "eventLoop": loop}).encode()
        fixed.http.answers[18789, "/readyz"] = HttpAnswer(200, body)
        before = observer.revision
        await observer.look_at_http(observer.http_targets())
        news.append(observer.revision > before)
        [seen] = observer.snapshot().instances
        assert seen.signals.http is not None
        assert seen.signals.http.uptime_s == uptime_ms / 1000
        assert seen.signals.http.event_loop_delay_s == uptime_ms / 100_000
    assert news == [True, False, True]


async def test_leaving_ends_every_task(fixed: FixedHost) -> None:
    before = asyncio.all_tasks()
    async with Monitor(fixed.host(), QUICK) as monitor:
        await until(monitor.subscribe(), lambda _: True)
    assert asyncio.all_tasks() == before
