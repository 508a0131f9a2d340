"""The parts that all back ends share: options and context of an operation, deadlines, and launches."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from gateway_core.host import Clock, Host
from gateway_core.lifecycle.locking import OperationLock
from gateway_core.lifecycle.target import Target
from gateway_core.monitor.observer import Observer
from gateway_core.operations import StepLog


class Wait(StrEnum):
    """The point until which a start is followed."""

    LIVE = "live"  # it answers as a gateway on its port
    READY = "ready"  # and says that it is ready: its channels are up, for example


@dataclass(frozen=True, slots=True)
class Options:
    """The options of an operation."""

    timeout_s: float | None = None  # for each wait, instead of the distribution's own budgets
    backend: str | None = None  # `direct` or a service manager; `None`: as its service definition, if any, says
    force: bool = False  # start in spite of a port conflict; lifts nothing else, and ends nobody
    wait: Wait | None = None  # `None`: until it is live; of a restart, until it is ready again if it was
    confirmed: bool = False  # the user has agreed that this gateway is killed


DIRECT = "direct"  # the back end that needs no service manager


@dataclass(frozen=True, slots=True)
class OperationContext:
    """The objects that every part of a running operation shares."""

    host: Host
    observer: Observer
    steps: StepLog
    lock: OperationLock
    options: Options

    def deadline(self, budget_s: float, *, at_most_s: float = math.inf) -> Deadline:
        """A deadline from now on: the caller's timeout, else that budget; never longer than `at_most_s`."""
        seconds = self.options.timeout_s if self.options.timeout_s is not None else budget_s
        return Deadline(self.host.clock, min(seconds, at_most_s))


class Deadline:
    """A moment that a wait must not go beyond."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        self.seconds = seconds
        self._clock = clock
        self._at = clock.monotonic() + seconds

    @property
    def left_s(self) -> float:
        """Seconds until the deadline; 0 after it."""
        return max(0.0, self._at - self._clock.monotonic())


class Launch(Protocol):
    """A gateway on its way up."""

    @property
    def pids(self) -> tuple[int, ...]:
        """The processes that were launched, as far as they are known: the gateway is one of them, or below one."""

    def has_launched(self, target: Target) -> bool:
        """Whether the gateway that runs for the instance is the one that was launched, and not somebody else's."""

    async def ended(self, within_s: float) -> str | None:
        """Watch the gateway for so long; how it ended, or `None` if it has not."""

    async def last_lines(self) -> tuple[str, ...]:
        """The lines that the gateway printed last."""
