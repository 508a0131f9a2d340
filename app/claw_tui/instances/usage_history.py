"""What each instance used and how it was, kept in memory for as long as the dashboard has been open."""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from time import monotonic
from typing import TypeAlias, TypeVar

from claw_tui.text.states import STATE_STYLES
from gateway_core.snapshot import Instance, Snapshot, State

SLOT_S = 2.5
SLOTS = 480
"""Twenty minutes, in less than 7 KiB for each instance."""

_ABSENT = -1.0
_UNSEEN = 255
_MOST_KINDS = 8  # of graphs of one instance: of the table, and in details of some sizes
_STATES = (*(state for state in STATE_STYLES if state is not State.RUNNING), State.RUNNING)
"""What a slot or a column of several shows first: whatever needs a person, and any other state before a calm one."""
_ASLEEP_S = 10.0  # so far the clock on the wall runs ahead after a sleep of the machine; less is a correction

_Process: TypeAlias = tuple[int, datetime]
Ring = TypeVar("Ring", "array[float]", bytearray)


class Measure(Enum):
    """What is measured of a process."""

    CPU = "cpu"  # percent of one core
    MEMORY = "memory"  # bytes
    LAG = "lag"  # seconds that its event loop was late

    def of(self, instance: Instance) -> float | None:
        process, http = instance.signals.process, instance.signals.http
        if process is None:
            return None
        match self:
            case Measure.CPU:
                return process.cpu_percent
            case Measure.MEMORY:
                return process.rss_bytes
            case Measure.LAG:
                return http.event_loop_delay_s if http is not None and http.live else None


@dataclass(frozen=True, slots=True)
class Window:
    """The time that a graph shows: its columns, the slots in each, and the newest slot, which lies in the last one.

    A column begins at a multiple of its length, so that a column that is over never changes.
    """

    columns: int
    each: int
    end: int

    @property
    def first(self) -> int:
        """The first slot of the first column."""
        return (self.end // self.each - self.columns + 1) * self.each

    @property
    def seconds(self) -> float:
        return self.columns * self.each * SLOT_S


class InstanceHistory:
    """The slots of one instance, in rings: measures of the process that runs or ran last, and states."""

    __slots__ = ("_began", "_last", "_measured", "_over", "_process", "_states")

    def __init__(self, slot: int) -> None:
        self._began, self._last = slot, slot - 1
        self._process: _Process | None = None
        self._measured = {measure: array("f", [_ABSENT]) * SLOTS for measure in Measure}
        self._states = bytearray([_UNSEEN]) * SLOTS
        self._over: dict[tuple[Measure, int, int], tuple[int, tuple[float, ...]]] = {}
        """Columns that are over: of each kind of graph the number of the one that is not, and those before it."""

    def note(self, slot: int, instance: Instance, *, unchanged_until_now: bool) -> None:
        """Keep what is in that slot; what nothing was heard of was as before, or is not known."""
        self._fill_until(slot, unchanged=unchanged_until_now)
        self._follow_process(instance)
        at, again = slot % SLOTS, slot == self._last
        for measure, values in self._measured.items():
            value = measure.of(instance)
            seen = _ABSENT if value is None else value
            values[at] = max(values[at], seen) if again else seen
        rank = _STATES.index(instance.state)
        self._states[at] = min(self._states[at], rank) if again else rank
        self._last = slot

    def measured(self, measure: Measure, window: Window) -> tuple[float | None, ...]:
        """The most in each column; a column in which nothing was measured is a gap."""
        kind, running = (measure, window.columns, window.each), window.end // window.each
        number, over = self._over.get(kind, (-1, ()))
        if number != running:
            over = self._most(measure, window)[:-1]
            if len(self._over) >= _MOST_KINDS:
                self._over.clear()
            self._over[kind] = running, over
        newest = self._most(measure, Window(1, window.each, window.end))
        return tuple([None if value == _ABSENT else value for value in (*over, *newest)])

    def _most(self, measure: Measure, window: Window) -> tuple[float, ...]:
        return tuple([max(part, default=_ABSENT) for part in self._columns(self._measured[measure], window)])

    def states(self, window: Window) -> tuple[State | None, ...]:
        """The state in each column that most needs a look."""
        ranks = [min(part, default=_UNSEEN) for part in self._columns(self._states, window)]
        return tuple(None if rank == _UNSEEN else _STATES[rank] for rank in ranks)

    def state_slots(self, window: Window) -> Counter[State]:
        """The number of slots in each state."""
        counted = Counter(rank for part in self._columns(self._states, window) for rank in part if rank != _UNSEEN)
        return Counter({_STATES[rank]: number for rank, number in counted.items()})

    def _columns(self, ring: Ring, window: Window) -> Iterator[Ring]:
        """The slots of each column; those that have passed since the last note are as that was."""
        begin = max(window.first, self._began, window.end - SLOTS + 1)
        kept = _cut(ring, begin, self._last + 1) if begin <= self._last else ring[:0]
        since = ring[self._last % SLOTS : self._last % SLOTS + 1] * (window.end - max(self._last, begin - 1))
        slots = kept + since
        for column in range(window.columns):
            at = window.first + column * window.each - begin
            yield slots[max(at, 0) : max(at + window.each, 0)]

    def _fill_until(self, slot: int, *, unchanged: bool) -> None:
        before = self._last % SLOTS
        if not unchanged:
            self._over.clear()
        for passed in range(max(self._last + 1, slot - SLOTS + 1), slot):
            at = passed % SLOTS
            for values in self._measured.values():
                values[at] = values[before] if unchanged else _ABSENT
            self._states[at] = self._states[before] if unchanged else _UNSEEN

    def _follow_process(self, instance: Instance) -> None:
        """Begin anew with each process: what another one used says nothing of this one."""
        process = instance.signals.process
        if process is None or self._process == (process.pid, process.started_at):
            return
        self._process = (process.pid, process.started_at)
        self._over.clear()
        for values in self._measured.values():
            values[:] = array("f", [_ABSENT]) * SLOTS


def _cut(ring: Ring, begin: int, end: int) -> Ring:
    """The slots from one to before another, in order."""
    first, last = begin % SLOTS, (end - 1) % SLOTS
    return ring[first : last + 1] if first <= last else ring[first:] + ring[: last + 1]


class UsageHistory:
    """The history of every instance of the host, by its id; who is gone from the host is forgotten."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._began: tuple[float, datetime] | None = None  # the first look: none asks for the time before
        self._slept_s = 0.0
        self._ahead_s = 0.0  # of the clock on the wall
        self._of: dict[str, InstanceHistory] = {}
        self._seen = 0
        self._is_watched = False

    def __getitem__(self, instance_id: str) -> InstanceHistory | None:
        return self._of.get(instance_id)

    @property
    def slot(self) -> int:
        """The slot of this moment."""
        return int((monotonic() - self._began[0] + self._slept_s) / SLOT_S) if self._began else 0

    def newest(self, columns: int, each: int) -> Window:
        """The last columns of that many slots each."""
        return Window(columns, each, self.slot if self._is_watched else self._seen)

    def window(self, columns: int) -> Window:
        """The time that a graph of so many columns shows: all that is kept, as fine as it can be."""
        finest = math.ceil(self.slots_kept / columns)
        return self.newest(columns, min(finest, max(1, SLOTS // columns)))

    @property
    def slots_kept(self) -> int:
        return min(self.newest(1, 1).end + 1, SLOTS)

    def see(self, snapshot: Snapshot) -> None:
        """Keep what this snapshot says. Nothing has changed since the one before, or there would have been another."""
        unchanged = not self._has_slept() and self._is_watched
        slot, before, self._of = self.slot, self._of, {}
        for instance in snapshot.instances:
            history = before.get(instance.id) or InstanceHistory(slot)
            history.note(slot, instance, unchanged_until_now=unchanged)
            self._of[instance.id] = history
        self._seen, self._is_watched = slot, True

    def lose_sight(self) -> None:
        """Nobody watches the host any more: until the next snapshot nothing is known."""
        self._is_watched = False

    def _has_slept(self) -> bool:
        """Whether the machine has slept since the last look: the steady clock stands still meanwhile."""
        if self._began is None:
            self._began = (monotonic(), self._now())
        began, began_at = self._began
        ahead_s = (self._now() - began_at).total_seconds() - (monotonic() - began)
        more_s, self._ahead_s = ahead_s - self._ahead_s, ahead_s
        if more_s < _ASLEEP_S:
            return False
        self._slept_s += more_s
        return True
