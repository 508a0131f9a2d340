"""Ends and removes a demo home when its owner is gone, however the owner ended: `python -m gateway_core.demo.janitor`.

The owner holds the write end of the janitor's standard input. Its end of file is the only signal there is.
"""

import os
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil

from gateway_core.host import DEMO_VARIABLE


def residents(base: Path) -> Iterator[psutil.Process]:
    """The living processes that belong to that home."""
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.environ().get(DEMO_VARIABLE) == str(base):
                yield process


def evict(base: Path) -> None:
    """End every process of that home, at once."""
    while found := list(residents(base)):
        for process in found:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        time.sleep(0.01)


def main(base: Path) -> None:
    """Wait for the owner's end, then clear up."""
    os.read(sys.stdin.fileno(), 1)
    evict(base)
    shutil.rmtree(base, ignore_errors=True)
    evict(base)  # what a wrapper was about to start finds no home, but may have made a directory of it again
    shutil.rmtree(base, ignore_errors=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
