"""Prose on a narrow terminal: broken between words, never inside one; and whole wherever there is no terminal."""

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw_tui.cli.tables.layout import TableStyle, folded, problem_lines
from claw_tui.cli.tables.operations import hint_lines, left_alone_lines, result_lines
from claw_tui.cli.tables.ports import conflict_lines
from claw_tui.text.values import width
from gateway_core.operations import (
    ErrorCode,
    Failure,
    Operation,
    OperationResult,
)
from gateway_core.snapshot import Problem, State
from tests.snapshots import conflict, instance

NARROW = TableStyle(width=30, colour=True)
SENTENCE = "port 19001 is held by python3 (pid 77), and it is no part of this instance"
FAILED = OperationResult(
    instance="openclaw:rescue",
    operation=Operation.START,
    ok=False,
    state=State.BLOCKED,
    error=Failure(code=ErrorCode.CONFLICT, message=SENTENCE, hint=f"End it: {SENTENCE}"),
)
TEXTS = {
    "conflict": lambda look: conflict_lines([conflict("openclaw:default", "openclaw:rescue")], look),
    "problem": lambda look: problem_lines([Problem(where="/proc/net/tcp", message=SENTENCE)], look),
    "result": lambda look: result_lines(FAILED, look),
    "left alone": lambda look: list(left_alone_lines([instance("a", 1, State.BLOCKED, reason=SENTENCE)], look)),
}


@pytest.mark.parametrize("name", TEXTS)
def test_every_line_of_prose_fits_and_no_word_is_cut(name: str) -> None:
    (whole,) = TEXTS[name](TableStyle())
    lines = [click.unstyle(line) for line in TEXTS[name](NARROW)]
    assert len(lines) > 1
    assert all(len(line) <= 30 for line in lines)
    assert [word for line in lines for word in line.split()] == whole.split()


def test_a_hint_stays_on_one_line_since_a_command_may_be_in_it() -> None:
    (line,) = hint_lines(FAILED, NARROW)
    assert SENTENCE in click.unstyle(line)


def test_what_fits_and_what_goes_into_a_pipe_stays_as_it_is() -> None:
    assert folded(["a  b"], TableStyle(width=4)) == ["a  b"]
    assert folded(["  x " * 100], TableStyle()) == ["  x " * 100]


def test_the_second_line_is_set_back_behind_the_margin_of_the_first() -> None:
    assert folded(["  one two three"], TableStyle(width=9)) == ["  one two", "    three"]


@given(st.lists(st.text("ab–漢", min_size=1, max_size=12), min_size=1), st.integers(12, 40))
def test_words_stay_whole_and_in_order(words: list[str], columns: int) -> None:
    lines = folded([" ".join(words)], TableStyle(width=columns))
    assert [word for line in lines for word in line.split()] == words
    assert all(width(line) <= columns or len(line.split()) == 1 for line in lines)
