"""Patterns that users type: they mean what they mean to `re`, and end, whatever stands in the texts."""

import json
import re
import subprocess
import sys
import time
import warnings
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from claw_tui.cli.main import run
from claw_tui.hosts.local import local_gateway_host
from claw_tui.logs.lines import Lanes
from claw_tui.logs.rows import LogRows, Search
from claw_tui.text.filtering import parse_filter
from gateway_core.logs.lines import LogFilter
from gateway_core.logs.model import Level, LogLine
from gateway_core.user_patterns import (
    IN_THREAD,
    ON_LOOP,
    NotAPatternError,
    Patience,
    PatternTooSlowError,
    UserPattern,
)
from tests.audited_host import AuditedHost
from tests.fixed_host import FixedHost
from tests.log_files import append, vendor_line

EVIL, ENDLESS = r"(a+)+$", "a" * 4_000 + "!"
TOO_SLOW = "This pattern takes too long on these lines; make it simpler."

WITHOUT_END = {
    EVIL: ENDLESS,
    r"(a|aa)+$": ENDLESS,
    r"(.*)*\d": ENDLESS,
    r"((a*)\2)+$": ENDLESS,
    r"(?=(a+)+$)a": ENDLESS,
    r"(\w+\s?)*$": "word " * 2_000 + "!",
    r"a.*b.*c.*d.*e": "abcd" * 2_000 + "\ne",
    r"(x+x+)+y": "x" * 8_000,
    r"(?:a{1,30}){1,30}b": "a" * 3_000,
}

ATOMS = st.sampled_from(
    ["a", "B", "b1", ".", r"\d", r"\w", r"\s", r"\b", "^", "$", "[ab]", "[^a]", "[[a]", "{", "}", "é"]
)
COUNTS = st.sampled_from(
    ["", "", "*", "+", "?", "*?", "+?", "??", "++", "{2}", "{1,2}", "{,2}", "{2,}?", "{e}", "{i<=1}"]
)
PATTERNS = st.recursive(
    st.tuples(ATOMS, COUNTS).map("".join),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map("".join),
        st.lists(inner, min_size=2, max_size=3).map("|".join),
        st.tuples(st.sampled_from(["(", "(?:", "(?=", "(?!", "(?>"]), inner, st.just(")"), COUNTS).map("".join),
    ),
    max_leaves=5,
)
TEXTS = st.text("aAbB1 é_{}[e\n", max_size=8)


def told(text: str, message: str) -> LogLine:
    return LogLine(None, Level.INFO, text, message, "x.log", instance=None)


@given(PATTERNS, TEXTS, st.booleans(), st.sampled_from([IN_THREAD, ON_LOOP]))
@example("a{e}", "b", False, IN_THREAD)
@example("a+{e<=1}", "a", False, IN_THREAD)
@example("[[:alpha:]]+", "b:]", False, IN_THREAD)
@example(r"[\[b]+\{1}", "[b{", False, IN_THREAD)
@example(r"[]{e}a]+", "{a}", False, IN_THREAD)
@example(r"(?#[)b+[a]", "baa", False, IN_THREAD)
@example(r"\N{DIGIT ONE}+", "11", False, IN_THREAD)
@example(r"a{,}b{1,2}c{}", "abc{}", False, IN_THREAD)
@example(r"^b+$", "a\nb", True, ON_LOOP)
def test_a_pattern_means_what_it_means_to_re(text: str, searched: str, multiline: bool, patience: Patience) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        try:
            known = re.compile(text, re.IGNORECASE | (re.MULTILINE if multiline else 0))
        except re.error as error:
            with pytest.raises(NotAPatternError, match=re.escape(error.msg)):
                UserPattern(text)
            return
    typed = UserPattern(text, patience, multiline=multiline)
    assert typed.finds(searched) == (known.search(searched) is not None)
    assert list(typed.spans(searched)) == [found.span() for found in known.finditer(searched) if found[0]]


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("pattern", WITHOUT_END)
def test_a_pattern_without_end_is_given_up_and_stays_so(pattern: str, shared: bool) -> None:
    typed = UserPattern(pattern, Patience(0.02, shared=shared))
    with pytest.raises(PatternTooSlowError, match=re.escape(TOO_SLOW)):
        list(typed.spans(WITHOUT_END[pattern]))
    assert typed.given_up
    with pytest.raises(PatternTooSlowError):
        typed.finds("")


def test_many_texts_that_take_a_little_each_are_too_much_as_well() -> None:
    typed = UserPattern(r"a.*b.*c.*\d", Patience(10, scan_s=0.05))
    each = (typed.finds("abc" * 60) for _ in iter(int, 1))
    with pytest.raises(PatternTooSlowError):
        any(each)


def test_what_other_scans_took_makes_no_pattern_a_slow_one() -> None:
    typed = UserPattern(r"a.*b.*c.*\d", Patience(10, scan_s=0.05))
    spent_s = 0.0
    while spent_s < 0.2:
        typed.begin_scan()
        began_s = time.thread_time()
        typed.finds("abc" * 60)
        spent_s += time.thread_time() - began_s
    assert not typed.given_up


def test_a_long_scan_may_take_long() -> None:
    typed = UserPattern("(err|warn)", Patience(10, scan_s=0.001))
    assert not any(typed.finds("all is well, as it was before") for _ in range(10_000))


def test_what_takes_no_time_is_never_given_up() -> None:
    typed = UserPattern("(ab|c)+d", ON_LOOP)
    assert not any(typed.finds("abcabc" * 5) for _ in range(20_000))


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("(", "missing ), unterminated subpattern at position 0"),
        (r"a\p", r"bad escape \p at position 1"),
        ("a{99999999999}", "the repetition number is too large"),
        ("(" * 5_000 + ")" * 5_000, "it is nested too deeply"),
        ("(?a)(?u)x", "ASCII and UNICODE flags are incompatible"),
    ],
)
def test_what_is_no_pattern_is_said(pattern: str, reason: str) -> None:
    with pytest.raises(NotAPatternError) as caught:
        UserPattern(pattern)
    assert str(caught.value) == reason
    assert caught.value.reason == reason.partition(" at position")[0]


def test_no_text_is_too_long_to_be_searched_for_in_time() -> None:
    """A pasted line of JSON, in which a piece is repeated: what is made of it before anything is searched."""
    longest = ('{"a":' * 100)[:500]
    began_s = time.thread_time()
    assert UserPattern(longest, ON_LOOP).finds('{"a":' * 20_000)
    assert time.thread_time() - began_s < 0.5
    with pytest.raises(NotAPatternError, match="longer than 500 characters"):
        UserPattern(f"{longest}{{", ON_LOOP)
    assert UserPattern("plain, " * 2000, ON_LOOP).finds("plain, " * 3000)


def test_nothing_but_what_is_typed_wrong_is_told() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        UserPattern("[[a]+")


@pytest.mark.parametrize("pattern", ["ready", "EADDRINUSE|ECONNREFUSED", r"^.b\.$"])
def test_a_pattern_that_repeats_nothing_imports_nothing(pattern: str) -> None:
    code = f"""
import sys
from gateway_core.logs.lines import LogFilter
from claw_tui.text.filtering import parse_filter
LogFilter(pattern={pattern!r}); parse_filter({pattern!r})
assert "regex" not in sys.modules
LogFilter(pattern="a+")
assert "regex" in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("line", [told("gateway", ENDLESS), told(ENDLESS, "ready")], ids=["message", "subsystem"])
def test_a_search_of_logs_ends(line: LogLine) -> None:
    with pytest.raises(PatternTooSlowError):
        LogFilter(pattern=EVIL).wants(line)


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_the_command_says_that_the_pattern_takes_too_long(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: tuple[str, ...]
) -> None:
    host = AuditedHost(FixedHost(tmp_path))
    host.serve(host.add("rescue", 19001), 19001)
    append(host.home / ".openclaw-rescue" / "gateway.log", vendor_line(ENDLESS), vendor_line("ready"))
    assert run(["logs", "rescue", "--grep", EVIL, *options], local_gateway_host(host.fixed.host)) == 2
    printed = capsys.readouterr()
    assert f"“{EVIL}”: {TOO_SLOW}" in printed.err
    documents = [json.loads(line) for line in printed.out.splitlines()]  # one per line, as where lines are followed
    assert [one["error"]["code"] for one in documents] == (["pattern-too-slow"] if "--json" in options else [])


def test_the_command_and_the_filter_say_that_flags_exclude_each_other(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    host = AuditedHost(FixedHost(tmp_path))
    host.serve(host.add("rescue", 19001), 19001)
    assert run(["logs", "rescue", "--grep", "(?a)(?u)x"], local_gateway_host(host.fixed.host)) == 2
    assert "is no regular expression: ASCII and UNICODE flags are incompatible" in capsys.readouterr().err
    assert parse_filter("(?a)(?u)x").error is not None


def test_marks_are_given_up_and_the_rows_stay() -> None:
    search = Search(f"x|{EVIL}")
    rows = LogRows(Lanes(), search=search)
    rows.append([told("gateway", "x"), told("gateway", f"x{ENDLESS}"), told("gateway", "x")])
    assert rows.matches(0).text == "not marked: this pattern takes too long on these lines"
    assert len(rows.rows) == 3
    assert search.given_up
    assert list(search.spans(told("gateway", "x"), Lanes())) == []
    assert not search.finds(told("gateway", "x"))
    assert not Search("x").given_up


@pytest.mark.parametrize("turned", ["", "!"])
def test_a_filter_of_rows_that_takes_too_long_lets_everything_through(turned: str) -> None:
    rows = ["b", ENDLESS, "a", "!"]
    wanted = parse_filter(turned + EVIL)
    assert (wanted.error, wanted.pick(rows, str), wanted.error) == (None, rows, TOO_SLOW)
    assert wanted.pick(rows[:1], str) == rows[:1]
    assert parse_filter(f"{turned}(a+)+").pick(rows, str) == (["b", "!"] if turned else [ENDLESS, "a"])
