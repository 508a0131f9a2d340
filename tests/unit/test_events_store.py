"""The database of events: what survives, what is forgotten, and what is said when it cannot be kept."""

import os
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from gateway_core.events.model import Event, Kind
from gateway_core.events.store import EventStore, EventStoreError, set_aside
from gateway_core.files import identify
from tests.canaries import Canaries
from tests.small_disk import fill, mounted

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from gateway_core.events.model import Event, Kind
from gateway_core.events.store import EventStore

store = EventStore(Path(sys.argv[1]), print)
batch, rounds = int(sys.argv[2]), int(sys.argv[3])
for round in range(rounds):
    at = datetime.now(UTC)
    store.append(Event(at=at, instance=sys.argv[4], kind=Kind.DIED, detail={"round": round}) for _ in range(batch))
    print(round, flush=True)
"""


def event(number: int = 0, instance: str | None = "openclaw:rescue") -> Event:
    return Event(at=NOW, instance=instance, kind=Kind.STARTED, cause="why", detail={"pid": number, "keys": ("a", "b")})


def quiet(_message: str) -> None:
    raise AssertionError(_message)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "events.db"


def writer(path: Path, batch: int, rounds: int, name: str = "openclaw:x") -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", WRITER, str(path), str(batch), str(rounds), name]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_events_come_back_as_they_were_written_newest_last(path: Path) -> None:
    written = [event(number) for number in range(5)]
    EventStore(path, quiet).append(written)
    assert EventStore(path, quiet).newest(10) == tuple(written)
    assert EventStore(path, quiet).newest(2) == tuple(written[-2:])


def test_they_come_in_the_order_of_their_times_whoever_wrote_first(path: Path) -> None:
    """Two claw-tuis write: one its operations as they end, one what it sees, a little later."""
    after = [event(number).model_copy(update={"at": NOW + timedelta(seconds=number / 2)}) for number in range(5)]
    eastern = after[1].model_copy(update={"at": after[1].at.astimezone(timezone(timedelta(hours=3)))})
    store = EventStore(path, quiet)
    store.append([after[4], after[3]])
    store.append([after[0], eastern, after[2]])
    assert store.newest(10) == tuple(after)
    assert store.newest(2) == tuple(after[-2:])
    assert store.newest(10, ["openclaw:rescue"]) == tuple(after)


def test_only_what_concerns_an_instance(path: Path) -> None:
    store = EventStore(path, quiet)
    conflict = Event(at=NOW, instance="a:x", kind=Kind.CONFLICT_BEGAN, detail={"parties": ("a:x", "b:y")})
    store.append([event(1, "a:x"), event(2, "b:y"), event(3, None), conflict, event(4, "c:z")])
    assert store.newest(10, ["b:y"]) == (event(2, "b:y"), conflict)
    assert store.newest(10, ["c:z", "a:x"]) == (event(1, "a:x"), conflict, event(4, "c:z"))
    many = [f"d:{number}" for number in range(40_000)]
    assert store.newest(10, [*many, "b:y", "it's \ud800"]) == (event(2, "b:y"), conflict), "a large group"


def test_a_kind_that_only_a_newer_claw_tui_knows_is_no_damage(path: Path) -> None:
    store = EventStore(path, quiet)
    store.append([event().model_copy(update={"kind": "dreamt"})])
    assert [found.kind for found in store.newest(1)] == ["dreamt"]


def test_nobody_else_may_read_it(path: Path) -> None:
    EventStore(path, quiet).append([event()])
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0


def test_what_was_written_survives_a_kill_in_the_middle_of_writing(path: Path) -> None:
    for _ in range(3):
        process = writer(path, 500, 100_000)
        assert process.stdout is not None
        seen = [process.stdout.readline() for _ in range(5)]
        time.sleep(0.003)  # at no particular moment
        process.send_signal(signal.SIGKILL)
        process.wait()
        found = EventStore(path, quiet).newest(100_000)
        assert len(found) >= 500 * len(seen)
        assert len(found) % 500 == 0  # a batch is there as a whole or not at all
    with sqlite3.connect(path) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)


@pytest.mark.slow
def test_a_kill_while_the_database_is_made_leaves_one_that_works(tmp_path: Path) -> None:
    for round_ in range(6):
        path = tmp_path / str(round_) / "events.db"
        process = writer(path, 5, 100_000)
        while process.poll() is None and not path.exists():
            time.sleep(0.0002)
        time.sleep(0.001 * round_)
        process.send_signal(signal.SIGKILL)
        process.wait()
        store = EventStore(path, quiet)
        last = event(7).model_copy(update={"at": datetime.now(UTC)})
        store.append([last])
        assert store.newest(1) == (last,)
        assert (len(store.newest(100_000)) - 1) % 5 == 0


def test_a_file_with_names_that_are_no_text_is_set_aside(path: Path) -> None:
    EventStore(path, quiet).append([event()])
    path.write_bytes(path.read_bytes().replace(b"CREATE TABLE events", b"CREATE T\x80BLE event\xff"))
    said: list[str] = []
    assert EventStore(path, said.append).newest(1) == ()
    assert f"{path} was damaged" in said[0]


@pytest.mark.parametrize("damage", [b"", b"not a database at all, but long enough" * 100])
def test_a_damaged_file_is_set_aside_and_a_new_one_begun(path: Path, damage: bytes) -> None:
    EventStore(path, quiet).append(event(number) for number in range(2000))
    content = path.read_bytes()
    path.write_bytes(damage or content[:4096] + b"\xff" * (len(content) - 4096))
    said: list[str] = []
    store = EventStore(path, said.append)
    assert store.newest(10) == ()
    store.append([event(7)])
    assert store.newest(10) == (event(7),)
    assert len(said) == 1
    assert f"{path} was damaged" in said[0]
    aside = path.with_name("events.damaged.db")
    assert str(aside) in said[0]
    assert aside.exists()


USUAL = ("2026-11-20T04:00:00+00:00", "openclaw:rescue", "started", "why", "{}")
NONSENSE = {
    "at": ("zzzz", "2026-11-20T05:00:00", "9999-12-31T23:00:00-14:00", "0001-01-01T00:00:00+14:00", "9" * 400, b"\xff"),
    "instance": (b"\xff",),
    "kind": (b"\xff",),
    "detail": ("{", "[1]", "7", '{"x": NaN}', '{"x": 1e999}', f'{{"x": {"9" * 5000}}}', "[" * 5000, b"\xff", b"{}"),
}


@pytest.mark.parametrize(("column", "value"), [(name, value) for name, values in NONSENSE.items() for value in values])
@pytest.mark.parametrize("instances", [(), ("openclaw:rescue", "openclaw:main")])
def test_a_row_that_makes_no_sense_costs_that_row_alone(
    path: Path, column: str, value: object, instances: tuple[str, ...]
) -> None:
    written = [event(number) for number in range(120)]
    EventStore(path, quiet).append(written)
    row = dict(zip(("at", "instance", "kind", "cause", "detail"), USUAL, strict=True)) | {column: value}
    with sqlite3.connect(path) as database:
        for _ in range(100):
            database.execute(
                "INSERT INTO events (at, instance, kind, cause, detail) VALUES (?,?,?,?,?)", (*row.values(),)
            )
    said: list[str] = []
    store = EventStore(path, said.append)
    assert [store.newest(10, instances), store.newest(200, instances)] == [tuple(written[-10:]), tuple(written)]
    named = not instances or column != "instance"
    assert said == ([f"{path} holds events that make no sense (100). They are left out; all others are there."] * named)


def test_text_that_is_no_utf8_is_shown_as_far_as_it_is(path: Path) -> None:
    EventStore(path, quiet).append([event()])
    with sqlite3.connect(path) as database:
        database.execute("UPDATE events SET cause = CAST(x'61ff' AS TEXT)")
    assert [found.cause for found in EventStore(path, quiet).newest(10)] == ["a\ufffd"]


def test_a_row_with_the_highest_number_of_all_does_not_have_the_others_forgotten(path: Path) -> None:
    store = EventStore(path, quiet, kept=5)
    store.append([event(number) for number in range(5)])
    with sqlite3.connect(path) as database:
        database.execute("UPDATE events SET number = 9223372036854775807 WHERE number = 5")
    store.append([event(7)])
    assert len(store.newest(10)) == 5


def test_a_row_with_the_lowest_number_of_all_is_forgotten_in_its_turn(path: Path) -> None:
    store = EventStore(path, quiet, kept=5)
    store.append([event()])
    with sqlite3.connect(path) as database:
        database.execute("UPDATE events SET number = -9223372036854775808")
    for number in range(1, 5):
        store.append([event(number)])
    assert [found.detail["pid"] for found in store.newest(10)] == [0, 1, 2, 3, 4]
    store.append([event(5)])
    assert [found.detail["pid"] for found in store.newest(10)] == [1, 2, 3, 4, 5]


def test_names_that_are_no_utf8_are_kept_with_escapes(path: Path) -> None:
    store = EventStore(path, quiet)
    store.append([Event(at=NOW, instance="a:\udcff", kind="\ud800", cause="caf\udce9", detail={"from": "\udcff"})])
    (found,) = store.newest(10, ["a:\udcff"])
    assert (found.instance, found.kind, found.cause) == ("a:\\udcff", "\\ud800", "caf\\udce9")


@pytest.mark.parametrize("part", ["", "-wal", "-journal", "-shm"])
@pytest.mark.parametrize("spoil", [os.mkfifo, Path.mkdir, lambda path: path.symlink_to("/dev/zero")])
@pytest.mark.timeout(20)
def test_what_is_no_file_is_never_opened(path: Path, part: str, spoil: Callable[[Path], object]) -> None:
    EventStore(path, quiet).append([event()])
    odd = Path(f"{path}{part}")
    odd.unlink(missing_ok=True)
    spoil(odd)
    store = EventStore(path, quiet)
    for use in (lambda: store.newest(10), lambda: store.append([event()])):
        with pytest.raises(EventStoreError, match=f"{odd} is not a regular file. Move it away"):
            use()
    assert store.mark() == store.mark()


def test_a_file_that_is_far_too_large_is_set_aside(path: Path) -> None:
    EventStore(path, quiet).append([event()])
    with path.open("r+b") as file:
        file.truncate(3 << 30)
    said: list[str] = []
    assert EventStore(path, said.append).newest(10) == ()
    assert "is larger than 256 MiB" in said[0]


def test_a_secret_that_an_older_claw_tui_has_kept_is_not_shown(path: Path) -> None:
    canaries = Canaries()
    EventStore(path, quiet).append(
        [
            Event(
                at=NOW,
                instance="openclaw:rescue",
                kind=Kind.DIED,
                cause=f"password: {canaries.plant('cause')}",
                detail={
                    "reason": f"sent token={canaries.plant('detail')}, refused",
                    "pid": 7,
                    "commands": (f"x --token {canaries.plant('command')}",),
                },
            )
        ]
    )
    (shown,) = EventStore(path, quiet).newest(1)
    assert not canaries.found_in(str(shown))
    assert shown.detail["pid"] == 7


def test_a_view_in_the_place_of_the_events_that_never_ends_is_set_aside(path: Path) -> None:
    EventStore(path, quiet).append([event()])
    with closing(sqlite3.connect(path)) as database:
        database.executescript(
            "ALTER TABLE events RENAME TO others; CREATE VIEW events AS WITH RECURSIVE rows(number) AS"
            " (SELECT 1 UNION ALL SELECT number + 1 FROM rows)"
            " SELECT number, '' AS at, NULL AS instance, '' AS kind, NULL AS cause, '{}' AS detail FROM rows"
        )
    said: list[str] = []
    assert EventStore(path, said.append).newest(1) == ()
    assert "view" in said[0]
    assert path.with_name("events.damaged.db").exists()


def test_the_database_of_a_newer_claw_tui_is_left_alone(path: Path) -> None:
    EventStore(path, quiet).append([event()])
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA user_version = 99")
    with pytest.raises(EventStoreError, match="another version"):
        EventStore(path, quiet).append([event()])
    with sqlite3.connect(path) as database:
        assert database.execute("SELECT count(*) FROM events").fetchone() == (1,)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    with mounted(tmp_path / "disk") as disk:
        yield disk


def test_a_full_disk_is_said_and_nothing_that_was_written_is_lost(small_disk: Path) -> None:
    store = EventStore(small_disk / "state" / "events.db", quiet)
    store.append([event(1)])
    filler = fill(small_disk)
    with pytest.raises(EventStoreError, match="disk"):
        store.append(event(number) for number in range(5000))
    assert store.newest(10) == (event(1),)
    filler.unlink()
    store.append([event(2)])
    assert store.newest(10) == (event(1), event(2))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0o500)
    with pytest.raises(EventStoreError, match="Permission denied"):
        EventStore(tmp_path / "closed" / "state" / "events.db", quiet).append([event()])


def test_a_full_disk_without_a_database_has_no_events(small_disk: Path) -> None:
    fill(small_disk)
    with pytest.raises(EventStoreError, match="disk"):
        EventStore(small_disk / "events.db", quiet).append([event()])
    assert EventStore(small_disk / "events.db", quiet).newest(10) == ()


def test_a_place_that_others_may_write_to_is_neither_read_nor_written(path: Path) -> None:
    store = EventStore(path, quiet)
    store.append([event()])
    path.parent.chmod(0o777)
    with pytest.raises(EventStoreError, match="others may write to"):
        store.newest(10)
    with pytest.raises(EventStoreError, match="others may write to"):
        store.append([event()])


@pytest.mark.parametrize("umask", [0o000, 0o777])
def test_the_files_that_sqlite_makes_beside_it_are_private_whatever_the_umask(path: Path, umask: int) -> None:
    path.parent.mkdir(exist_ok=True)
    before = os.umask(umask)
    try:
        EventStore(path, quiet).append([event()])
        with closing(sqlite3.connect(path)) as database:  # so that the files stay until it is closed
            EventStore(path, quiet).append([event()])
            database.execute("SELECT count(*) FROM events").fetchone()
            modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    finally:
        os.umask(before)
    assert modes.keys() >= {"events.db", "events.db-wal", "events.db-shm", "events.lock"}
    assert set(modes.values()) == {0o600}


def test_a_place_that_is_a_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("")
    with pytest.raises(EventStoreError, match=r"cannot be kept in .*: Not a directory\."):
        EventStore(tmp_path / "state" / "events.db", quiet).append([event()])


def test_two_writers_lose_nothing_from_the_first_moment_on(path: Path) -> None:
    processes = [writer(path, 3, 40, f"openclaw:{name}") for name in "abc"]
    for process in processes:
        output, _ = process.communicate(timeout=60)
        assert process.returncode == 0
        assert "damaged" not in output
    found = EventStore(path, quiet).newest(1000)
    for name in "abc":
        assert [one.detail["round"] for one in found if one.instance == f"openclaw:{name}"] == [
            number for number in range(40) for _ in range(3)
        ]


def test_who_comes_second_to_a_damaged_file_leaves_the_new_one_alone(path: Path) -> None:
    EventStore(path, quiet).append([event(1)])
    seen = identify(path)
    assert set_aside(path, seen) == path.with_name("events.damaged.db")
    EventStore(path, quiet).append([event(2)])
    assert set_aside(path, seen) is None
    assert EventStore(path, quiet).newest(10) == (event(2),)


def test_several_that_meet_a_damaged_file_set_it_aside_once_and_lose_nothing(path: Path) -> None:
    EventStore(path, quiet).append([event()])
    path.write_bytes(b"damaged" * 1000)
    processes = [writer(path, 3, 20, f"openclaw:{name}") for name in "abc"]
    said = [process.communicate(timeout=60)[0] for process in processes]
    assert "".join(said).count("was damaged") == 1
    found = EventStore(path, quiet).newest(1000)
    for name in "abc":
        assert len([one for one in found if one.instance == f"openclaw:{name}"]) == 60


def test_only_the_newest_are_kept(path: Path) -> None:
    store = EventStore(path, quiet, kept=100)
    for start in range(0, 1000, 7):
        store.append(event(number) for number in range(start, start + 7))
    assert [found.detail["pid"] for found in store.newest(10_000)] == list(range(1001 - 100, 1001))


@pytest.mark.slow
def test_any_number_of_events_takes_no_more_room_than_those_that_are_kept(path: Path) -> None:
    store = EventStore(path, quiet)
    one = event()
    store.append(one for _ in range(30_000))
    size = path.stat().st_size
    store.append(one for _ in range(170_000))
    assert len(store.newest(200_000)) == 20_000
    assert path.stat().st_size < 1.2 * size < 8 << 20
    assert sum(file.stat().st_size for file in path.parent.iterdir()) < 16 << 20  # with the WAL, if there is one
