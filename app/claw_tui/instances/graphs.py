"""The graphs of one instance: CPU, memory, the delay of its event loop, and its states, over the last minutes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache, partial
from itertools import groupby
from typing import TypeVar

from claw_tui.instances.usage_history import SLOT_S, InstanceHistory, Measure, UsageHistory, Window
from claw_tui.text.cells import Cell, Tone, by_text
from claw_tui.text.graphs import Scale, bars, scale_from_least, scale_from_zero
from claw_tui.text.sections import Line, Piece, joined
from claw_tui.text.states import STATE_STYLES
from claw_tui.text.values import ABSENT, cut, duration, memory, percent, width
from gateway_core.snapshot import Instance, State

ABREAST_FROM = 150  # columns
_LABELS = 6  # columns left of a graph
_GUTTER = 3  # columns between graphs side by side
_TALLEST = 12
_LOW = 14  # rows of a pane that is broad rather than high
_LEAST_SLOTS = 48  # two minutes are the least that a graph shows
_LEAST_PERCENT = 10.0
_LEAST_LAG_S = 0.05
_LEAST_CHANGE = 0.1  # of the memory: less than that is no hill

Drawn = TypeVar("Drawn", float, State)

GraphSource = Callable[[int, int], list[Line]]
"""Draws graphs in so many columns and, where they can be that low, rows."""


def delay(seconds: float) -> str:
    return f"{seconds * 1000:.0f}ms" if seconds < 9.9995 else duration(timedelta(seconds=seconds))


def _size(size: float) -> str:
    return memory(int(size))


def _scale_of_memory(values: Sequence[float | None]) -> Scale:
    return scale_from_least(values, _LEAST_CHANGE)


@dataclass(frozen=True, slots=True)
class GraphStyle:
    """How a measure is drawn, and its figures are written."""

    title: str
    tone: Tone
    scale: Callable[[Sequence[float | None]], Scale]
    figure: Callable[[float], str]
    edge: Callable[[float], str]  # writes the value at an edge of the graph


STYLES = {
    Measure.CPU: GraphStyle(
        "CPU", Tone.NOTICE, partial(scale_from_zero, least_high=_LEAST_PERCENT), percent, "{:.0f}%".format
    ),
    Measure.MEMORY: GraphStyle("Memory", Tone.LANE_1, _scale_of_memory, _size, _size),
    Measure.LAG: GraphStyle(
        "Event-loop delay", Tone.LANE_2, partial(scale_from_zero, least_high=_LEAST_LAG_S), delay, delay
    ),
}


@dataclass(frozen=True, slots=True)
class UsageTrend:
    """What an instance used in the last minutes, for cells of a table: one row of bars."""

    history: InstanceHistory
    window: Window

    def cpu(self) -> Cell:
        return self._cell(Measure.CPU)

    def memory(self) -> Cell:
        return self._cell(Measure.MEMORY)

    def _cell(self, measure: Measure) -> Cell:
        return _cell(measure, self.history.measured(measure, self.window))


@lru_cache(maxsize=4096)
def _cell(measure: Measure, values: tuple[float | None, ...]) -> Cell:
    """The cell of a table; what most gateways use does not change from one look to the next."""
    style = STYLES[measure]
    if all(value is None for value in values):
        return Cell("", Tone.MUTED)
    return by_text(bars(values, style.scale(values))[0], tone=style.tone)


def draw(usage: UsageHistory, instance: Instance, columns: int, rows: int) -> list[Line]:
    """Draw all graphs of an instance: side by side in a pane that is broad rather than high, else below each other."""
    history = usage[instance.id]
    if history is None:
        return []
    return list(_Graphs(usage, history, instance, columns).lines(rows))


@dataclass(frozen=True, slots=True)
class _Graphs:
    usage: UsageHistory
    history: InstanceHistory
    instance: Instance
    columns: int

    def lines(self, rows: int) -> Iterator[Line]:
        if not self._has_figures:
            yield from self._states()
        elif self.columns >= ABREAST_FROM and rows <= _LOW:
            yield from self._abreast(rows)
        else:
            yield from self._stacked(rows)

    @property
    def _has_figures(self) -> bool:
        """Whether anything was measured in the time that is kept: of what does not run there is nothing to draw."""
        window = self.usage.window(1)
        return any(self.history.measured(measure, window) != (None,) for measure in Measure)

    def _abreast(self, rows: int) -> Iterator[Line]:
        each = (self.columns - _GUTTER * (len(STYLES) - 1)) // len(STYLES)
        height = max(2, min(_TALLEST, rows - 6))  # beside title, axis, a blank line, and the states
        blocks = [[*self._graph(measure, each, height), self._axis(each)] for measure in STYLES]
        for abreast in zip(*blocks, strict=True):
            yield _beside(abreast, each)
        yield ()
        yield from self._states()

    def _stacked(self, rows: int) -> Iterator[Line]:
        height = max(1, min(_TALLEST, (rows - 6) // len(STYLES)))  # beside three titles, the states and the axis
        spare = rows - 6 - height * len(STYLES) >= len(STYLES)
        for measure in STYLES:
            yield from self._graph(measure, self.columns, height)
            if spare:
                yield ()
        yield from self._states()

    def _graph(self, measure: Measure, columns: int, height: int) -> Iterator[Line]:
        style = STYLES[measure]
        values = self._spread(self.history.measured(measure, self._window(columns)), columns)
        scale = style.scale(values)
        yield _shortened((Piece(style.title, Tone.TITLE), *self._figures(measure, values)), columns)
        edges = {0: scale.high, height - 1: scale.low} if height > 1 else {}
        for row, text in enumerate(bars(values, scale, height)):
            label = style.edge(edges[row]) if row in edges and any(value is not None for value in values) else ""
            yield Piece(f"{label:>{_LABELS - 1}} ", Tone.MUTED), Piece(text, style.tone)

    def _figures(self, measure: Measure, values: Sequence[float | None]) -> Iterator[Piece]:
        """What it is now, and the least and the most that is drawn; or why there is nothing."""
        figure, now = STYLES[measure].figure, measure.of(self.instance)
        known = [value for value in values if value is not None]
        if now is None and not known:
            yield Piece(self._why_absent(measure), Tone.MUTED)
            return
        yield Piece(ABSENT if now is None else figure(now), Tone.STRONG)
        if known:
            yield Piece(f"least {figure(min(known))}, most {figure(max(known))}", Tone.MUTED)

    def _why_absent(self, measure: Measure) -> str:
        signals = self.instance.signals
        if signals.process is None:
            return "could not be told" if signals.process_unseen else "nothing runs"
        if measure is Measure.LAG:
            return "this version does not say" if signals.http and signals.http.live else "no answer"
        return "not measured yet"

    def _states(self) -> Iterator[Line]:
        window = self._window(self.columns)
        states = self._spread(self.history.states(window), self.columns)
        lasted = self.history.state_slots(window)
        told = (_lasted(state, lasted[state]) for state in sorted(lasted, key=lambda state: -lasted[state]))
        yield _shortened((Piece("State", Tone.TITLE), *told), self.columns)
        yield (Piece(" " * _LABELS), *_strip(states))
        yield self._axis(self.columns)

    def _axis(self, columns: int) -> Line:
        room = columns - _LABELS
        began = f"{_span(self._window(columns).seconds)} ago"
        return (Piece(f"{'':{_LABELS}}{began:<{max(0, room - 3)}}now", Tone.FAINT),)

    def _window(self, columns: int) -> Window:
        room = _room(columns)
        return self.usage.window(room // self._breadth(room))

    def _breadth(self, room: int) -> int:
        """The columns that a slot takes: several while the dashboard is young, so that not all of a graph is empty."""
        return max(1, room // max(_LEAST_SLOTS, self.usage.slots_kept))

    def _spread(self, values: Sequence[Drawn | None], columns: int) -> list[Drawn | None]:
        """Repeat the values so that they take all columns; what is over at the left stays empty."""
        room = _room(columns)
        spread = [value for value in values for _ in range(self._breadth(room))]
        return [None] * (room - len(spread)) + spread


def _room(columns: int) -> int:
    """The columns of a graph beside its labels."""
    return max(1, columns - _LABELS)


def _strip(states: Sequence[State | None]) -> Iterator[Piece]:
    """The symbol of each state, so that no colour is needed to tell them apart."""
    for state, run in groupby(states):
        number = len(list(run))
        style = STATE_STYLES[state] if state is not None else None
        yield Piece(style.symbol * number, style.tone) if style else Piece(" " * number)


def _lasted(state: State, slots: int) -> Piece:
    style = STATE_STYLES[state]
    return Piece(f"{style.text} {_span(slots * SLOT_S)}", style.tone)


def _span(seconds: float) -> str:
    """Format as `50s`, `4m10`, `20m`."""
    minutes, rest = divmod(int(seconds), 60)
    if not minutes:
        return f"{rest}s"
    return f"{minutes}m{rest:02}" if rest else f"{minutes}m"


def _shortened(pieces: Line, columns: int) -> Line:
    """As many of the pieces as there is space for, two columns apart."""
    kept: list[Piece] = []
    used = 0
    for piece in pieces:
        gap = 2 if kept else 0
        if used + gap + width(piece.text) > columns:
            break
        kept.append(piece)
        used += gap + width(piece.text)
    return joined(tuple(kept)) or (Piece(cut(pieces[0].text, columns), pieces[0].tone),)


def _beside(lines: Sequence[Line], each: int) -> Line:
    """Put lines side by side, each in so many columns."""
    made: list[Piece] = []
    for number, line in enumerate(lines):
        made.extend(line)
        if number < len(lines) - 1:
            used = sum(width(piece.text) for piece in line)
            made.append(Piece(" " * (each - used + _GUTTER)))
    return tuple(made)
