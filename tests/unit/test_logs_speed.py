"""The time that a look for errors in a log takes, compared to that of reading it."""

import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from gateway_core.logs.file_reader import FileReader
from gateway_core.logs.lines import LineSelection, LogFilter
from gateway_core.logs.model import Level
from gateway_core.logs.sources import FileLog, LogPath, Origin
from gateway_core.system.clock import SystemClock
from tests.log_files import ALONE

SIZE = 10_000_000
ATTEMPTS = 7


def took(work: Callable[[], object]) -> float:
    begun = time.thread_time()
    work()
    return time.thread_time() - begun


@pytest.mark.parametrize("line", ["a", "", "{}", "12:00:01 INFO x", "ERR", "error"])
@pytest.mark.parametrize("only", [LogFilter(Level.ERROR), LogFilter(Level.ERROR, "x"), LogFilter(None, "nowhere")])
def test_looking_takes_no_longer_than_reading_all_lines_twice(tmp_path: Path, line: str, only: LogFilter) -> None:
    log = tmp_path / "gateway.log"
    piece = f"{line}\n".encode()
    log.write_bytes(b"ERROR the first x\n" + piece * (SIZE // max(len(piece), 2)))

    def read() -> None:
        with log.open(encoding="utf-8") as file:
            assert sum(1 for _ in file) > 1

    def look() -> None:
        wanted = LineSelection(frozenset({ALONE.instance}), only)
        reader = FileReader(FileLog(Origin.FILE, LogPath(log), (ALONE,)), wanted, SystemClock(), growing=False)
        with closing(reader):
            reader.open()
            assert len(list(reader.backwards())) == (only.level is not None)

    ratio = float("inf")
    for _ in range(ATTEMPTS):
        if ratio > 2:
            ratio = min(ratio, took(look) / took(read))
    assert ratio <= 2
