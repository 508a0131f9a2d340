"""The history of what instances used: slots of time, processes that begin anew, and what nobody has seen."""

import random
import sys
from collections.abc import Callable
from datetime import timedelta

import pytest

from claw_tui.instances import usage_history
from claw_tui.instances.columns import GRAPH_COLUMNS, GRAPH_SLOTS, GRAPH_TITLE
from claw_tui.instances.usage_history import SLOT_S, SLOTS, InstanceHistory, Measure, UsageHistory, Window
from gateway_core import snapshot as model
from gateway_core.snapshot import State
from tests.snapshots import NOW, host, instance, signals

ID = "openclaw:default"


class Clocks:
    """The steady clock and the one on the wall, which tests turn."""

    def __init__(self) -> None:
        self.steady_s = self.wall_s = 1000.0

    def turn(self, seconds: float) -> None:
        self.steady_s += seconds
        self.wall_s += seconds


@pytest.fixture
def clocks(monkeypatch: pytest.MonkeyPatch) -> Clocks:
    clocks = Clocks()
    monkeypatch.setattr(usage_history, "monotonic", lambda: clocks.steady_s)
    return clocks


@pytest.fixture
def usage(clocks: Clocks) -> UsageHistory:
    return UsageHistory(lambda: NOW + timedelta(seconds=clocks.wall_s))


def using(cpu: float | None, pid: int = 7, memory: int | None = 100, lag: float | None = None) -> model.Instance:
    seen = signals(pid)
    assert seen.process is not None
    process = seen.process.model_copy(update={"cpu_percent": cpu, "rss_bytes": memory})
    http = model.HttpSignal(live=True, ready=True, event_loop_delay_s=lag)
    return instance(signals=seen.model_copy(update={"process": process, "http": http}))


def last(usage: UsageHistory, columns: int, measure: Measure = Measure.CPU, each: int = 1) -> list[float | None]:
    history = usage[ID]
    assert history is not None
    return list(history.measured(measure, usage.newest(columns, each)))


def states(usage: UsageHistory, columns: int, each: int = 1) -> list[State | None]:
    history = usage[ID]
    assert history is not None
    return list(history.states(usage.newest(columns, each)))


def test_each_slot_has_the_most_that_was_seen_in_it(usage: UsageHistory, clocks: Clocks) -> None:
    for cpu, seconds in ((1.0, 1.0), (3.0, 1.0), (2.0, SLOT_S), (5.0, 0)):
        usage.see(host(using(cpu)))
        clocks.turn(seconds)
    assert last(usage, 3) == [None, 3.0, 5.0]


def test_what_is_not_announced_to_have_changed_is_as_before(usage: UsageHistory, clocks: Clocks) -> None:
    usage.see(host(using(4.0)))
    clocks.turn(3 * SLOT_S)
    assert last(usage, 5) == [None, 4.0, 4.0, 4.0, 4.0]
    usage.see(host(using(1.0)))
    assert last(usage, 5) == [None, 4.0, 4.0, 4.0, 1.0]


def test_what_cannot_be_seen_is_a_gap_and_no_zero(usage: UsageHistory, clocks: Clocks) -> None:
    for seen in (using(0.0, memory=None), using(None), instance(state=State.STOPPED)):
        usage.see(host(seen))
        clocks.turn(SLOT_S)
    clocks.turn(-SLOT_S)
    assert last(usage, 3) == [0.0, None, None]
    assert last(usage, 3, Measure.MEMORY) == [None, 100.0, None]
    assert last(usage, 3, Measure.LAG) == [None, None, None]


def test_a_new_process_begins_anew_and_the_states_go_on(usage: UsageHistory, clocks: Clocks) -> None:
    for seen in (using(9.0), instance(state=State.STOPPED), using(1.0, pid=8, lag=0.02)):
        usage.see(host(seen))
        clocks.turn(SLOT_S)
    clocks.turn(-SLOT_S)
    assert last(usage, 3) == [None, None, 1.0]
    assert last(usage, 3, Measure.LAG) == [None, None, pytest.approx(0.02)]
    assert states(usage, 3) == [State.RUNNING, State.STOPPED, State.RUNNING]


def test_a_column_shows_the_state_that_needs_a_look(usage: UsageHistory, clocks: Clocks) -> None:
    for state in (State.RUNNING, State.STOPPED, State.RUNNING, State.DEGRADED, State.CRASH_LOOPING, State.STOPPED):
        usage.see(host(instance(state=state)))
        clocks.turn(SLOT_S)
    clocks.turn(-SLOT_S)
    assert states(usage, 2, each=3) == [State.STOPPED, State.CRASH_LOOPING]


@pytest.mark.parametrize("lose", [UsageHistory.lose_sight, lambda _: None], ids=["unwatched", "asleep"])
def test_what_nobody_has_seen_is_not_filled_in(
    usage: UsageHistory, clocks: Clocks, lose: Callable[[UsageHistory], None]
) -> None:
    usage.see(host(using(4.0)))
    assert last(usage, 9)[-1] == 4.0
    lose(usage)
    clocks.wall_s += 4 * SLOT_S + 10
    if lose is UsageHistory.lose_sight:
        assert last(usage, 2) == [None, 4.0], "it stands still, as all that is shown"
        clocks.steady_s += 4 * SLOT_S + 10
    usage.see(host(using(2.0)))
    assert last(usage, 9) == [4.0, *[None] * 7, 2.0]
    assert states(usage, 9)[1:-1] == [None] * 7


def test_a_clock_that_is_set_back_or_a_little_forward_is_no_sleep(usage: UsageHistory, clocks: Clocks) -> None:
    for change_s in (-3600, 5, 5):
        usage.see(host(using(4.0)))
        clocks.wall_s += change_s
        clocks.turn(SLOT_S)
    usage.see(host(using(4.0)))
    assert last(usage, 4) == [4.0] * 4


def test_who_has_gone_is_forgotten_and_another_of_its_name_begins_anew(usage: UsageHistory, clocks: Clocks) -> None:
    usage.see(host(using(4.0)))
    usage.see(host())
    assert usage[ID] is None
    clocks.turn(SLOT_S)
    usage.see(host(using(4.0)))
    assert last(usage, 2) == [None, 4.0]


def test_a_graph_shows_all_that_is_kept_as_fine_as_it_can(usage: UsageHistory, clocks: Clocks) -> None:
    spans = []
    for _ in range(2 * SLOTS):
        usage.see(host(using(clocks.steady_s)))
        window = usage.window(100)
        spans.append(window.each)
        kept = last(usage, window.columns, each=window.each)
        assert kept[-1] == clocks.steady_s
        assert window.columns * window.each <= SLOTS
        clocks.turn(SLOT_S)
    assert spans == sorted(spans)
    known = [value for value in kept if value is not None]
    assert len(known) == len(kept)
    assert known == sorted(known)


def test_a_column_that_is_over_never_changes(usage: UsageHistory, clocks: Clocks) -> None:
    before: list[float | None] = []
    for number in range(60):
        usage.see(host(using(float(number % 7))))
        now = last(usage, GRAPH_COLUMNS, each=GRAPH_SLOTS)
        assert now[:-1] in (before[:-1], before[1:]) or not before
        before = now
        clocks.turn(SLOT_S)


def test_the_title_of_the_graphs_tells_their_time() -> None:
    assert f"{Window(GRAPH_COLUMNS, GRAPH_SLOTS, 0).seconds / 60:.0f} min" == GRAPH_TITLE


def test_an_instance_takes_little_memory() -> None:
    history = InstanceHistory(0)
    history.note(3 * SLOTS, using(1.0), unchanged_until_now=True)
    kept = [*history._measured.values(), history._states]
    assert sum(map(sys.getsizeof, kept)) < 8 << 10


def test_what_is_remembered_of_columns_is_what_they_are(usage: UsageHistory, clocks: Clocks) -> None:
    choose = random.Random(11)
    for _ in range(400):
        usage.see(host(using(choose.random() * 9, pid=choose.choice([7] * 30 + [8]))))
        now = [last(usage, columns, each=each) for columns, each in ((8, 6), (50, 2))]
        history = usage[ID]
        assert history is not None
        history._over.clear()
        assert [last(usage, columns, each=each) for columns, each in ((8, 6), (50, 2))] == now
        clocks.turn(choose.choice([0.4, 2.0, 9.0]))
        clocks.wall_s += choose.choice([0] * 20 + [60])
        if choose.random() < 0.05:
            usage.lose_sight()
