"""Graphs of block characters: a bar in each column, eight steps in each row, and a gap where nothing is known.

Textual's own Sparkline has no gaps, so that what is not known would be drawn as nothing used.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_STEPS = "▁▂▃▄▅▆▇█"
_MANTISSAS = (1, 2, 5)


@dataclass(frozen=True, slots=True)
class Scale:
    """The values at the lower and the upper edge of a graph."""

    low: float
    high: float

    def step(self, value: float, steps: int) -> int:
        """The step that a value reaches: at least the first, for it is known."""
        share = (value - self.low) / (self.high - self.low)
        return max(1, min(steps, round(share * steps)))


def scale_from_zero(values: Iterable[float | None], least_high: float) -> Scale:
    """From nothing to the next round number, but to `least_high` at least: so that a little of noise looks little."""
    most = max((value for value in values if value is not None), default=0.0)
    return Scale(0.0, max(least_high, _round_up(most)) if most > 0 else least_high)


def scale_from_least(values: Iterable[float | None], least_share: float) -> Scale:
    """From the least to the most, and over that share of it at least: what hardly changes is flat, and low."""
    known = [value for value in values if value is not None]
    least, most = (min(known), max(known)) if known else (0.0, 0.0)
    return Scale(least, max(most, least * (1 + least_share), least + 1e-9))


def _round_up(number: float) -> float:
    """The next one of 1, 2, 5, 10, 20, 50 and so on."""
    power = 10.0 ** math.floor(math.log10(number))
    return power * next((one for one in _MANTISSAS if one * power >= number), 10)


def bars(values: Sequence[float | None], scale: Scale, rows: int = 1) -> list[str]:
    """Draw the values in so many rows, from the top one down."""
    reached = [0 if value is None else scale.step(value, rows * len(_STEPS)) for value in values]
    floors = [row * len(_STEPS) for row in reversed(range(rows))]
    return ["".join(_block(steps - floor) for steps in reached) for floor in floors]


def _block(steps: int) -> str:
    return " " if steps <= 0 else _STEPS[min(steps, len(_STEPS)) - 1]
