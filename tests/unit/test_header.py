"""The header at every width: what is shortened, what goes, and what is always to be seen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw_tui.actions.model import MODES
from claw_tui.text.cells import Tone
from claw_tui.text.header_footer import Tab, Tally, header
from claw_tui.text.sections import Line
from claw_tui.text.states import STATE_STYLES, TallyCalls, host_summary
from claw_tui.text.values import width
from gateway_core.snapshot import Problem, State
from tests.snapshots import conflict, host, instance

TABS = [Tab(mode.key, mode.title, mode.key == "1", f"app.switch_mode('{mode.name}')") for mode in MODES]
NUMBERED = [*TABS[:3], Tab("4", "Events", False, "", "!12", alarming=True)]
CALLS = TallyCalls("conflicts", "problems", "unlisted", lambda state: f"only {state}")
FEW = host(
    instance("a", state=State.DEGRADED),
    instance("b", 19001),
    instance("c", 19201),
    instance("d", 19401),
    conflicts=(conflict("openclaw:a", "openclaw:b"),),
)
MANY = host(*(instance(f"i{n}", 19000 + 20 * n, state=state) for n, state in enumerate(State)))
PROBLEM = Problem(where="x", message="y", unseen=True)


def plain(line: Line) -> str:
    return "".join(piece.text for piece in line)


def tallies(*shown: State) -> tuple[Tally, ...]:
    return host_summary(FEW, (), CALLS, shown)


@pytest.mark.parametrize(
    ("columns", "right"),
    [
        (120, "mini  ▲ 1 conflict  ◐ 1 degraded  ● 3 running"),
        (100, "mini  ▲ 1 conflict  ◐ 1 degraded  ● 3 running"),
        (80, "▲ 1 conflict  ◐1 ●3"),
        (60, "▲1 ◐1 ●3"),
        (52, "▲1 ◐1 ●3"),
    ],
)
def test_the_good_news_stays_at_every_width(columns: int, right: str) -> None:
    line = plain(header(columns, TABS, "mini", (), tallies()))
    assert line.endswith(f"  {right}")
    assert width(line) == columns - 1


@pytest.mark.parametrize("columns", [50, 60, 80, 120])
@pytest.mark.parametrize("active", range(len(MODES)))
def test_the_mode_that_is_shown_is_told_without_colour_and_moves_no_other(columns: int, active: int) -> None:
    tabs = [Tab(mode.key, mode.title, number == active, "") for number, mode in enumerate(MODES)]
    line = plain(header(columns, tabs, "mini", (), tallies()))
    title = f"{MODES[active].key} {MODES[active].title}"
    assert f"[{title}]" in line
    if columns > 60:
        assert line.index(MODES[active].title) == plain(header(columns, TABS, "", (), ())).index(MODES[active].title)


@pytest.mark.parametrize("columns", [60, 80, 100, 120])
@pytest.mark.parametrize("badges", [(), ("demo",), ("read-only",)])
def test_every_tally_is_seen_beside_badges_and_the_number_of_new_events(columns: int, badges: tuple[str, ...]) -> None:
    found = host_summary(FEW, [PROBLEM, PROBLEM], CALLS)
    line = plain(header(columns, NUMBERED, "a-host-of-some-name", badges, found))
    for symbol in ("▲", "!", "◐", "●"):
        assert symbol in line
    assert all(badge in line for badge in badges)
    assert "1 Instances" in line
    assert width(line) < columns
    assert " !12 " in line


def test_eleven_states_and_a_problem_are_all_seen_at_80() -> None:
    line = plain(header(80, NUMBERED, "mini", ("read-only",), host_summary(MANY, [PROBLEM], CALLS)))
    assert all(f"{style.symbol}1" in line for style in STATE_STYLES.values())
    assert "1 Instances" in line
    assert width(line) < 80


def test_a_problem_keeps_its_word_longest_for_an_incomplete_instance_looks_alike() -> None:
    both = host_summary(host(instance("a", state=State.INCOMPLETE)), [PROBLEM], CALLS)
    assert plain(header(70, TABS, "mini", (), both)).endswith("  !1 problem !1")
    assert plain(header(120, TABS, "mini", (), both)).endswith("! 1 problem, not all seen  ! 1 incomplete")


def test_a_state_that_filters_is_marked_whatever_the_width() -> None:
    for columns in (60, 80, 120):
        line = plain(header(columns, TABS, "mini", (), tallies(State.DEGRADED)))
        assert ("[◐ 1 degraded]" if columns == 120 else "[◐1]") in line
        assert "[●" not in line


def test_each_tally_can_be_clicked() -> None:
    calls = [piece.call for piece in header(80, TABS, "mini", (), tallies()) if piece.call]
    assert calls[-3:] == ["conflicts", "only degraded", "only running"]


@given(
    st.integers(1, 200),
    st.lists(st.sampled_from(State), max_size=30),
    st.lists(st.sampled_from(["demo", "read-only"]), max_size=2),
)
def test_it_never_fails_and_is_never_wider_than_it_may_be(columns: int, states: list[State], badges: list[str]) -> None:
    found = host_summary(host(*(instance(f"i{n}", state=state) for n, state in enumerate(states))), [PROBLEM], CALLS)
    line = plain(header(columns, NUMBERED, "mini", badges, found))
    least = plain(header(1, NUMBERED, "mini", badges, ()))
    assert width(line) < max(columns, width(least) + 2)


def test_what_goes_first_at_last_is_what_needs_a_person_least() -> None:
    few = [Tally("▲", ("1 conflict", "1"), Tone.BAD), Tally("●", ("12 running", "12"), Tone.GOOD)]
    assert plain(header(27, TABS, "mini", (), few)).endswith(" ▲1")
