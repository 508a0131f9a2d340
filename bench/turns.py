"""Measuring several things in turns, so that a busy machine slows all of them alike."""

from collections.abc import Awaitable, Callable
from statistics import median
from time import perf_counter

Timer = Callable[[], float]
"""Seconds; differences count."""


async def in_turns(
    rounds: int, *measured: Callable[[], Awaitable[object]], timer: Timer = perf_counter
) -> tuple[float, ...]:
    """The median that each of these takes by that timer, after one unmeasured round."""
    taken: list[list[float]] = [[] for _ in measured]
    for number in range(rounds + 1):
        for figures, work in zip(taken, measured, strict=True):
            begun = timer()
            await work()
            if number:
                figures.append(timer() - begun)
    return tuple(median(figures) for figures in taken)


def in_turns_blocking(rounds: int, *measured: Callable[[], object], timer: Timer = perf_counter) -> tuple[float, ...]:
    """As `in_turns`, for what blocks; nothing is left out of the median."""
    taken: list[list[float]] = [[] for _ in measured]
    for _ in range(rounds):
        for figures, work in zip(taken, measured, strict=True):
            begun = timer()
            work()
            figures.append(timer() - begun)
    return tuple(median(figures) for figures in taken)
