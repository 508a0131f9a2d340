"""`python -m soak [--minutes N] [--seed N] [--trace]`: soaks a dashboard, and says whether what it holds stays flat.

Exit codes: 0 flat from the middle on, or too short to say; 1 it grows, ended by itself, or had hardly anything to show.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import re
import secrets
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from statistics import median

from gateway_core.demo.home import DemoHome
from soak.churn import Churn
from soak.keys import some_keys
from soak.terminal import DrainedTerminal

_ROOT = Path(__file__).parents[1]
JUDGED_FROM_S = 120
SLOPE_FROM_S = 1800  # in less, caches that still fill look like a slow leak
_ENDING_S = 60
_CHANGES_PER_MINUTE = 6  # at the least; some fifty are usual
_KEY_PAUSE_S = (0.02, 0.4)
_MEBIBYTE = 1 << 20

_TELLING = re.compile(r"❱|^ *File |\.py:\d+|^Traceback|^\w*Error")
"""The lines of a traceback that say where it was, without the values."""
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|.)|\r")

Sample = dict[str, float]

LIMITS: dict[str, tuple[float, float]] = {
    "memory": (4 * _MEBIBYTE, 0.03),
    "own memory": (4 * _MEBIBYTE, 0.03),
    "descriptors": (4, 0),
    "threads": (2, 0),
    "tasks": (6, 0),
}
"""So much more than in the third quarter a figure may be in the last one, at its least: absolute, or as a share.

The least, because what leaks never goes away again, and what a sheet, a log or a key needs for a while does.
"""
MOST_PER_HOUR = dict.fromkeys(("memory", "own memory"), 24 * _MEBIBYTE)
"""So fast a figure may grow in the second half of a long run: a leak too slow for `LIMITS`."""
_WINDOWS = 12


@dataclass(frozen=True, slots=True)
class Ended:
    """How a dashboard ended: its exit code (`None`: it did not when its time was up), and what it said last."""

    code: int | None
    last: bytes
    changes: int  # of the home meanwhile


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m soak")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--trace", action="store_true", help="say what grew since the middle; slow")
    options = parser.parse_args(arguments)
    seed = secrets.randbelow(1_000_000) if options.seed is None else options.seed
    print(f"seed {seed}, {options.minutes:g} minutes", flush=True)
    with tempfile.TemporaryDirectory(prefix="claw-tui-soak-") as directory:
        report = Path(directory, "report")
        ended = asyncio.run(soak(report, options.minutes * 60, seed, trace=options.trace))
        samples, grew = _read(report)
    return _tell(samples, grew, ended, options.minutes * 60)


async def soak(report: Path, seconds: float, seed: int, *, trace: bool) -> Ended:
    """Run it. Raises what ended the churn before the dashboard."""
    rng = random.Random(seed)
    async with DemoHome() as home:
        churn = Churn(home, random.Random(rng.random()))
        await churn.begin()
        words = [sys.executable, "-m", "soak.dashboard", str(home.base), str(report), str(seconds)]
        environment = {
            **home.environment,
            "EDITOR": "true",
            "CLAW_TUI_DEBUG": "1",
            "PYTHONPATH": f"{_ROOT}:{_ROOT / 'app'}",
        }
        with DrainedTerminal([*words, *(["--trace"] if trace else [])], environment) as terminal:
            churning = asyncio.create_task(churn.go_on())
            try:
                async with asyncio.timeout(seconds + _ENDING_S * (5 if trace else 1)):
                    pressed = await _press(terminal, rng, churning)
            except TimeoutError:
                return Ended(None, terminal.last, churn.done)
            finally:
                churning.cancel()
                await asyncio.gather(churning, return_exceptions=True)
            if not churning.cancelled():
                churning.result()
            print(f"{pressed} keys, {churn.done} changes of the home", flush=True)
            return Ended(terminal.exit_code, terminal.last, churn.done)


async def _press(terminal: DrainedTerminal, rng: random.Random, churning: asyncio.Task[None]) -> int:
    """Press keys until it, or the churn, ends; returns how often."""
    pressed = 0
    while terminal.exit_code is None and not churning.done():
        await asyncio.sleep(rng.uniform(*_KEY_PAUSE_S))
        if rng.random() < 0.01:
            terminal.resize(rng.choice((40, 80, 120, 200)), rng.choice((10, 24, 36, 60)))
        terminal.press(some_keys(rng))
        pressed += 1
    return pressed


def _read(report: Path) -> tuple[list[Sample], list[str]]:
    lines = [json.loads(line) for line in report.read_text().splitlines()] if report.exists() else []
    return [line for line in lines if "grew" not in line], [text for line in lines for text in line.get("grew", ())]


def _tell(samples: Sequence[Sample], grew: Sequence[str], ended: Ended, seconds: float) -> int:
    for text in grew:
        print(text)
    if ended.code != 0 or len(samples) < 8:
        how = "did not end in time" if ended.code is None else f"ended with {ended.code}"
        print(f"The dashboard {how}. It said last:")
        lines = _ESCAPES.sub("", ended.last.decode(errors="replace")).splitlines()
        print("\n".join([line for line in lines[:-5] if _TELLING.search(line)] + lines[-5:]))
        return 1
    if ended.changes < seconds / 60 * _CHANGES_PER_MINUTE:
        print(f"Hardly anything happened in the home: {ended.changes} changes.")
        return 1
    print(f"{'':<14}{'start':>10}{'middle':>10}{'end':>10}   least in the third quarter → in the last")
    for name in LIMITS:
        print(_line(name, samples))
    if seconds < JUDGED_FROM_S:
        print(f"Shorter than {JUDGED_FROM_S // 60} minutes: too short to judge.")
        return 0
    growing = judged(samples)
    print(f"Growing: {', '.join(growing)}" if growing else "Flat from the middle on.")
    if seconds < SLOPE_FROM_S:
        print(f"Shorter than {SLOPE_FROM_S // 60} minutes: a slow leak would not be seen.")
    return 1 if growing else 0


def judged(samples: Sequence[Sample]) -> list[str]:
    """The names of the figures that grow in the second half."""
    names = [name for name in LIMITS if _after(name, samples) > _limit(name, samples)]
    if samples[-1]["seconds"] - samples[0]["seconds"] >= 0.9 * SLOPE_FROM_S:
        names += [name for name, most in MOST_PER_HOUR.items() if name not in names and per_hour(name, samples) > most]
    return names


def per_hour(name: str, samples: Sequence[Sample]) -> float:
    """How fast a figure grows in the second half: the median of the slopes between the least of each of its parts.

    A single step, up or down, hardly moves that median (Theil and Sen).
    """
    half = samples[len(samples) // 2 :]
    width = max(1, len(half) // _WINDOWS)
    parts = [half[start : start + width] for start in range(0, len(half) - width + 1, width)]
    least = [min(part, key=lambda sample: sample[name]) for part in parts]
    slopes = ((b[name] - a[name]) / (b["seconds"] - a["seconds"]) for a, b in combinations(least, 2))
    return median(slopes) * 3600


def _before(name: str, samples: Sequence[Sample]) -> float:
    quarter = len(samples) // 4
    return min(sample[name] for sample in samples[2 * quarter : 3 * quarter])


def _after(name: str, samples: Sequence[Sample]) -> float:
    return min(sample[name] for sample in samples[-(len(samples) // 4) :])


def _limit(name: str, samples: Sequence[Sample]) -> float:
    absolute, share = LIMITS[name]
    before = _before(name, samples)
    return before + max(absolute, before * share)


def _line(name: str, samples: Sequence[Sample]) -> str:
    """The figures of that name."""
    figures = (samples[0][name], samples[len(samples) // 2][name], samples[-1][name])
    shown = "".join(f"{_shown(name, figure):>10}" for figure in figures)
    before, after, limit = (_shown(name, figure(name, samples)) for figure in (_before, _after, _limit))
    slope = f"; {per_hour(name, samples) / _MEBIBYTE:+.1f} MiB an hour" if name in MOST_PER_HOUR else ""
    return f"{name:<14}{shown}   {before} → {after}, at most {limit}{slope}"


def _shown(name: str, figure: float) -> str:
    return f"{figure / _MEBIBYTE:.1f} MiB" if "memory" in name else f"{figure:.0f}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
