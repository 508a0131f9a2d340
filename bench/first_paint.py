"""From spawn to the first frame that shows all twenty rows, against a bare Textual app with a table of twenty rows."""

import asyncio
import sys
from collections.abc import Mapping, Sequence
from statistics import median

from bench import homes
from bench.cold_ls import CLAW_TUI
from bench.measurement import Baseline, Measurement, Result
from bench.terminal import Lines, Terminal
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
        dashboard, bare = (str(CLAW_TUI),), (sys.executable, "-m", "bench.bare_table", *ids)
        rounds = [
            (_first_frame(dashboard, home.environment, ids), _first_frame(bare, home.environment, ids))
            for _ in range(_ROUNDS)
        ]
    ours_s, bare_s = (median(figures) for figures in zip(*rounds, strict=True))
    baseline = Baseline(f"bare Textual table of {PROFILES} rows", bare_s)
    return [Measurement(f"first paint of the dashboard, {PROFILES} profiles", ours_s, baseline=baseline, reach=REACH)]


def _first_frame(command: Sequence[str], environment: Mapping[str, str], ids: Sequence[str]) -> float:
    def all_shown(lines: Lines) -> bool:
        text = "\n".join(lines)
        return all(name in text for name in ids)

    with Terminal(command, environment) as terminal:
        return terminal.when_shown(all_shown, *ids) - terminal.started_at
