"""The first snapshot of a home with a thousand profiles, in a process that has only imported its modules.

`python -m bench.first_look` is that process: it prints the seconds that one look at the caller's home takes.
"""

import asyncio
import statistics
import subprocess
import sys
from collections.abc import Mapping
from time import perf_counter

from bench import homes
from bench.measurement import Measurement, Result
from gateway_core.demo.home import DemoHome
from gateway_core.local_host import this_host
from gateway_core.monitor.monitor import take_snapshot

PROFILES = 1000
REACH_S = 1.5
_ROUNDS = 5


def run() -> list[Result]:
    """Every round is a new process."""
    return asyncio.run(_measure())


async def _measure() -> list[Result]:
    async with DemoHome() as home:
        homes.stopped(home, PROFILES)
        seconds = statistics.median(_seconds(home.environment) for _ in range(_ROUNDS))
    return [Measurement(f"first snapshot of {PROFILES} profile dirs", seconds, reach=REACH_S)]


def _seconds(environment: Mapping[str, str]) -> float:
    look = (sys.executable, "-m", "bench.first_look")
    return float(subprocess.run(look, env=environment, stdout=subprocess.PIPE, check=True).stdout)


def _time_one_look() -> float:
    host = this_host()
    begun = perf_counter()
    asyncio.run(take_snapshot(host))
    return perf_counter() - begun


if __name__ == "__main__":
    print(_time_one_look())
