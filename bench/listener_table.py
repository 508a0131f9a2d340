"""The listening sockets of a busy host with their owners, against one raw pass over `/proc`."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from bench import floor
from bench.measurement import Baseline, Measurement, Result
from bench.turns import in_turns_blocking
from gateway_core.host import SocketScan
from gateway_core.system.sockets import LinuxSockets

PROCESSES, SOCKETS_EACH = 500, 4
_ROUNDS = 9


def run() -> list[Result]:
    """A look that knows nothing yet, and one by a program that keeps looking."""
    known = LinuxSockets()
    with _crowd():
        known.scan()
        floor_s, first_s, again_s = in_turns_blocking(_ROUNDS, floor.listeners, _first_scan, known.scan)
    what = f"{PROCESSES * SOCKETS_EACH} listeners of {PROCESSES} processes"
    baseline = Baseline("raw /proc pass", floor_s)
    return [
        Measurement(f"{what}, the first look", first_s, baseline=baseline),
        Measurement(f"{what}, another look", again_s, baseline=baseline),
    ]


def _first_scan() -> SocketScan:
    return LinuxSockets().scan()


@contextmanager
def _crowd() -> Iterator[None]:
    command = (sys.executable, "-m", "bench.crowd", str(PROCESSES), str(SOCKETS_EACH))
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as crowd:
        if crowd.stdout is None or not crowd.stdout.readline():
            raise RuntimeError("the crowd of listening processes did not come up")
        yield
