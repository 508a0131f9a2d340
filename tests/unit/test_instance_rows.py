import random
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw_tui.instances import rows
from claw_tui.instances.columns import COLUMNS, CURSOR_WIDTH, DASHBOARD, GRAPH_COLUMNS, GRAPH_SLOTS, InstanceColumn, fit
from claw_tui.instances.graphs import UsageTrend
from claw_tui.instances.rows import InstanceRow, rows_of
from claw_tui.instances.usage_history import UsageHistory
from claw_tui.instances.view import Sorting, TableView, ordered
from claw_tui.onboarding.text import UnfinishedNote
from claw_tui.text.cells import Tone
from claw_tui.text.filtering import parse_filter
from claw_tui.text.states import GRADE_STYLES, STATE_STYLES, host_summary
from claw_tui.text.values import width
from gateway_core import snapshot as model
from gateway_core.snapshot import Grade, Source, State
from tests.snapshots import NOW, conflict, host, instance, signals, sketch


def row(found: model.Instance | None = None) -> InstanceRow:
    return InstanceRow(found or instance(), None, NOW)


def trend() -> UsageTrend:
    """Of an instance that has been seen once."""
    history = UsageHistory(lambda: NOW)
    history.see(host(instance()))
    known = history["openclaw:default"]
    assert known is not None
    return UsageTrend(known, history.newest(GRAPH_COLUMNS, GRAPH_SLOTS))


def keys_at(columns: int, found: list[InstanceRow]) -> set[str]:
    return {placed.column.key for placed in fit(columns, found)}


def texts(found: InstanceRow) -> list[str]:
    return [column.cell(found).text for column in COLUMNS]


def test_cells_of_a_running_instance() -> None:
    expected = ["● running", "", "openclaw:default", "", "", "2026.9.6", "18789", "", "18800–18899", "11789", "3h02"]
    assert texts(row()) == [*expected, "0.4%", "614M", "systemd"]


def test_cells_of_an_instance_that_does_not_run() -> None:
    cells = texts(row(instance(state=State.STOPPED)))
    assert cells[0] == "○ stopped"
    assert cells[9:] == ["–", "–", "–", "–", "–"]


def test_a_row_tells_in_the_place_of_its_state_that_its_onboarding_was_cancelled() -> None:
    note = UnfinishedNote("cancelled", "cancelled: N resumes, Z undoes")
    for state in (State.INCOMPLETE, State.STOPPED):
        found = replace(row(instance(state=state)), unfinished=note)
        assert (rows.state(found).text, rows.why(found).text) == ("! cancelled", note.sentence)
    running = replace(row(), unfinished=note)
    assert rows.state(running).text == "● running", "that it is up counts for more"


def test_ports_that_are_only_a_guess_are_not_shown_as_if_they_were_known() -> None:
    broken, guess = model.ConfigStatus(exists=True, valid=False), model.PortValue(value=18789, source=Source.DEFAULT)
    cells = texts(row(instance(state=State.BLOCKED, config=broken, base_port=guess)))
    assert (cells[6], cells[8]) == ("?", "?")
    assert texts(row(instance(config=broken, base_port=guess)))[6] == "18789", "it runs there"


@pytest.mark.parametrize("state", State)
def test_every_state_has_its_own_symbol_and_its_word(state: State) -> None:
    look = STATE_STYLES[state]
    assert look.word == {State.FOREIGN: "port taken", State.WEDGED: "unresponsive"}.get(state, state.value)
    assert width(look.symbol) == 1
    assert [other for other in State if STATE_STYLES[other].symbol == look.symbol] == [state]
    assert width(look.text) <= 15


@pytest.mark.parametrize("grade", Grade)
def test_every_grade_has_a_look(grade: Grade) -> None:
    assert GRADE_STYLES[grade].word == grade.value
    assert width(GRADE_STYLES[grade].symbol) == 1


def test_cells_fit_their_columns() -> None:
    for found in rows_of(sketch(), NOW):
        for column in COLUMNS:
            assert width(column.cell(found).text) <= column.width, column.key


@pytest.mark.parametrize(
    ("main_pid", "active", "running", "text", "tone"),
    [
        (5, "active", True, "systemd", Tone.NORMAL),
        (6, "active", True, "direct", Tone.NORMAL),
        (None, "activating", True, "systemd", Tone.NORMAL),
        (0, "inactive", True, "direct", Tone.NORMAL),
        (None, "inactive", False, "systemd", Tone.MUTED),
    ],
)
def test_service_column_names_who_runs_it(
    main_pid: int | None, active: str, running: bool, text: str, tone: Tone
) -> None:
    definition = model.ServiceSignal(
        manager="systemd-user", name="u", active=active, enabled=True, restarts=0, path="/u", main_pid=main_pid
    )
    process = signals(5, timedelta(seconds=1)).process if running else None
    found = row(instance(signals=model.Signals(service=definition, process=process)))
    assert (rows.service(found).text, rows.service(found).tone) == (text, tone)


def test_a_gateway_that_has_been_up_is_not_run_by_a_service_that_is_about_to_start_another() -> None:
    waiting = model.ServiceSignal(
        manager="systemd-user", name="u", active="activating", enabled=True, restarts=1, path="/u", main_pid=None
    )
    process = signals(5, timedelta(minutes=1)).process
    assert rows.service(row(instance(signals=model.Signals(service=waiting, process=process)))).text == "direct"


@pytest.mark.parametrize(
    ("owner", "text"),
    [
        (model.Owner(kind="supervisor", name="pm2", pid=5, stop="pm2 stop claw"), "pm2"),
        (model.Owner(kind="script", name="keep.sh", pid=5), "keep.sh"),
        (model.Owner(kind="unit", name="code-server.service", manager="systemd-user"), "systemd?"),
        (None, "direct"),
    ],
)
def test_nothing_that_something_starts_again_is_called_direct(owner: model.Owner | None, text: str) -> None:
    found = instance(signals=model.Signals(process=signals(7).process), owner=owner)
    assert rows.service(row(found)).text == text


def test_worst_conflict_marks_the_row_and_harmless_ones_do_not() -> None:
    both = instance(conflicts=("c1", "c2"))
    mild = conflict("openclaw:default", "openclaw:b", Grade.RESERVED).model_copy(update={"id": "c2"})
    bad = conflict("openclaw:default", "openclaw:b", Grade.CERTAIN)
    (first,) = rows_of(host(both, conflicts=(mild, bad)), NOW)
    assert first.grade is Grade.CERTAIN
    assert rows.conflict(first).text == "▲"
    (second,) = rows_of(host(both, conflicts=(mild,)), NOW)
    assert rows.conflict(second).text == ""


def test_order_is_by_name_whatever_the_snapshot_says() -> None:
    expected = ["clawdbot:cb", "openclaw:default", "openclaw:dev", "openclaw:rescue", "openclaw:resuce"]
    found = list(rows_of(sketch(), NOW))
    for _ in range(5):
        random.Random(3).shuffle(found)
        assert [row.key for row in ordered(found)] == expected


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("descending", [True, False])
def test_every_order_has_absent_values_last(column: InstanceColumn, descending: bool) -> None:
    found = ordered(rows_of(sketch(), NOW), column.key, descending=descending)
    absent = [column.cell(row).absent for row in found]
    assert absent == sorted(absent)


def test_versions_and_numbers_sort_as_such() -> None:
    found = [
        row(instance("a", version="2026.10.1", signals=signals(5, timedelta(days=40)))),
        row(instance("b", version="2026.9.6", signals=signals(10, timedelta(seconds=50)))),
        row(instance("c", version="2026.9.30", signals=signals(9, timedelta(hours=5)))),
    ]
    assert [row.instance.profile for row in ordered(found, "version")] == ["b", "c", "a"]
    assert [row.instance.profile for row in ordered(found, "pid")] == ["a", "c", "b"]
    assert [row.instance.profile for row in ordered(found, "up", descending=True)] == ["a", "c", "b"]


def test_accounts_have_a_column_where_any_is_another_users() -> None:
    own, others = row(), row(instance(account="alice"))
    assert "account" not in {item.column.key for item in fit(160, [own])}
    assert "account" in {item.column.key for item in fit(160, [own, others])}
    assert [rows.account(found).text for found in (own, others)] == ["", "alice"]


@given(st.integers(0, 300), st.booleans(), st.booleans())
def test_columns_fit_any_width_and_those_of_lower_rank_come_first(available: int, moved: bool, measured: bool) -> None:
    found = [replace(row(instance(live_port=20000) if moved else None), usage=trend() if measured else None)]
    placed = fit(available, found)
    keys = [item.column.key for item in placed]
    taken = CURSOR_WIDTH + sum(item.space for item in placed)
    assert {column.key for column in DASHBOARD if column.rank == 0} <= set(keys)
    assert taken <= available or all(item.column.rank == 0 for item in placed)
    assert ("live" in keys) <= moved
    assert ("cpu-graph" in keys) <= (measured and "why" in keys)
    for missing in (column for column in DASHBOARD if column.key not in keys and not column.optional):
        before = sum(item.space for item in placed if item.column.rank <= missing.rank)
        wanted = missing.before + missing.width + missing.after + missing.leaves
        assert CURSOR_WIDTH + before + wanted > available


def test_usual_widths_show_what_matters() -> None:
    found = [replace(one, usage=trend()) for one in rows_of(sketch(), NOW)]
    assert keys_at(80, found) >= {"state", "instance", "base", "pid", "up", "mem"}
    usual = {column.key for column in COLUMNS if not column.optional}
    assert keys_at(119, found) == usual | {"mark", "audit"}
    assert keys_at(139, found) >= {"why", "cpu-graph"}
    assert keys_at(159, found) == usual - {"cdp"} | {"mark", "audit", "cpu-graph", "mem-graph", "why"}
    assert keys_at(179, found) == usual | {"mark", "audit", "cpu-graph", "mem-graph", "why"}
    for columns in (139, 159, 179):
        assert next(placed for placed in fit(columns, found) if placed.column.key == "why").width >= 24


def test_marks_have_their_place_whether_there_are_any_or_not() -> None:
    plain = [row(), row(instance("b", 20000))]
    marked = [replace(plain[0], selected=True, fails_audit=True), plain[1]]
    for columns in (40, 79, 119, 159):
        assert fit(columns, plain) == fit(columns, marked)


@pytest.mark.parametrize(
    ("pattern", "count"),
    [
        ("", 5),
        ("!", 5),
        ("rescue", 1),
        ("RES", 2),
        ("!openclaw", 1),
        ("running", 2),
        ("possible", 2),
        ("^18789$", 1),
        ("(", 5),
    ],
)
def test_filter(pattern: str, count: int) -> None:
    wanted = parse_filter(pattern)
    assert len(TableView(filter=wanted).pick(rows_of(sketch(), NOW))) == count
    assert (wanted.error is not None) == (pattern == "(")


@given(st.text())
def test_any_text_is_a_filter(text: str) -> None:
    TableView(filter=parse_filter(text)).pick(rows_of(sketch(), NOW))


def test_sorting_turns_round_on_the_second_time() -> None:
    once = Sorting().by("pid")
    assert (once.column, once.descending) == ("pid", False)
    assert once.by("pid").descending
    assert once.next(["state", "pid"]).column == "state"
    assert once.next(["state"]).column == "state"


def test_summary_puts_first_what_needs_a_person() -> None:
    problem = model.Problem(where="x", message="y")
    line = [str(tally) for tally in host_summary(sketch(), [problem])]
    expected = ["▲ 1 conflict", "! 1 problem", "◐ 1 degraded", "! 1 incomplete", "● 2 running", "○ 1 stopped"]
    assert line == expected
    assert host_summary(host(), []) == ()


def test_ids_are_not_cut_where_other_columns_can_go_instead() -> None:
    long = instance("claw-tui-test-new-main", 20000)
    for columns in (80, 120, 160):
        found = list(rows_of(host(long, instance("a", 20200)), NOW))
        named = next(placed for placed in fit(columns, found) if placed.column.key == "instance")
        assert named.width >= len(long.id)
        assert named.field(long.id).strip() == long.id
    endless = list(rows_of(host(instance("x" * 90, 20000)), NOW))
    assert {placed.column.key for placed in fit(80, endless)} >= {"state", "instance", "base"}
