"""How quick the dashboard stays while it follows a busy log: from a key to the terminal, and its event loop's waits."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from statistics import median

from bench.cold_ls import CLAW_TUI
from bench.log_reading import LOOP_REACH_S, RATE, WRITER, line_of, watched
from bench.measurement import Measurement, Result
from bench.terminal import Lines, TimedTerminal
from claw_tui.actions.model import LOGS
from claw_tui.app import ClawTui
from claw_tui.hosts.local import local_gateway_host, read_only_gateway_host
from claw_tui.logs.pane import LogPane
from gateway_core.demo.home import DemoHome
from gateway_core.demo.installation import DemoProfile

REACH_S = 0.1
_SAMPLES = 12
_SECONDS = 120
_BETWEEN_S = 0.4
_WATCHED_S = 10
_DEADLINE_S = 20


def run() -> list[Result]:
    """The median and the worst of a number of pauses and resumptions in the mode of logs; then the app without keys."""
    return asyncio.run(_measure())


async def _measure() -> list[Result]:
    async with DemoHome() as home:
        profile = home.add_profile("openclaw", "busy")
        line = line_of(profile.log_file)
        with TimedTerminal((str(CLAW_TUI),), home.environment) as terminal:
            terminal.when_shown(_shows(profile.id), profile.id)
            terminal.press("l")
            terminal.when_shown(_shows("following"), "following")
            async with _busy(profile, line):
                taken = [await _toggle(terminal, paused=number % 2 == 0) for number in range(_SAMPLES)]
        idle_s, busy_s = await _longest_waits(home, profile, line)
    what = f"log of {RATE:,} lines/s"
    return [
        Measurement(f"{what}: key → paint, median", median(taken), reach=REACH_S),
        Measurement(f"{what}: key → paint, worst of {_SAMPLES}", max(taken)),
        Measurement(f"{what}: longest wait of the app's event loop", busy_s, reach=LOOP_REACH_S),
        Measurement("the same while nothing is written", idle_s),
    ]


@asynccontextmanager
async def _busy(profile: DemoProfile, line: str) -> AsyncIterator[None]:
    """Write that log all the time, beginning a while before the block."""
    arguments = (str(profile.log_file), line, str(RATE), str(_SECONDS), "50")
    writer = await asyncio.create_subprocess_exec(sys.executable, "-c", WRITER, *arguments)
    try:
        await asyncio.sleep(1)
        yield
    finally:
        writer.kill()
        await writer.wait()


async def _longest_waits(home: DemoHome, profile: DemoProfile, line: str) -> tuple[float, float]:
    """The longest waits of the whole app in its mode of logs: without and with something to follow."""
    app = ClawTui(read_only_gateway_host(local_gateway_host(home.host)))
    async with app.run_test(size=(160, 48)) as pilot:
        async with asyncio.timeout(_DEADLINE_S):
            while app.current_mode != LOGS.name or app.screen.query_one(LogPane).empty:
                await pilot.press("3")
                await pilot.pause(0.1)
        _, idle_s = await watched(lambda: asyncio.sleep(_WATCHED_S))
        async with _busy(profile, line):
            _, busy_s = await watched(lambda: asyncio.sleep(_WATCHED_S))
    return idle_s, busy_s


async def _toggle(terminal: TimedTerminal, *, paused: bool) -> float:
    await asyncio.sleep(_BETWEEN_S)
    pressed_at = terminal.press(" ")
    word = "paused" if paused else "following"
    return terminal.when_shown(_shows(word), word) - pressed_at


def _shows(text: str) -> Callable[[Lines], bool]:
    return lambda lines: any(text in line for line in lines)
