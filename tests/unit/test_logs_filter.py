"""The quick look at raw lines never misses one that is wanted."""

import json
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway_core.logs.lines import Interpreter, LineSelection, LogFilter
from gateway_core.logs.model import Level
from gateway_core.logs.records import RawLine
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
        assert only.may_want(raw.data)
        assert only.may_want_any(raw.data)
        assert only.may_want_any(b"\n".join((vendor_line("x").encode(), raw.data, b"plain")))


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
        assert LogFilter(least).may_want_any(b"{}\n" + raw.data) >= (level >= least)
        assert LogFilter(least).may_want_any(b"{}\nplain") or least is Level.SILLY


def test_most_lines_get_a_quick_no() -> None:
    assert not LogFilter(pattern="boom").may_want(vendor_line("ready").encode())
    assert not LogFilter(Level.ERROR).may_want(vendor_line("ready").encode())
    many = "\n".join([vendor_line("ready")] * 3).encode()
    assert not LogFilter(pattern="boom").may_want_any(many)
    assert not LogFilter(Level.ERROR).may_want_any(many)
    assert LogFilter().may_want_any(many)


def test_a_wrong_pattern_is_refused() -> None:
    with pytest.raises(re.error):
        LogFilter(pattern="(")
