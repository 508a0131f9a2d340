"""What a bench hands back: a figure, what it is held against, and what it is to reach."""

from dataclasses import dataclass
from enum import StrEnum


class Unit(StrEnum):
    """What a figure counts."""

    SECONDS = "s"
    CPU_SECONDS = "s CPU"
    SHARE_OF_A_CORE = "% of a core"


@dataclass(frozen=True, slots=True)
class Baseline:
    """What was measured in the same run, in turns with ours, in the same unit."""

    what: str
    figure: float


@dataclass(frozen=True, slots=True)
class Measurement:
    """One line of the table."""

    what: str
    ours: float
    unit: Unit = Unit.SECONDS
    baseline: Baseline | None = None
    reach: float | None = None
    """At most this ratio to the baseline; without a baseline, at most this figure. `None`: only for information."""

    @property
    def ratio(self) -> float | None:
        """Ours as a multiple of the baseline."""
        return self.ours / self.baseline.figure if self.baseline else None

    @property
    def met(self) -> bool | None:
        """Whether it reaches what it should; `None` if nothing was asked."""
        if self.reach is None:
            return None
        return (self.ours if self.ratio is None else self.ratio) <= self.reach


@dataclass(frozen=True, slots=True)
class NotMeasured:
    """A line that has no figure, and why."""

    what: str
    why: str


Result = Measurement | NotMeasured
