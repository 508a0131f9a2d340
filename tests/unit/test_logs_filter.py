"""The quick look at raw lines never misses one that is wanted."""

import json
from itertools import product

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway_core.logs.journal_reader import parse_entry
from gateway_core.logs.lines import Interpreter, LineSelection, LogFilter
from gateway_core.logs.model import Level
from gateway_core.logs.records import RawLine
from gateway_core.user_patterns import NotAPatternError
from tests.log_files import ALONE, vendor_line

TEXT = st.text(st.sampled_from('ab Error:é\n\t"\\\x1b[0m1/\u200bK'), max_size=12)


@given(TEXT, TEXT, st.booleans(), st.sampled_from(["a", "B", "ab", "error", "r: a", "redacted", "é", "a.b", "gate"]))
@example("a\x1b[0mb", "", True, "ab")
@example("token=a", "", True, "REDACTED")
@example("\u212a", "", False, "k")
def test_a_quick_no_is_never_wrong(message: str, data: str, newer: bool, pattern: str) -> None:
    raw = RawLine(0, vendor_line(message, {"x": data}, newer=newer).encode())
    (line,) = Interpreter((ALONE,), LineSelection(frozenset({ALONE.instance}))).lines([raw], "x")
    only = LogFilter(pattern=pattern)
    if only.wants(line):
        assert picked(only, raw.data)


LEVELS = ("ERROR", "FATAL", "error", "Error", "Exception", "WARN", "WARNING", "INFO", "fatal", "Uncaught")
OTHERS = (":", " ", "\t", "\xa0", "[ws]", "[E1]", "x.y", "\x1b[31m", "\x1b[0m", '"', "{", "é", "\\", "\x1f", "12:00:01")
PIECES = st.sampled_from((*LEVELS, *OTHERS))


@given(st.lists(PIECES, max_size=8).map("".join), st.sampled_from(list(Level)), st.sampled_from(["", "err", "x"]))
@example("ERROR: x", Level.ERROR, "")
@example("\x1b[31mERR\x1b[0mOR x", Level.ERROR, "")
@example("x.yError [E1]: é", Level.ERROR, "x")
def test_no_plain_line_of_a_level_is_missed(text: str, least: Level, pattern: str) -> None:
    raw = RawLine(0, text.encode())
    only = LogFilter(least, pattern)
    everything = Interpreter((ALONE,), LineSelection(frozenset({ALONE.instance})))
    wanted = [line for line in everything.lines([raw], "x") if only.wants(line)]
    assert not wanted or picked(only, raw.data)
    chosen = Interpreter((ALONE,), LineSelection(frozenset({ALONE.instance}), only))
    assert list(chosen.lines([raw], "x")) == wanted


def picked(only: LogFilter, line: bytes) -> bool:
    """Whether the quick looks at a line alone, and among others, say that it may be wanted."""
    others = (vendor_line("x").encode(), b"plain", b"", b"token: ERR", b"\xc3\xa9")
    for before, after in product(others, others):
        block = b"\n".join((before, line, after))
        begin = len(before) + 1
        spans = list(only.worth_parsing(block))
        assert spans == sorted(spans, reverse=True)
        assert spans[0][1] == len(block), "the last line stands before one of another block"
        if (begin, begin + len(line)) not in spans:
            return False
        assert (0, len(before)) in spans, "what stands before it may tell what it holds"
    return only.may_want(line) and list(only.worth_parsing(line)) == [(0, len(line))]


@pytest.mark.parametrize("level", list(Level))
@pytest.mark.parametrize("spelled", ["{}", "lower"])
def test_levels(level: Level, spelled: str) -> None:
    name = level.name.lower() if spelled == "lower" else level.name
    raw = RawLine(0, json.dumps({"0": "x", "_meta": {"logLevelName": name}}).encode())
    (line,) = Interpreter((ALONE,), LineSelection(frozenset({ALONE.instance}))).lines([raw], "x")
    assert line.level is level
    for least in Level:
        assert LogFilter(least).wants(line) == (level >= least)
        assert LogFilter(least).may_want(raw.data) >= (level >= least)
        assert bool(list(LogFilter(least).worth_parsing(b"{}\n" + raw.data))) >= (level >= least)


def test_most_lines_get_a_quick_no() -> None:
    assert not LogFilter(pattern="boom").may_want(vendor_line("ready").encode())
    assert not LogFilter(Level.ERROR).may_want(vendor_line("ready").encode())
    many = "\n".join([vendor_line("ready")] * 3).encode()
    last = [(len(many) - len(vendor_line("ready")), len(many))]
    assert list(LogFilter(pattern="boom").worth_parsing(many)) == last
    assert list(LogFilter(Level.ERROR).worth_parsing(many)) == last
    assert list(LogFilter(Level.ERROR).worth_parsing(b"plain\nERRORS\n12:00:01 INFO x")) == [(13, 28)]
    assert len(list(LogFilter().worth_parsing(many))) == 3
    assert list(LogFilter().worth_parsing(b"\n" * 9)) == [(9, 9)]


def test_an_entry_of_a_journal_is_judged_by_what_it_says() -> None:
    entries = ({"PRIORITY": "3", "MESSAGE": "boom"}, {"PRIORITY": "6", "MESSAGE": [98, 111, 111, 109]})
    raws = [RawLine(0, json.dumps(entry).encode()) for entry in entries]
    for only, count in (
        (LogFilter(Level.ERROR), 1),
        (LogFilter(pattern="boom"), 2),
        (LogFilter(pattern="PRIORITY"), 0),
    ):
        wanted = LineSelection(frozenset({ALONE.instance}), only)
        interpreter = Interpreter((ALONE,), wanted, parse_entry, encoded=True)
        assert len(list(interpreter.lines(raws, "x"))) == count


def test_an_entry_of_a_journal_may_hold_half_a_character() -> None:
    assert parse_entry(RawLine(0, rb'{"MESSAGE": "boom \ud800"}')).message.startswith("boom ")


def test_a_wrong_pattern_is_refused() -> None:
    with pytest.raises(NotAPatternError):
        LogFilter(pattern="(")
