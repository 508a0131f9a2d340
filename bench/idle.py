"""What a dashboard costs that nobody touches and in which nothing happens."""

import asyncio

import psutil

from bench import homes
from bench.cold_ls import CLAW_TUI
from bench.measurement import Measurement, Result, Unit
from bench.terminal import TimedTerminal
from gateway_core.demo.home import DemoHome

LIVE, LIVE_REACH = 20, 0.03
STOPPED, STOPPED_REACH = 200, 0.05
_SETTLING_S = 8
_WATCHED_S = 20


def run() -> list[Result]:
    """CPU time of the dashboard's process and of what it ran, over a while in a real pseudo-terminal."""
    return asyncio.run(_measure())


async def _measure() -> list[Result]:
    async with DemoHome() as home:
        await homes.live(home, LIVE)
        live = await _share_of_a_core(home, "running")
    async with DemoHome() as home:
        homes.stopped(home, STOPPED)
        stopped = await _share_of_a_core(home, "stopped")
    return [
        Measurement(f"idle dashboard, {LIVE} live instances", live, Unit.SHARE_OF_A_CORE, reach=LIVE_REACH),
        Measurement(f"idle dashboard, {STOPPED} stopped instances", stopped, Unit.SHARE_OF_A_CORE, reach=STOPPED_REACH),
    ]


async def _share_of_a_core(home: DemoHome, state: str) -> float:
    with TimedTerminal((str(CLAW_TUI),), home.environment) as terminal:
        terminal.when_shown(lambda lines: sum(state in line for line in lines) >= LIVE, state)
        await asyncio.sleep(_SETTLING_S)
        dashboard = psutil.Process(terminal.pid)
        before = _cpu_seconds(dashboard)
        await asyncio.sleep(_WATCHED_S)
        return (_cpu_seconds(dashboard) - before) / _WATCHED_S


def _cpu_seconds(process: psutil.Process) -> float:
    return sum(process.cpu_times()[:4])
