"""The soak itself: it begins, presses keys, counts, ends, and leaves nothing behind."""

import asyncio
import os
import random
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway_core.demo.port_blocks import NoFreePortsError
from soak.__main__ import LIMITS, MOST_PER_HOUR, SLOPE_FROM_S, judged, soak
from soak.churn import Churn
from soak.keys import some_keys

ROOT = Path(__file__).parents[2]
MIB = 1 << 20


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


def an_hour(name: str, figure: Callable[[float, float], float], seconds: int = 3600) -> list[dict[str, float]]:
    """Samples of a run: a figure of the hours that have passed, and of a chance between 0 and 1."""
    chance = random.Random(7)
    times = range(0, seconds, 5)
    return [
        dict.fromkeys(LIMITS, 1.0) | {"seconds": float(at), name: figure(at / 3600, chance.random())} for at in times
    ]


@pytest.mark.parametrize("name", MOST_PER_HOUR)
def test_a_leak_of_half_a_mebibyte_a_minute_is_found_in_half_an_hour(name: str) -> None:
    def leak(hours: float, chance: float) -> float:
        return MIB * (100 + 30 * hours + 6 * chance)

    assert judged(an_hour(name, leak, SLOPE_FROM_S)) == [name]
    assert judged(an_hour(name, leak)) == [name]
    assert judged(an_hour(name, leak, SLOPE_FROM_S // 3)) == [], "too short for it"


@pytest.mark.parametrize("name", MOST_PER_HOUR)
def test_noise_and_a_step_are_no_leak(name: str) -> None:
    assert judged(an_hour(name, lambda _, chance: MIB * (100 + 20 * chance))) == []
    assert judged(an_hour(name, lambda hours, chance: MIB * (100 + 3 * (hours > 0.7) + chance))) == []


async def test_a_churn_that_fails_is_no_quiet_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(_: Churn) -> None:
        raise NoFreePortsError("there is no free block")

    monkeypatch.setattr(Churn, "begin", nothing)
    monkeypatch.setattr(Churn, "go_on", fail)
    with pytest.raises(NoFreePortsError):
        await soak(tmp_path / "report", 60, 1, trace=False)


async def test_a_report_that_cannot_be_written_ends_the_soak_and_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Churn, "begin", nothing)
    monkeypatch.setattr(Churn, "go_on", wait)
    ended = await soak(tmp_path, 60, 1, trace=False)
    assert ended.code == 1
    assert b"IsADirectoryError" in ended.last


async def nothing(_: Churn) -> None:
    pass


async def wait(_: Churn) -> None:
    await asyncio.Event().wait()


def test_the_same_seed_presses_the_same_keys() -> None:
    one, other = random.Random(5), random.Random(5)
    pressed = [some_keys(one) for _ in range(500)]
    assert pressed == [some_keys(other) for _ in range(500)]
    assert len(set(pressed)) > 80
