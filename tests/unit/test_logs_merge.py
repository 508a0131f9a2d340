"""Several logs in one order."""

from datetime import datetime, timedelta
from itertools import islice

from hypothesis import given
from hypothesis import strategies as st

from gateway_core.logs.merge import LOOKAHEAD, LiveMerge, newest_first
from gateway_core.logs.model import LogLine
from tests.log_files import BEGIN

LOGS = st.lists(st.lists(st.one_of(st.none(), st.integers(0, 20)), max_size=15), min_size=1, max_size=4)


def line(source: int, number: int, second: int | None) -> LogLine:
    at = None if second is None else BEGIN + timedelta(seconds=second)
    return LogLine(at, None, None, f"{source}.{number}", str(source))


def time_of(found: LogLine) -> datetime:
    assert found.at is not None
    return found.at


def own(lines: list[LogLine], source: int) -> list[str]:
    return [found.message for found in lines if found.source == str(source)]


@given(LOGS)
def test_backwards_each_log_keeps_its_order_and_nothing_is_lost(logs: list[list[int | None]]) -> None:
    lines = [[line(source, number, at) for number, at in enumerate(log)] for source, log in enumerate(logs)]
    merged = list(newest_first([iter(log[::-1]) for log in lines]))
    for source, log in enumerate(lines):
        assert own(merged, source) == [found.message for found in log[::-1]]


@given(st.lists(st.lists(st.integers(0, 50)).map(sorted), min_size=1, max_size=4))
def test_backwards_by_time(logs: list[list[int]]) -> None:
    lines = [[line(source, number, at) for number, at in enumerate(log)] for source, log in enumerate(logs)]
    forwards = sorted((found for log in lines for found in log), key=time_of)
    assert list(newest_first([iter(log[::-1]) for log in lines])) == forwards[::-1]


def test_a_line_without_a_time_stays_behind_the_line_it_belongs_to() -> None:
    logs = [[line(0, 0, 1), line(0, 1, None), line(0, 2, 5)], [line(1, 0, 3)]]
    merged = [found.message for found in newest_first([iter(log[::-1]) for log in logs])]
    assert merged[::-1] == ["0.0", "0.1", "1.0", "0.2"]


def test_backwards_is_lazy_also_where_nothing_has_a_time() -> None:
    endless = (line(0, number, None) for number in iter(int, 1))
    assert len(list(islice(newest_first([endless]), 10))) == 10
    assert len(list(islice(newest_first([(line(0, n, None) for n in range(LOOKAHEAD * 2))]), LOOKAHEAD * 2))) == 2000


def test_lines_of_one_look_are_ordered() -> None:
    merge = LiveMerge()
    news = [([line(0, 0, 1), line(0, 1, 4)], False), ([line(1, 0, 2), line(1, 1, 3)], False)]
    assert [found.message for found in merge.add(news)] == ["0.0", "1.0", "1.1", "0.1"]


def test_a_log_that_is_behind_holds_the_others_back() -> None:
    merge = LiveMerge()
    first = merge.add([([line(0, 0, 1), line(0, 1, 2)], True), ([line(1, 0, 1), line(1, 1, 9)], False)])
    assert [found.message for found in first] == ["0.0", "1.0", "0.1"]
    assert [found.message for found in merge.add([([line(0, 2, 5)], False), ([], False)])] == ["0.2", "1.1"]


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 30), st.booleans()), max_size=40))
def test_live_nothing_is_lost_and_each_log_keeps_its_order(events: list[tuple[int, int, bool]]) -> None:
    merge, given_lines, shown = LiveMerge(), [], []
    for number, (source, second, more) in enumerate(events):
        new = line(source, number, second)
        given_lines.append(new)
        shown += merge.add([([new] if index == source else [], more and index == source) for index in range(3)])
    shown += merge.add([([], False)] * 3)
    for source in range(3):
        assert own(shown, source) == own(given_lines, source)


def test_a_log_whose_clock_was_set_back_keeps_its_order_among_others() -> None:
    merge = LiveMerge()
    first = merge.add([([line(0, 0, 5), line(0, 1, 3)], True), ([line(1, 0, 4), line(1, 1, 9)], False)])
    assert [found.message for found in first] == ["1.0", "0.0", "0.1"]
    second = merge.add([([line(0, 2, 1)], True), ([line(1, 2, 9)], False)])
    assert [found.message for found in second] == ["0.2"]
