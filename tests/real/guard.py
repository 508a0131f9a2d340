"""Ends every process whose home lies in a directory, and removes it, as soon as whoever started this program has gone.

Run as `guard.py DIR` with a pipe as stdin. The other end of the pipe closes when the test run ends, also when it is
killed; so no gateway that it started, in whatever session or group, outlives it.
"""

import shutil
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil

_DEADLINE_S = 30


def main(directory: Path) -> None:
    """Wait for the end of the test run, then clean up after it."""
    sys.stdin.read()
    deadline = time.monotonic() + _DEADLINE_S
    while (left := _at_home_in(directory)) and time.monotonic() < deadline:
        for process in left:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(left, timeout=1)
    shutil.rmtree(directory, ignore_errors=True)


def _at_home_in(directory: Path) -> list[psutil.Process]:
    return [process for process in psutil.process_iter() if _home_of(process).is_relative_to(directory)]


def _home_of(process: psutil.Process) -> Path:
    try:
        return Path(process.environ().get("HOME", ""))
    except psutil.Error:
        return Path()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
