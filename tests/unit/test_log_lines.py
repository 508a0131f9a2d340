"""Log lines as rows of text."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import TypedDict, Unpack

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from claw_tui.hosts.logs import LogQuery, Sources
from claw_tui.logs import rows as log_rows
from claw_tui.logs.caption import LogState, caption, instead_of_lines
from claw_tui.logs.lines import (
    SHARED,
    Lanes,
    brief_names,
    columns,
    lane_mark,
    row,
)
from claw_tui.logs.rows import MOST_LINES, LogRows, Matches, Search, text_of
from claw_tui.text.cells import Tone
from claw_tui.text.sections import lay_out
from claw_tui.text.values import width
from gateway_core.logs.model import Level, LogLine
from gateway_core.logs.sources import JournalLog, Origin
from gateway_core.snapshot import Problem
from tests.log_files import file_log

TWO = ("openclaw:default", "openclaw:rescue")
BOTH = LogQuery(TWO)
GONE = Problem(where="x.log", message="This log was deleted.")
VENDOR, JOURNAL = file_log(Path("/tmp/x.log")), JournalLog("openclaw-gateway.service", command=(), writers=())
CHOICE = Sources((VENDOR,), origins=(Origin.FILE, Origin.JOURNAL), known=(VENDOR, JOURNAL))


class LineChanges(TypedDict, total=False):
    at: datetime | None
    subsystem: str | None
    source: str
    instance: str | None
    certain: bool
    cut: bool


def line(message: str = "ready", level: Level | None = Level.INFO, **changes: Unpack[LineChanges]) -> LogLine:
    at = datetime(2026, 11, 20, 9, tzinfo=UTC)
    usual = LogLine(at, level, "gateway", message, "x.log", instance=TWO[1])
    return replace(usual, **changes)


def text(shown: LogLine, lanes: Lanes | None = None) -> str:
    return "".join(piece.text for piece in row(shown, lanes or Lanes()))


def test_one_log_needs_no_lane() -> None:
    assert Lanes.of(TWO[1:], shared=False).names == ()
    assert text(line()).endswith("INFO   gateway: ready")


def test_each_instance_has_its_lane_and_nobodys_lines_have_their_own() -> None:
    lanes = Lanes.of(TWO, shared=True)
    marks = {name: (piece.text[0], piece.tone) for name in (*TWO, None) for piece in lanes.pieces(line(instance=name))}
    assert marks == {TWO[0]: ("▌", Tone.LANE_1), TWO[1]: ("┃", Tone.LANE_2), None: ("▌", Tone.MUTED)}
    assert SHARED in text(line(instance=None, certain=False), lanes)
    assert len({text(line(instance=name), lanes).index("gateway: ") for name in (*TWO, None)}) == 1


@pytest.mark.parametrize(
    ("level", "tone"),
    [(Level.FATAL, Tone.BAD), (Level.ERROR, Tone.BAD), (Level.WARN, Tone.WARNING), (Level.DEBUG, Tone.MUTED),
     (None, Tone.NORMAL)],
)  # fmt: skip
def test_levels_have_their_tone_and_their_name(level: Level | None, tone: Tone) -> None:
    shown = row(line(level=level), Lanes())
    assert shown[-1].tone is tone
    assert level is None or level.name in "".join(piece.text for piece in shown)


def test_brief_times_leave_room_for_the_message_and_copies_have_them_whole() -> None:
    lanes, now = Lanes.of(TWO[:1], shared=False, brief=True), datetime.now(UTC)
    for at, shown in ((now, "%H:%M:%S.%f"), (now - timedelta(days=3), "%b %d %H:%M")):
        found = replace(line("hello"), at=at)
        wanted = at.astimezone().strftime(shown)[:12]
        assert text(found, lanes).startswith(f"{wanted}  ")
        assert columns(found, lanes) == width(text(found, lanes)) == 12 + 2 + 5 + 2 + len("gateway: hello")
        assert text_of([found], lanes).startswith(at.astimezone().strftime("%Y-%m-%d %H:%M:%S"))


def test_line_breaks_are_visible_and_a_missing_end_is_said() -> None:
    assert text(line("a\n\tb\n", cut=True)).endswith("a ⏎     b … (cut)")


@given(st.text(max_size=40), st.one_of(st.none(), st.text(max_size=8)), st.booleans(), st.booleans())
def test_the_columns_are_those_of_the_row(message: str, subsystem: str | None, cut: bool, shared: bool) -> None:
    lanes = Lanes.of(TWO, shared=shared)
    shown = line(message, subsystem=subsystem, cut=cut)
    assert columns(shown, lanes) == width(text(shown, lanes))


def test_rows_are_bounded_and_the_oldest_go() -> None:
    rows = LogRows(Lanes())
    gone = sum(rows.append([line(str(number)) for number in range(1000)]) for _ in range(30))
    assert len(rows.rows) + gone == 30_000
    assert MOST_LINES <= len(rows.rows) < MOST_LINES + 1000


def test_lanes_of_thirty_differ_in_mark_or_colour_and_neighbours_in_both() -> None:
    marks = [(mark.text, mark.tone) for mark in map(lane_mark, range(30))]
    assert len(set(marks)) == 30
    assert all(one[0] != other[0] and one[1] != other[1] for one, other in pairwise(marks))


@pytest.mark.parametrize(("space", "name"), [(78, "┃rescue "), (118, "┃openclaw:rescue ")])
def test_names_are_whole_where_there_is_room(space: int, name: str) -> None:
    lanes = Lanes.of(TWO, shared=False, brief=True)
    assert name in text(line(), lanes.fitted(space))
    assert lanes.fitted(200).fitted(78) == lanes
    assert Lanes.of(TWO, shared=False).fitted(60) == Lanes.of(TWO, shared=False)


def wrapped(shown: LogLine, lanes: Lanes, space: int) -> list[str]:
    rows = LogRows(lanes, wrap_at=space)
    rows.append([shown])
    return [rows.text(found) for found in rows.rows]


def test_wrapped_lines_hang_under_their_text_behind_the_mark_of_their_lane() -> None:
    lanes = Lanes.of(TWO, shared=False, brief=True)
    at = line().at
    assert at is not None
    day = at.astimezone().strftime("%b %d %H:%M")
    assert wrapped(line("listening on ws://127.0.0.1:18789 and on others"), lanes, 60) == [
        f"{day}  INFO   ┃rescue   gateway: listening on",
        "                     ┃         ws://127.0.0.1:18789 and on",
        "                     ┃         others",
    ]


def test_where_there_is_no_room_to_hang_later_rows_begin_further_left() -> None:
    rows = wrapped(line("word " * 12), Lanes.of(TWO, shared=False), 40)
    assert [shown[:16].strip() for shown in rows[1:]] == [""] * (len(rows) - 1)
    assert all(shown[16] != " " for shown in rows[1:])


@example(message="", space=29, several=False)  # a space is the last character, and beyond the edge
@given(message=st.text(max_size=200), space=st.integers(20, 90), several=st.booleans())
def test_wrapping_loses_no_character_and_no_row_is_too_wide(message: str, space: int, *, several: bool) -> None:
    lanes = Lanes.of(TWO if several else TWO[:1], shared=False, brief=True)
    shown = line(message)
    rows = LogRows(lanes, wrap_at=space)
    rows.append([shown])
    parts = [rows.text(found)[len("".join(piece.text for piece in rows.before(found))) :] for found in rows.rows]
    assert "".join(parts).replace(" ", "") == text(shown, lanes).replace(" ", "")
    assert all(width(rows.text(found)) <= space for found in rows.rows)
    assert [found.part for found in rows.rows] == list(range(len(parts)))


def test_wrapped_lines_take_as_many_rows_as_they_need() -> None:
    rows = LogRows(Lanes(), wrap_at=50)
    rows.append([line("x" * 100), line("y")])
    assert [found.part for found in rows.rows] == [0, 1, 2, 3, 4, 5, 0]
    assert rows.lines == [line("x" * 100), line("y")]
    assert rows.index_of(line("y")) == 6
    assert [found.part for found in rows.rewrapped(None).rows] == [0, 0]


@pytest.mark.parametrize("wrap_at", [None, 50])
def test_matches_are_counted_whatever_comes_and_goes(wrap_at: int | None) -> None:
    rows = LogRows(Lanes(), wrap_at, Search("boom"))
    rows.append([line("no"), line("boom " * 20), line("no"), line("boom")])
    last = len(rows.rows) - 1
    assert [rows.matches(number).current for number in (0, 1, last - 1, last)] == [None, 1, None, 2]
    assert rows.matches(last - 2).current == 1  # another row of a line that is wrapped
    rows.prepend([line("boom"), line("no")])
    assert (rows.matches(0), rows.matches(last + 2)) == (Matches(3, 1), Matches(3, 3))
    other = 20 if wrap_at is None else None
    assert rows.rewrapped(other).matches(0) == Matches(3, 1)
    rows.append([line(f"boom {number}" if number % 1_000 == 0 else "no") for number in range(MOST_LINES + 1_000)])
    shown = sum("boom" in found.message for found in rows.lines)
    assert rows.matches(len(rows.rows) - 1) == Matches(shown, None, more=True)
    assert rows.rewrapped(other).matches(0).more
    assert rows.matches(len(rows.rows)).count == shown < 11


def test_without_a_search_nothing_is_made_of_lines_that_come(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_rows, "body", lambda _: pytest.fail("made the text of a row"))
    rows = LogRows(Lanes())
    rows.append([line("x")])
    assert rows.matches(0) == Matches(0)


@pytest.mark.parametrize(
    ("matches", "words"),
    [
        (Matches(17, 3), "3 of 17"),
        (Matches(17, 3, more=True), "3 of 17+"),
        (Matches(17, more=True), "17+ found"),
        (Matches(0), "0 found"),
    ],
)
def test_matches_are_said_in_few_words(matches: Matches, words: str) -> None:
    assert matches.text == words


async def test_a_search_among_many_lines_lets_others_work_and_knows_where_its_row_has_gone() -> None:
    rows, glances = LogRows(Lanes(), wrap_at=50), 0
    rows.append([line("the one " + "x" * 50), *(line(str(number)) for number in range(9_000))])

    async def glance() -> None:
        nonlocal glances
        while True:
            glances += 1
            if glances == 5:
                rows.prepend([line("earlier")])
            await asyncio.sleep(0)

    other = asyncio.create_task(glance())
    assert await rows.find(lambda shown: "the one" in shown.message, len(rows.rows) - 1, -1) == 1
    assert glances > 10
    assert await rows.find(lambda shown: shown.message == "0", 0, 1) == rows.index_of(line("0"))
    assert await rows.find(lambda shown: shown.message == "earlier", 0, 1) is None
    other.cancel()


def test_nothing_is_made_of_a_line_in_which_nothing_is_searched_for(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = line("x")
    monkeypatch.setattr(log_rows, "body", lambda _: pytest.fail("made the text of a row"))
    assert list(Search().spans(shown, Lanes())) == []


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (LogState(BOTH), "following"),
        (LogState(BOTH, following=False, waiting=1), "paused, 1 new line; space follows"),
        (LogState(replace(BOTH, until=datetime(2026, 11, 20, tzinfo=UTC)), following=False), "in the past"),
        (LogState(replace(BOTH, level=Level.WARN, pattern="x")), "warn and worse  with “x”"),
        (LogState(replace(BOTH, pattern="x"), searching=3 << 20), "searching, 3M to go"),
        (LogState(replace(BOTH, pattern="x"), searching=0), "with “x”  searching"),
        (LogState(replace(BOTH, marked="x")), "n N “x”"),
        (LogState(replace(BOTH, marked="x"), matches=Matches(17, 3)), "n N “x”  3 of 17  following"),
        (LogState(replace(BOTH, pattern="x"), matches=Matches(17, 17, more=True)), "with “x”  17 of 17+  following"),
        (LogState(BOTH, problems=(GONE,)), "! This log was deleted. x.log"),
        (
            LogState(BOTH, sources=Sources((VENDOR, JOURNAL), origins=(Origin.FILE,))),
            "┃openclaw:rescue   following",
        ),
        (LogState(BOTH, sources=CHOICE), "  file (s: journal)  following"),
        (LogState(LogQuery(tuple(f"openclaw:{n}" for n in range(9)))), "╏openclaw:8   following"),
        (
            LogState(LogQuery(tuple(f"openclaw:{n}" for n in range(19)))),
            "╢openclaw:9 ▌openclaw:10 ┃openclaw:11 and 7 more",
        ),
    ],
)
def test_the_caption_says_what_is_shown(state: LogState, words: str) -> None:
    shown = "".join(piece.text for piece in caption(state, 200))
    assert (words in shown, " 0B " in shown) == (True, False)


@pytest.mark.parametrize("instances", [TWO, tuple(f"openclaw:instance-{n}" for n in range(9))])
def test_a_narrow_caption_shortens_names_before_it_hides_what_goes_on(instances: tuple[str, ...]) -> None:
    state = LogState(LogQuery(instances), sources=CHOICE)
    shown = "".join(piece.text for piece in caption(state, 76))
    assert ("following" in shown, "  file" in shown) == (True, True)
    assert len(shown) <= 76
    assert all(name in "".join(piece.text for piece in caption(state, 250)) for name in instances)


@pytest.mark.parametrize(
    ("pattern", "begin"),
    [
        ("listening", "▌cb ┃instance-0 and 6 more  file  with"),
        ("listening on the port of", "▌cb and 7 more  file  with"),
        ("listening on the port of the bridge", "8 gateways  with"),
    ],
)
def test_a_narrow_caption_names_nobody_before_it_hides_how_much_was_found(pattern: str, begin: str) -> None:
    query = LogQuery(("clawdbot:cb", *(f"mazelclaw:instance-{n}" for n in range(7))), pattern=pattern)
    shown = "".join(piece.text for piece in caption(LogState(query, matches=Matches(190, 19), sources=CHOICE), 78))
    assert f"with “{pattern}”  19 of 190  following" in shown
    assert len(shown) <= 78
    assert shown.startswith(begin)


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (LogState(BOTH), ""),
        (LogState(BOTH, empty=True, problems=(GONE,)), "This cannot be shown|This log was deleted.|x.log"),
        (LogState(BOTH, empty=True, searching=3 << 20), "Reading|3M to go"),
        (LogState(replace(BOTH, pattern="x"), empty=True, searching=0), "Reading"),
        (
            LogState(replace(BOTH, level=Level.WARN, pattern="x"), empty=True),
            "No such line|warn and worse  with “x”|esc",
        ),
        (LogState(empty=True, nobody=True), "There is no gateway on this machine yet, and so no log|how to begin"),
        (LogState(BOTH, empty=True, sources=CHOICE), "No lines yet|in |/tmp/x.log|appear here"),
        (
            LogState(BOTH, empty=True, sources=replace(CHOICE, absent=frozenset({VENDOR.name}))),
            "No log was found|looked for|/tmp/x.log|journal of openclaw-gateway.service|appear here",
        ),
    ],
)
def test_why_there_are_no_lines_is_said(state: LogState, words: str) -> None:
    shown = "".join(piece.text for told in lay_out(instead_of_lines(state), 100, 11) for piece in told)
    assert [word for word in words.split("|") if word not in shown] == []
    assert "0B" not in shown
    assert bool(shown) == bool(words)


def test_sources_are_gone_through_in_a_circle() -> None:
    assert CHOICE.next_origin is Origin.JOURNAL
    assert replace(CHOICE, shown=(JOURNAL,)).next_origin is Origin.FILE
    assert replace(CHOICE, origins=(Origin.FILE,)).next_origin is None


@pytest.mark.parametrize(
    ("ids", "names"),
    [
        (TWO, ("default", "rescue")),
        (("openclaw:default", "clawdbot:default"), ("openclaw:default", "clawdbot:default")),
        (("openclaw:a", "openclaw@b-1"), ("a", "b-1")),
    ],
)
def test_a_brief_lane_says_what_tells_its_instance_from_the_others(
    ids: tuple[str, str], names: tuple[str, str]
) -> None:
    assert brief_names(ids) == names
    assert Lanes.of(ids, shared=False, brief=True).width <= 18
    assert [Lanes.of(ids, shared=False).labels] == [ids]


@pytest.mark.parametrize(
    ("message", "pattern", "found"),
    [
        ("a Boom and boom", "boom", ["Boom", "boom"]),
        ("wide 日本 boom", "BOOM", ["boom"]),
        ("none", "gate.ay", ["gateway"]),
        ("a\nb", "b$", ["b"]),
        ("x", "z*", []),
        ("x", "", []),
    ],
)
def test_what_is_searched_for_is_found_in_its_columns(message: str, pattern: str, found: list[str]) -> None:
    lanes = Lanes.of(TWO, shared=True, brief=True)
    shown, search = line(message), Search(pattern)
    by_column = "".join(char + "\0" * (width(char) - 1) for char in text(shown, lanes))
    assert [by_column[begin:end] for begin, end in search.spans(shown, lanes)] == found
    assert search.finds(shown) == bool(found)


def test_a_line_is_found_by_what_begins_its_message_too() -> None:
    assert Search("^message").finds(line("message"))
    assert Search("ay: message$").finds(line("message"))
