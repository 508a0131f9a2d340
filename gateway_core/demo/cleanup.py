"""Ends and removes a demo home when its owner is gone, however the owner ended.

`python -m gateway_core.demo.cleanup VARIABLE BASE`: the home is the directory `BASE`, and every process whose
environment has `VARIABLE=BASE` belongs to it. The owner holds the write end of this process's standard input.
Its end of file is the only signal there is.
"""

import os
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import suppress

import psutil


def processes_of(variable: str, base: str) -> Iterator[psutil.Process]:
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.environ().get(variable) == base:
                yield process


def kill_all(variable: str, base: str) -> None:
    """End every process of that home, those included that are born meanwhile."""
    while found := list(processes_of(variable, base)):
        for process in found:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        time.sleep(0.01)


def main(variable: str, base: str) -> None:
    os.read(sys.stdin.fileno(), 1)
    kill_all(variable, base)
    shutil.rmtree(base, ignore_errors=True)
    # A gateway that a wrapper started meanwhile finds no home, but may have created directories in its place.
    kill_all(variable, base)
    shutil.rmtree(base, ignore_errors=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
