"""Graphs as text: bars, scales, and the graphs of an instance in panes of any size."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw_tui.instances import usage_history
from claw_tui.instances.graphs import delay, draw
from claw_tui.instances.usage_history import SLOT_S, UsageHistory
from claw_tui.text.graphs import Scale, bars, scale_from_least, scale_from_zero
from claw_tui.text.sections import Line
from claw_tui.text.values import width
from gateway_core import snapshot as model
from gateway_core.snapshot import State
from tests.snapshots import NOW, host, instance

VALUES = st.lists(st.one_of(st.none(), st.floats(0, 1e12)), max_size=30)


def text(lines: list[Line]) -> str:
    return "\n".join("".join(piece.text for piece in line) for line in lines)


def test_bars_have_eight_steps_and_gaps() -> None:
    values = [None, 0.0, *(number / 8 for number in range(1, 9)), None]
    assert bars(values, Scale(0, 1)) == [" ▁▁▂▃▄▅▆▇█ "]
    assert bars([0.0, 0.5, 0.75, 1.0, None], Scale(0, 1), 2) == ["  ▄█ ", "▁███ "]


@pytest.mark.parametrize(
    ("most", "high"), [(None, 10), (0, 10), (9.9, 10), (10, 10), (10.1, 20), (21, 50), (51, 100), (799, 1000)]
)
def test_a_scale_from_zero_ends_at_a_round_number(most: float | None, high: float) -> None:
    assert scale_from_zero([None, most], 10) == Scale(0, high)


def test_what_hardly_changes_is_flat_and_what_grows_is_a_hill() -> None:
    assert bars([600, 601, 600], scale_from_least([600, 601, 600], 0.1)) == ["▁▁▁"]
    assert bars([600, 700, 800], scale_from_least([600, 700, 800], 0.1)) == ["▁▄█"]


@given(VALUES, st.integers(1, 6), st.sampled_from([scale_from_zero, scale_from_least]))
def test_every_value_has_a_bar_and_every_gap_has_none(values: list[float | None], rows: int, scale: object) -> None:
    assert scale in (scale_from_zero, scale_from_least)
    made = scale_from_zero(values, 10) if scale is scale_from_zero else scale_from_least(values, 0.1)
    drawn = bars(values, made, rows)
    assert len(drawn) == rows
    assert all(len(row) == len(values) for row in drawn)
    assert [char == " " for char in drawn[-1]] == [value is None for value in values]
    for upper, lower in pairwise(drawn):
        assert all(below == "█" for above, below in zip(upper, lower, strict=True) if above != " ")


@pytest.mark.parametrize(("seconds", "shown"), [(0.0204, "20ms"), (0.9, "900ms"), (12, "12s"), (700, "11m")])
def test_delays(seconds: float, shown: str) -> None:
    assert delay(seconds) == shown


def measured(cpu: float) -> model.Instance:
    found = instance()
    process, http = found.signals.process, found.signals.http
    assert process is not None
    assert http is not None
    seen = {
        "process": process.model_copy(update={"cpu_percent": cpu}),
        "http": http.model_copy(update={"event_loop_delay_s": cpu / 1000}),
    }
    return found.model_copy(update={"signals": found.signals.model_copy(update=seen)})


@pytest.fixture
def usage(monkeypatch: pytest.MonkeyPatch) -> UsageHistory:
    """Four minutes of an instance: it stopped once, and was busy in the end."""
    moment = 0.0
    monkeypatch.setattr(usage_history, "monotonic", lambda: moment)
    usage = UsageHistory(lambda: NOW)
    for number in range(96):
        moment = number * SLOT_S
        usage.see(host(instance(state=State.STOPPED) if number < 24 else measured(2.0 if number < 90 else 30.0)))
    return usage


@pytest.mark.parametrize(("columns", "rows"), [(78, 10), (118, 23), (158, 35), (158, 11)])
def test_the_graphs_of_an_instance_fit_and_tell_their_figures(usage: UsageHistory, columns: int, rows: int) -> None:
    drawn = draw(usage, measured(30.0), columns, rows)
    shown = text(drawn)
    assert len(drawn) <= rows
    assert all(width(line) <= columns for line in shown.split("\n"))
    for told in ("CPU  30%  least 2.0%, most 30%", "Memory  614M", "Event-loop delay  30ms  least 2ms, most 30ms"):
        assert told in shown
    assert "State  ● running 3m  ○ stopped 1m" in shown
    assert " ago" in shown
    assert "now" in shown
    assert "○●" in shown


@pytest.mark.parametrize(("columns", "span"), [(54, "2m ago"), (102, "2m ago"), (110, "2m10 ago"), (158, "2m05 ago")])
def test_a_young_graph_is_broad_rather_than_empty(columns: int, span: str) -> None:
    usage = UsageHistory(lambda: NOW)
    usage.see(host(measured(5.0)))
    drawn = text(draw(usage, measured(5.0), columns, 30))
    assert span in drawn
    assert "●" * (columns // 54) in drawn


@given(st.integers(1, 200), st.integers(1, 60))
def test_graphs_can_be_drawn_in_any_space(columns: int, rows: int) -> None:
    usage = UsageHistory(lambda: NOW)
    usage.see(host(measured(5.0)))
    assert draw(usage, measured(5.0), columns, rows)


def test_what_does_not_run_has_only_its_states() -> None:
    usage = UsageHistory(lambda: NOW)
    stopped = instance(state=State.STOPPED)
    usage.see(host(stopped))
    assert text(draw(usage, stopped, 78, 10)).startswith("State  ○ stopped 2s\n")
    assert draw(usage, instance("unknown"), 78, 10) == []


@pytest.mark.parametrize(
    ("http", "told"),
    [
        (model.HttpSignal(live=True, ready=None), "Event-loop delay  this version does not say"),
        (model.HttpSignal(live=False, ready=None), "Event-loop delay  no answer"),
        (None, "Event-loop delay  no answer"),
    ],
)
def test_why_a_graph_is_empty_is_said(http: model.HttpSignal | None, told: str) -> None:
    found = measured(3.0)
    found = found.model_copy(update={"signals": found.signals.model_copy(update={"http": http})})
    usage = UsageHistory(lambda: NOW)
    usage.see(host(found))
    assert told in text(draw(usage, found, 78, 10))
