"""Several logs read as one, from real files and real demo gateways."""

import asyncio
import os
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway_core.demo.home import DemoHome
from gateway_core.host import Host
from gateway_core.logs.journal_reader import JournalReader
from gateway_core.logs.lines import LineSelection, LogFilter
from gateway_core.logs.model import Level, LogLine
from gateway_core.logs.sources import JournalLog, Log, Origin, choose_logs, existing_logs, logs_of
from gateway_core.logs.view import LogView
from gateway_core.monitor.monitor import take_snapshot
from tests.fixed_host import FixedClock, FixedHost
from tests.log_files import ALONE, BEGIN, append, file_log, vendor_line

DEADLINE_S = 20
IDS = {ALONE.instance}


class Followed:
    """What a view has brought so far."""

    def __init__(self, view: LogView) -> None:
        self.lines: list[LogLine] = []
        self._news = asyncio.Event()
        self._task = asyncio.create_task(self._collect(view))

    async def _collect(self, view: LogView) -> None:
        async with aclosing(view.follow()) as news:
            async for lines in news:
                self.lines += lines
                self._news.set()

    @property
    def messages(self) -> list[str]:
        return [line.message for line in self.lines]

    async def until(self, condition: Callable[[list[str]], bool]) -> None:
        async with asyncio.timeout(DEADLINE_S):
            while not condition(self.messages):
                self._news.clear()
                await self._news.wait()

    async def end(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


def wait_until(condition: Callable[[], bool]) -> None:
    limit = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.001)


def messages(lines: Sequence[LogLine]) -> list[str]:
    return [line.message for line in lines]


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return FixedHost(tmp_path).host()


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "gateway.log"


async def test_pages_from_the_end_to_the_beginning(host: Host, log: Path) -> None:
    append(log, *(vendor_line(f"line {number}", after=number) for number in range(1000)))
    async with LogView([file_log(log)], host, IDS) as view:
        assert messages(await view.older(3)) == ["line 997", "line 998", "line 999"]
        assert 0 < view.unread < log.stat().st_size
        rest = messages(await view.older(5000))
        assert rest == [f"line {number}" for number in range(997)]
        assert (view.unread, await view.older(1)) == (0, [])


@pytest.mark.parametrize("number", [0, 1, 7_777, 39_999])
async def test_the_past_may_end_at_any_moment(host: Host, log: Path, number: int) -> None:
    append(log, *(vendor_line(f"line {second}", after=second) for second in range(40_000)))
    async with LogView([file_log(log)], host, IDS, until=BEGIN + timedelta(seconds=number)) as view:
        before = messages(await view.older(2))
        followed = Followed(view)
        append(log, vendor_line("end", after=50_000))
        await followed.until(lambda found: found[-1:] == ["end"])
        await followed.end()
    assert before == [f"line {second}" for second in range(max(0, number - 1), number + 1)]
    assert followed.messages == [*(f"line {second}" for second in range(number + 1, 40_000)), "end"]


async def test_older_days_follow_older_lines(host: Host, tmp_path: Path) -> None:
    for day in (18, 19, 20):
        path = tmp_path / f"openclaw-2026-11-{day}.log"
        append(path, *(vendor_line(f"{day}.{number}", after=(day - 20) * 86400 + number) for number in range(3)))
    async with LogView([file_log(tmp_path / "openclaw-2026-11-20.log")], host, IDS) as view:
        assert messages(await view.older(5)) == ["19.1", "19.2", "20.0", "20.1", "20.2"]
        assert messages(await view.older(9)) == ["18.0", "18.1", "18.2", "19.0"]


async def test_no_line_is_lost_or_doubled_between_the_past_and_what_follows(host: Host, log: Path) -> None:
    append(log, vendor_line("past"))
    whole = vendor_line("on the border")
    with log.open("a") as file:
        file.write(whole[:50])
    async with LogView([file_log(log)], host, IDS) as view:
        append(log, whole[50:], vendor_line("future"))
        followed = Followed(view)
        await followed.until(lambda found: len(found) == 2)
        assert messages(await view.older(10)) == ["past"]
        assert followed.messages == ["on the border", "future"]
        await followed.end()


async def test_a_last_line_without_a_line_break_is_shown_to_those_who_do_not_stay(host: Host, log: Path) -> None:
    log.write_text(vendor_line("first") + "\n" + vendor_line("last"))
    async with LogView([file_log(log)], host, IDS, growing=False) as view:
        assert messages(await view.older(10)) == ["first", "last"]


async def test_midnight(host: Host, tmp_path: Path) -> None:
    clock = host.clock
    assert isinstance(clock, FixedClock)
    yesterday, today = (tmp_path / f"openclaw-2026-11-{day}.log" for day in (20, 21))
    append(yesterday, vendor_line("before"))
    async with LogView([file_log(yesterday)], host, IDS) as view:
        followed = Followed(view)
        append(yesterday, vendor_line("late"))
        await followed.until(lambda found: found == ["late"])
        clock.at += timedelta(days=1)
        append(today, vendor_line("early"))
        await followed.until(lambda found: found == ["late", "early"])
        append(yesterday, vendor_line("from one that has not noticed"))
        append(today, vendor_line("second"))
        await followed.until(lambda found: len(found) == 4)
        await followed.end()


async def test_a_log_that_comes_later_is_followed_from_its_first_line(host: Host, log: Path) -> None:
    async with LogView([file_log(log)], host, IDS) as view:
        assert await view.older(10) == []
        followed = Followed(view)
        await asyncio.sleep(0.05)
        append(log, vendor_line("first"))
        await followed.until(lambda found: found == ["first"])
        await followed.end()


async def test_a_file_that_vanishes_is_said_until_another_has_its_name(host: Host, log: Path) -> None:
    append(log, vendor_line("old"))
    async with LogView([file_log(log)], host, IDS) as view:
        followed = Followed(view)
        log.rename(log.with_suffix(".moved"))
        await asyncio.to_thread(wait_until, lambda: bool(view.problems))
        assert view.problems[0].message == "This log was deleted or moved away; a new one is awaited."
        append(log.with_suffix(".moved"), vendor_line("still written"))
        append(log, vendor_line("anew"))
        await followed.until(lambda found: "anew" in found)
        await followed.end()
        assert (followed.messages, view.problems) == (["still written", "anew"], ())


@pytest.mark.parametrize("kind", ["fifo", "dir"])
async def test_what_is_no_file_is_a_problem_and_keeps_nobody_waiting(host: Host, log: Path, kind: str) -> None:
    os.mkfifo(log) if kind == "fifo" else log.mkdir()
    async with asyncio.timeout(DEADLINE_S), LogView([file_log(log)], host, IDS) as view:
        assert await view.older(10) == []
        (problem,) = view.problems
        assert problem.where == str(log)
        assert "not a file" in problem.message


async def test_binary_rubbish_is_shown_as_lines(host: Host, log: Path) -> None:
    log.write_bytes(os.urandom(300_000) + b"\n" + vendor_line("after it").encode())
    async with LogView([file_log(log)], host, IDS, growing=False) as view:
        lines = await view.older(10_000)
    assert lines[-1].message == "after it"
    assert len(lines) > 100


async def test_a_search_can_be_cancelled(host: Host, log: Path) -> None:
    line = (vendor_line("nothing of interest") + "\n").encode()
    with log.open("wb") as file:
        for _ in range(100):
            file.write(line * (1_000_000 // len(line)))
    began, size = time.monotonic(), log.stat().st_size
    async with LogView([file_log(log)], host, IDS, only=LogFilter(pattern="needle")) as view:
        search = asyncio.create_task(view.older(1))
        async with asyncio.timeout(DEADLINE_S):
            await asyncio.to_thread(wait_until, lambda: view.unread < size - 2_000_000)
        search.cancel()
        await asyncio.gather(search, return_exceptions=True)
    assert view.unread > 0
    assert time.monotonic() - began < DEADLINE_S


async def test_a_view_that_is_given_up_while_it_opens_keeps_no_log_open(host: Host, log: Path) -> None:
    def descriptors() -> int:
        return sum(path.resolve() == log.resolve() for path in Path("/dev/fd").iterdir())

    append(log, vendor_line("one"))
    for _ in range(5):
        opening = asyncio.create_task(LogView([file_log(log)], host, IDS).__aenter__())
        await asyncio.sleep(0)
        opening.cancel()
        await asyncio.gather(opening, return_exceptions=True)
    await asyncio.to_thread(wait_until, lambda: descriptors() == 0)


async def logs_by_id(home: DemoHome) -> dict[str, tuple[Log, ...]]:
    snapshot = await take_snapshot(home.host())
    return {instance.id: logs_of(instance, snapshot, home.host()) for instance in snapshot.instances}


@pytest.mark.parametrize("product", ["clawdbot", "openclaw"])
async def test_lines_of_two_profiles_in_one_file_go_to_the_right_one(demo_home: DemoHome, product: str) -> None:
    version = "2026.2.6" if product == "openclaw" else None
    gateways = [await demo_home.start(product, name, version=version) for name in ("default", "rescue")]
    logs = await logs_by_id(demo_home)
    ids = [gateway.profile.id for gateway in gateways]
    own = logs[ids[0]][0]
    assert own.name == logs[ids[1]][0].name
    for gateway in gateways:
        await gateway.stop()
    async with LogView([own], demo_home.host(), ids) as view:
        lines = await view.older(1000)
    told = {name: [line for line in lines if line.instance == name] for name in ids}
    for gateway in gateways:
        assert len(told[gateway.profile.id]) >= 2
        said = gateway.output
        assert all(line.certain and line.message.split(" {")[0] in said for line in told[gateway.profile.id])
    telling = [line for line in lines if "listening on" in line.message or "closed before connect" in line.message]
    assert telling
    assert all(line.certain for line in telling)
    unassigned = {line.message for line in lines if line.instance is None}
    assert {"ready", "received SIGTERM; shutting down"} <= unassigned
    async with LogView([own], demo_home.host(), ids[:1]) as view:
        view_of_one = await view.older(1000)
    assert view_of_one == [line for line in lines if line.instance in (ids[0], None)]


async def test_a_demo_gateway_is_followed_through_a_restart(demo_home: DemoHome) -> None:
    gateway = await demo_home.start("openclaw", "rescue")
    (own, *_) = (await logs_by_id(demo_home))["openclaw:rescue"]
    async with LogView([own], demo_home.host(), ["openclaw:rescue"]) as view:
        assert "ready" in messages(await view.older(50))
        followed = Followed(view)
        await gateway.stop()
        again = await demo_home.launch(gateway.profile)
        await followed.until(lambda found: "ready" in found)
        assert followed.messages[0] == "signal SIGTERM received"
        assert any(f"(PID {again.pid})" in message for message in followed.messages)
        assert all(line.instance == "openclaw:rescue" and line.certain for line in followed.lines)
        await followed.end()


async def test_the_own_log_is_preferred_and_what_is_not_there_is_no_choice(demo_home: DemoHome) -> None:
    profile = demo_home.add_profile("openclaw", "rescue")
    known = (await logs_by_id(demo_home))[profile.id]
    assert [log.origin for log in known] == [Origin.FILE, Origin.OUTPUT]
    assert (await choose_logs(known)).shown[0].origin is Origin.FILE
    assert await existing_logs(known) == []
    append(Path(known[1].name), "Error: Cannot find module")
    assert (await choose_logs(known)).shown[0].origin is Origin.OUTPUT
    append(profile.log_file, vendor_line("ready"))
    assert (await choose_logs(known)).shown[0].origin is Origin.FILE


BURST = """
import sys, time
from pathlib import Path

path, line, rate, seconds = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
begin = time.monotonic()
for tick in range(seconds * 20):
    if tick % 20 == 19:
        path.rename(path.with_suffix(f".{tick}"))
    with path.open("a") as file:
        for number in range(rate // 20):
            file.write(line.replace("NUMBER", str(tick * (rate // 20) + number)) + "\\n")
    time.sleep(max(0, begin + (tick + 1) / 20 - time.monotonic()))
"""


@pytest.mark.slow
async def test_a_busy_log_that_is_rotated_every_second_loses_nothing_and_blocks_nobody(host: Host, log: Path) -> None:
    rate, seconds = 10_000, 3
    log.touch()
    async with LogView([file_log(log)], host, IDS) as view:
        followed = Followed(view)
        writer = await asyncio.create_subprocess_exec(
            sys.executable, "-c", BURST, str(log), vendor_line("line NUMBER"), str(rate), str(seconds)
        )
        longest, last = 0.0, f"line {rate * seconds - 1}"
        async with asyncio.timeout(60):
            while not followed.lines or followed.lines[-1].message != last:
                # The loop's own work, not the time in which a busy machine ran somebody else.
                began = time.thread_time()
                await asyncio.sleep(0.005)
                longest = max(longest, time.thread_time() - began)
        assert await writer.wait() == 0
        assert followed.messages == [f"line {number}" for number in range(rate * seconds)]
        assert longest < 0.25
        await followed.end()


JOURNAL = """#!/bin/sh
case "$*" in
  *--follow*) printf '%s\\n' '{entry}' | sed s/TEXT/future/; exec sleep 60;;
  *--user-unit=openclaw-gateway.service*--reverse*) printf '%s\\n' '{entry}' | sed s/TEXT/past/;
    echo '{"__REALTIME_TIMESTAMP":"1795168800000000","PRIORITY":"3","SYSLOG_IDENTIFIER":"systemd","MESSAGE":"Failed"}';
    echo '{"__REALTIME_TIMESTAMP":"1795168800000000","PRIORITY":"6","MESSAGE":[104,105,255]}';;
  *) echo "No such journal" >&2; exit 1;;
esac
"""
ENTRY = '{"__REALTIME_TIMESTAMP":"1795168801000000","PRIORITY":"6","MESSAGE":"[gateway] TEXT token=%s"}'


async def test_the_journal(demo_home: DemoHome) -> None:
    secret = "CANARY" + "x" * 20
    profile = demo_home.add_profile("openclaw", "default")
    demo_home.write_unit(profile)
    script = demo_home.bin / "journalctl"
    script.write_text(JOURNAL.replace("{entry}", ENTRY % secret))
    script.chmod(0o755)
    known = (await logs_by_id(demo_home))["openclaw:default"]
    (journal,) = (log for log in known if log.origin is Origin.JOURNAL)
    async with asyncio.timeout(DEADLINE_S), LogView([journal], demo_home.host(), ["openclaw:default"]) as view:
        lines = await view.older(10)
        followed = Followed(view)
        await followed.until(bool)
        await followed.end()
        assert view.problems == ()
    assert [(line.message, line.subsystem, line.level) for line in lines] == [
        ("hi�", None, None),
        ("Failed", "systemd", Level.ERROR),
        ("past token=[redacted]", "gateway", None),
    ]
    assert lines[0].at == datetime.fromtimestamp(1795168800, UTC)
    assert followed.messages == ["future token=[redacted]"]


async def test_a_journal_that_cannot_be_read_says_why(demo_home: DemoHome) -> None:
    profile = demo_home.add_profile("openclaw", "default")
    unit = demo_home.write_unit(profile)
    script = demo_home.bin / "journalctl"
    script.write_text("#!/bin/sh\necho 'No journal files were opened' >&2\nexit 1\n")
    script.chmod(0o755)
    (journal,) = (log for log in (await logs_by_id(demo_home))[profile.id] if log.origin is Origin.JOURNAL)
    async with LogView([journal], demo_home.host(), [profile.id]) as view:
        assert await view.older(10) == []
        (problem,) = view.problems
    assert (problem.where, "No journal files were opened" in problem.message) == (f"journal of {unit.name}", True)


@pytest.mark.parametrize(
    ("death", "reason"),
    [
        ("kill -KILL $$", "journalctl: ended by signal 9"),
        ("exit 2", "journalctl: exit code 2"),
        ("echo 'Journal has gone' >&2; echo 'Bye' >&2; exit 2", "Journal has gone"),
    ],
)
async def test_why_a_journalctl_died_while_it_was_followed_is_said_and_stays(
    demo_home: DemoHome, death: str, reason: str
) -> None:
    profile = demo_home.add_profile("openclaw", "default")
    demo_home.write_unit(profile)
    script = demo_home.bin / "journalctl"
    script.write_text(f'#!/bin/sh\ncase "$*" in *--follow*) read x < "$HOME/end"; {death};; esac\n')
    script.chmod(0o755)
    os.mkfifo(demo_home.home / "end")
    (journal,) = (log for log in (await logs_by_id(demo_home))[profile.id] if isinstance(log, JournalLog))
    reader = JournalReader(
        journal, LineSelection(frozenset({profile.id})), demo_home.environment, demo_home.host().clock
    )
    async with asyncio.timeout(DEADLINE_S):
        await asyncio.to_thread(reader.open)
        (demo_home.home / "end").write_text("now\n")
        await asyncio.to_thread(wait_until, lambda: reader.read() == [] and bool(reader.faults))
        said = [(reader.read(), reader.faults) for _ in range(4)]
        await asyncio.to_thread(reader.close)
    assert said == [([], {journal.name: f"is not followed any more: {reason}"})] * 4
