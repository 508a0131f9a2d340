"""A log of 1 GiB opened, in the core and on the dashboard's screen, and searched; and a busy one followed."""

import asyncio
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import aclosing, redirect_stdout
from io import StringIO
from pathlib import Path
from statistics import median
from time import perf_counter

from bench.cold_ls import CLAW_TUI
from bench.measurement import Measurement, Result
from bench.terminal import Lines, TimedTerminal
from bench.turns import in_turns
from gateway_core.demo.files import ProductLog
from gateway_core.demo.home import DemoHome
from gateway_core.demo.installation import DemoProfile
from gateway_core.local_host import this_host
from gateway_core.logs.lines import LogFilter
from gateway_core.logs.sources import FileLog, LogPath, Origin
from gateway_core.logs.view import LogView
from gateway_core.logs.writers import Writer

SIZE = 1 << 30
SCREEN = 200
FIRST_SCREEN_REACH_S = 0.2
RATE, SECONDS = 10_000, 30
DELAY_REACH_S = 0.5
LOOP_REACH_S = 0.05
_ROUNDS = 9
_SETTLING_S = 2
_INSTANCE = "openclaw:bench"
_MESSAGE = "handled request"
_BURSTS_PER_S = 50
_GLANCE_S = 0.002
_IDLE_S = 10

WRITER = """
import sys, time
path, line, rate, seconds, bursts = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:])
begin, number = time.monotonic(), 0
for burst in range(seconds * bursts):
    with open(path, "a") as file:
        for _ in range(rate // bursts):
            file.write(line.replace("NUMBER", str(number)) + "\\n")
            number += 1
    time.sleep(max(0, begin + (burst + 1) / bursts - time.monotonic()))
"""
"""Appends lines at that rate, in bursts as a busy gateway's event loop does."""


def run() -> list[Result]:
    """In this process and in a dashboard's, with the files in the system's temporary directory."""
    with tempfile.TemporaryDirectory(prefix="claw-tui-bench-") as directory:
        return asyncio.run(_measure(Path(directory)))


async def _measure(directory: Path) -> list[Result]:
    return [*await _huge(directory / "huge.log"), *await _busy(directory / "busy.log")]


async def _huge(path: Path) -> list[Result]:
    _fill(path)
    shown_s = await _first_screen(path)

    async def last_lines() -> None:
        async with _view(path) as view:
            await view.older(SCREEN)

    (read_s,) = await in_turns(_ROUNDS, last_lines)
    async with _view(path, LogFilter(pattern="nowhere to be found")) as view:
        search_s, longest_s = await watched(lambda: view.older(1))
    _, idle_s = await watched(lambda: asyncio.sleep(_IDLE_S))
    return [
        Measurement("log of 1 GiB: key → its last lines on screen, median", shown_s, reach=FIRST_SCREEN_REACH_S),
        Measurement(f"its last {SCREEN} lines read, without a screen", read_s, reach=FIRST_SCREEN_REACH_S),
        Measurement("search through all of it, in vain", search_s),
        Measurement("longest wait of the event loop meanwhile", longest_s, reach=LOOP_REACH_S),
        Measurement("the same while nothing is done", idle_s),
    ]


async def _first_screen(path: Path) -> float:
    """From the key that opens the logs to the first line on screen; each time in a dashboard that never showed any."""
    async with DemoHome() as home:
        profile = home.add_profile("openclaw", "huge")
        profile.log_file.parent.mkdir(parents=True, exist_ok=True)
        profile.log_file.symlink_to(path)
        return median([_opened(home, profile) for _ in range(_ROUNDS)])


def _opened(home: DemoHome, profile: DemoProfile) -> float:
    with TimedTerminal((str(CLAW_TUI),), home.environment) as terminal:
        terminal.when_shown(_shows(profile.id), profile.id)
        time.sleep(_SETTLING_S)
        pressed_at = terminal.press("l")
        return terminal.when_shown(_shows(_MESSAGE), _MESSAGE) - pressed_at


def _shows(text: str) -> Callable[[Lines], bool]:
    return lambda lines: any(text in line for line in lines)


async def _busy(path: Path) -> list[Result]:
    line = line_of(path.with_name("one.log"))
    async with _view(path) as view:
        follower = asyncio.create_task(_count(view, RATE * SECONDS))
        arguments = (str(path), line, str(RATE), str(SECONDS), str(_BURSTS_PER_S))
        writer = await asyncio.create_subprocess_exec(sys.executable, "-c", WRITER, *arguments)
        _, longest_s = await watched(writer.wait)
        written_at = perf_counter()
        async with asyncio.timeout(60):
            lost = await follower
        delay_s = perf_counter() - written_at
    what = f"{RATE:,} lines/s for {SECONDS} s"
    if lost:
        raise RuntimeError(f"{what}: {lost} lines were lost or came in another order")
    return [
        Measurement(f"{what}, none lost: end of writing → last line", delay_s, reach=DELAY_REACH_S),
        Measurement("longest wait of the event loop meanwhile", longest_s, reach=LOOP_REACH_S),
    ]


async def _count(view: LogView, expected: int) -> int:
    """How many of the numbered lines were not seen in their turn."""
    seen = wrong = 0
    async with aclosing(view.follow()) as news:
        async for lines in news:
            for line in lines:
                wrong += line.message != f"{_MESSAGE} {seen} of session main in 12 ms"
                seen += 1
            if seen >= expected:
                break
    return wrong


def _view(path: Path, only: LogFilter | None = None) -> LogView:
    log = FileLog(Origin.FILE, LogPath(path), (Writer(_INSTANCE),))
    return LogView([log], this_host(), [_INSTANCE], only=only)


def _fill(path: Path) -> None:
    piece = (line_of(path.with_name("one.log")) + "\n").encode()
    block = piece * ((4 << 20) // len(piece))
    with path.open("wb") as file:
        while file.tell() < SIZE:
            file.write(block)


async def watched(work: Callable[[], Awaitable[object]]) -> tuple[float, float]:
    """How long the work takes, and the longest that the event loop kept others waiting meanwhile."""
    begun = perf_counter()
    task = asyncio.ensure_future(work())
    longest = 0.0
    while not task.done():
        glanced = perf_counter()
        await asyncio.sleep(_GLANCE_S)
        longest = max(longest, perf_counter() - glanced - _GLANCE_S)
    await task
    return perf_counter() - begun, longest


def line_of(path: Path) -> str:
    """One line as openclaw 2026.9 writes it."""
    with redirect_stdout(StringIO()):
        ProductLog(path, "openclaw", named_message=True).write(f"{_MESSAGE} NUMBER of session main in 12 ms")
    return path.read_text("utf-8").splitlines()[-1]
