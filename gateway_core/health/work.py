"""Whether a process gets on: the share of a core that it uses, or would use if it got one."""

from __future__ import annotations

from dataclasses import dataclass

LONGEST_START_S = 600.0  # a start that works for longer than this without a port is none any more
_LEAST_SHARE = 0.2
_NEARLY_ALL = 0.85


@dataclass(frozen=True, slots=True)
class Work:
    """The shares of a core since the previous look, at the first one since the process began."""

    cpu: float  # above 1: of several cores
    waiting: float = 0.0  # the time in which it could have worked, but another process had the core

    @property
    def gets_on(self) -> bool:
        """Whether it does more than an idle process, or would if the machine let it."""
        return self.cpu + self.waiting >= _LEAST_SHARE

    @property
    def spoken(self) -> str:
        """The words for it, such as `using a whole core`."""
        if self.waiting > self.cpu:
            return f"waiting for a core {min(self.waiting, 1):.0%} of the time"
        if self.cpu >= 1 + _NEARLY_ALL:
            return f"using {self.cpu:.0f} cores"
        return "using a whole core" if self.cpu >= _NEARLY_ALL else f"using {self.cpu:.0%} of a core"
