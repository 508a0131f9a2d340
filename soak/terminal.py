"""A program on a pseudo-terminal whose output nobody keeps, but for the end of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress

from bench.terminal import ProgramTerminal

_COLUMNS, _LINES = 120, 36
_KEPT = 500_000  # bytes


class DrainedTerminal(ProgramTerminal):
    """Keeps the end of the output: `with DrainedTerminal(command, environment) as terminal`."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self.last = b""  # of what it printed
        super().__init__(command, environment, _COLUMNS, _LINES)

    def press(self, keys: str) -> float:
        with suppress(OSError):  # it has ended
            return super().press(keys)
        return 0

    def take(self, piece: bytes) -> None:
        self.last = (self.last + piece)[-_KEPT:]
