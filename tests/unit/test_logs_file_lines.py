"""Files read from their end, and followed through all that can happen to them."""

import os
import tracemalloc
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway_core.logs import file_lines
from gateway_core.logs.file_lines import Appended, end_of_lines, lines_backwards
from gateway_core.logs.records import LONGEST_LINE, LineSplitter
from gateway_core.logs.sources import LogPath


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "gateway.log"


@pytest.fixture
def appended(log: Path) -> Iterator[Appended]:
    with closing(Appended(log)) as found:
        yield found


def texts(appended: Appended) -> list[str]:
    return [line.data.decode() for line in appended.read()]


def write(path: Path, text: str, mode: str = "a") -> None:
    with path.open(mode) as file:
        file.write(text)


@given(st.lists(st.binary(max_size=30), max_size=12), st.integers(1, 40))
def test_backwards_is_forwards_reversed(pieces: list[bytes], block: int) -> None:
    content = b"\n".join(pieces)
    forwards = LineSplitter()
    expected = forwards.feed(content) + forwards.finish()
    usual, file_lines.BLOCK = file_lines.BLOCK, block
    descriptor = os.memfd_create("log")
    try:
        os.write(descriptor, content)
        assert list(lines_backwards(descriptor, len(content)))[::-1] == expected
        assert end_of_lines(descriptor) == content.rfind(b"\n") + 1
    finally:
        file_lines.BLOCK = usual
        os.close(descriptor)


def test_a_huge_line_takes_little_memory(log: Path) -> None:
    with log.open("wb") as file:
        file.write(b"first\n" + b"x" * (32 << 20) + b"\nlast\n")
    descriptor = os.open(log, os.O_RDONLY)
    tracemalloc.start()
    try:
        last, huge, first = lines_backwards(descriptor, log.stat().st_size)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        os.close(descriptor)
    assert (last.data, first.data, huge.offset) == (b"last", b"first", 6)
    assert (len(huge.data), huge.cut) == (LONGEST_LINE, True)
    assert peak < 8 << 20


def test_a_file_that_shrinks_meanwhile_ends_early(log: Path) -> None:
    write(log, "line\n" * 200_000)
    descriptor = os.open(log, os.O_RDONLY)
    lines = lines_backwards(descriptor, log.stat().st_size)
    next(lines)
    os.truncate(log, 10)
    assert len(list(lines)) < 200_000
    os.close(descriptor)


def test_what_is_appended_is_read_once_and_in_order(log: Path, appended: Appended) -> None:
    assert texts(appended) == []
    write(log, "a\nb\nc")
    assert texts(appended) == ["a", "b"]
    write(log, "d\n")
    assert texts(appended) == ["cd"]
    assert texts(appended) == []


def test_following_begins_where_it_is_told(log: Path, appended: Appended) -> None:
    write(log, "old\nnew\n")
    appended.begin_at(os.open(log, os.O_RDONLY), 4)
    assert texts(appended) == ["new"]


def test_rotation_loses_nothing(log: Path, appended: Appended) -> None:
    write(log, "a\n")
    assert texts(appended) == ["a"]
    writer = log.open("a")
    write(log, "b\n")
    log.rename(log.with_suffix(".1"))
    write(log, "c\n")
    assert texts(appended) == ["b"]
    writer.write("late\nunfinished")
    writer.close()
    assert texts(appended) == ["late", "c"]
    rest = [text for _ in range(60) for text in texts(appended)]
    assert rest == ["unfinished"]


def test_many_rotations_in_a_row(log: Path, appended: Appended) -> None:
    for number in range(20):
        write(log, f"{number}\n")
        log.rename(log.with_suffix(f".{number}"))
        write(log, f"{number} again\n")
        log.rename(log.with_suffix(f".{number}-again"))
        assert texts(appended) + texts(appended) in ([f"{number} again"], [])


@pytest.mark.parametrize("fresh", ["x\n", "the very same and more\nx\n" * 3])
def test_truncation_begins_anew(log: Path, appended: Appended, fresh: str) -> None:
    write(log, "a line before\n" * 3)
    assert len(texts(appended)) == 3
    write(log, fresh, "w")
    assert texts(appended) == fresh.splitlines()


def test_truncation_gives_away_the_unfinished_line(log: Path, appended: Appended) -> None:
    write(log, "whole\nhalf")
    texts(appended)
    write(log, "new\n", "w")
    assert texts(appended) == ["half", "new"]


def test_deletion_and_re_creation(log: Path, appended: Appended) -> None:
    write(log, "a\n")
    texts(appended)
    log.unlink()
    assert texts(appended) == []
    write(log, "b\n")
    assert [*texts(appended), *texts(appended)] == ["b"]


def test_much_comes_in_chunks(log: Path, appended: Appended) -> None:
    write(log, "0123456789\n" * 100_000)
    first = texts(appended)
    assert (len(first) > 0, appended.behind) == (True, True)
    count = 0
    while appended.behind:
        count += len(texts(appended))
    assert 0 < count < 100_000


@pytest.mark.parametrize("kind", ["fifo", "dir", "socket-like", "loop", "forbidden"])
def test_what_is_no_readable_file_is_said_and_does_not_block(log: Path, appended: Appended, kind: str) -> None:
    if kind == "fifo":
        os.mkfifo(log)
    elif kind == "dir":
        log.mkdir()
    elif kind == "loop":
        log.symlink_to(log)
    elif kind == "forbidden":
        if os.geteuid() == 0:
            pytest.skip("root may read everything")
        write(log, "x\n")
        log.chmod(0)
    else:
        log.symlink_to("/dev/zero")
    assert texts(appended) == []
    assert appended.fault
    if kind != "dir":
        log.unlink()
        write(log, "x\n")
        assert texts(appended) == ["x"]
        assert appended.fault is None


def test_days(tmp_path: Path) -> None:
    log = LogPath(tmp_path / "openclaw-main-2026-11-20.log")
    for name in ("openclaw-main-2026-11-19.log", "openclaw-main-2026-11-02.log", "openclaw-rescue-2026-11-20.log",
                 "openclaw-main-x.log", "openclaw-main-2026-11-20.log"):  # fmt: skip
        (tmp_path / name).touch()
    assert [path.name[-14:-4] for path in log.existing()] == ["2026-11-20", "2026-11-19", "2026-11-02"]
    assert log.on(date(2027, 1, 1)).name == "openclaw-main-2027-01-01.log"
    assert [path.name[-6:-4] for path in log.current(date(2026, 12, 1))] == ["30", "01", "02"]
    assert LogPath(tmp_path / "x.log").current(date(2026, 12, 1)) == (tmp_path / "x.log",)
    assert LogPath(tmp_path / "none" / "x.log").existing() == []
