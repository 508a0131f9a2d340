"""How quick the dashboard stays while it follows a busy log: from a key to what it changes in the terminal."""

import asyncio
import sys
from collections.abc import Callable
from statistics import median

from bench.cold_ls import CLAW_TUI
from bench.log_reading import RATE, WRITER, line_of
from bench.measurement import Measurement, Result
from bench.terminal import Lines, Terminal
from gateway_core.demo.home import DemoHome

REACH_S = 0.1
_SAMPLES = 12
_SECONDS = 120
_BETWEEN_S = 0.4


def run() -> list[Result]:
    """The median and the worst of a number of pauses and resumptions, in the mode of logs."""
    return asyncio.run(_measure())


async def _measure() -> list[Result]:
    async with DemoHome() as home:
        profile = home.add_profile("openclaw", "busy")
        line = line_of(profile.log_file)
        with Terminal((str(CLAW_TUI),), home.environment) as terminal:
            terminal.when_shown(_shows(profile.id), profile.id)
            terminal.press("l")
            terminal.when_shown(_shows("following"), "following")
            arguments = (str(profile.log_file), line, str(RATE), str(_SECONDS), "50")
            writer = await asyncio.create_subprocess_exec(sys.executable, "-c", WRITER, *arguments)
            await asyncio.sleep(1)
            taken = [await _toggle(terminal, paused=number % 2 == 0) for number in range(_SAMPLES)]
            writer.kill()
            await writer.wait()
    what = f"log of {RATE:,} lines/s: key → paint"
    return [
        Measurement(f"{what}, median", median(taken), reach=REACH_S),
        Measurement(f"{what}, worst of {_SAMPLES}", max(taken)),
    ]


async def _toggle(terminal: Terminal, *, paused: bool) -> float:
    await asyncio.sleep(_BETWEEN_S)
    pressed_at = terminal.press(" ")
    word = "paused" if paused else "following"
    return terminal.when_shown(_shows(word), word) - pressed_at


def _shows(text: str) -> Callable[[Lines], bool]:
    return lambda lines: any(text in line for line in lines)
