"""The soak itself: it begins, presses keys, counts, ends, and leaves nothing behind."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from soak.__main__ import LIMITS, judged
from soak.keys import some_keys

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_a_short_soak_prints_what_the_dashboard_holds_and_leaves_nothing_behind(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "soak", "--minutes", "0.2", "--seed", "3"],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=110,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("seed 3, 0.2 minutes")
    assert "too short to judge" in done.stdout
    shown = {line.split("  ")[0] for line in done.stdout.splitlines()}
    assert set(LIMITS) <= shown
    tasks = re.search(r"^tasks +\d+ +(\d+) +(\d+) ", done.stdout, re.MULTILINE)
    assert tasks is not None, "the dashboard showed nothing"
    assert int(tasks[2]) > 20, done.stdout
    assert list(tmp_path.iterdir()) == []


def samples(name: str, figures: list[float]) -> list[dict[str, float]]:
    return [dict.fromkeys(LIMITS, 1.0) | {"seconds": float(at), name: figure} for at, figure in enumerate(figures)]


@pytest.mark.parametrize("name", LIMITS)
def test_what_grows_to_the_end_is_named(name: str) -> None:
    step = max(LIMITS[name][0], 1)
    assert judged(samples(name, [number * step for number in range(40)])) == [name]


@pytest.mark.parametrize("name", LIMITS)
def test_what_grows_at_first_and_then_stays_is_flat(name: str) -> None:
    step = max(LIMITS[name][0], 1)
    assert judged(samples(name, [min(number, 18) * step for number in range(40)])) == []


@pytest.mark.parametrize("name", LIMITS)
def test_what_is_needed_for_a_while_is_no_growth(name: str) -> None:
    step = max(LIMITS[name][0], 1)
    assert judged(samples(name, [9 * step if number % 4 else step for number in range(40)])) == []
    assert judged(samples(name, [9 * step if number % 4 and number > 29 else step for number in range(40)])) == []


def test_the_same_seed_presses_the_same_keys() -> None:
    import random

    one, other = random.Random(5), random.Random(5)
    pressed = [some_keys(one) for _ in range(500)]
    assert pressed == [some_keys(other) for _ in range(500)]
    assert len(set(pressed)) > 80
