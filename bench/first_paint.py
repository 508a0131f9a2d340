"""From spawn to the first paint, and to all twenty rows, against a bare Textual app with a table of twenty rows."""

import asyncio
import sys
from collections.abc import Callable, Mapping, Sequence
from statistics import median

from bench import homes
from bench.cold_ls import CLAW_TUI
from bench.measurement import Baseline, Measurement, Result
from bench.terminal import Lines, TimedTerminal
from claw_tui.shell.splash import LOOKING
from gateway_core.demo.home import DemoHome

PROFILES = 20
REACH = 1.5
_ROUNDS = 9


def run() -> list[Result]:
    """In a real pseudo-terminal."""
    return asyncio.run(_measure())


async def _measure() -> list[Result]:
    async with DemoHome() as home:
        ids = [profile.id for profile in homes.stopped(home, PROFILES)]
        dashboard = (str(CLAW_TUI),)
        bare = (sys.executable, "-m", "bench.bare_table", *ids)
        rounds = [
            (*_times(dashboard, home.environment, (LOOKING, "Quit"), ids), *_times(bare, home.environment, ids))
            for _ in range(_ROUNDS)
        ]
    frame_s, rows_s, bare_s = map(median, zip(*rounds, strict=True))
    baseline = Baseline(f"bare Textual table of {PROFILES} rows", bare_s)
    what = f"dashboard with {PROFILES} profiles"
    return [
        Measurement(f"{what}: first paint", frame_s, baseline=baseline, reach=REACH),
        Measurement(f"{what}: all rows on screen", rows_s, baseline=baseline, reach=REACH),
    ]


def _times(command: Sequence[str], environment: Mapping[str, str], *frames: Sequence[str]) -> list[float]:
    """Seconds from spawn until each of these groups of texts was on screen as a whole."""
    with TimedTerminal(command, environment) as terminal:
        return [terminal.when_shown(_all_of(texts), *texts) - terminal.started_at for texts in frames]


def _all_of(texts: Sequence[str]) -> Callable[[Lines], bool]:
    return lambda lines: all(text in "\n".join(lines) for text in texts)
