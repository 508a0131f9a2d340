"""Mode 3 of the dashboard, over real log files in a demo home."""

import asyncio
import threading
from collections.abc import Callable, Iterable
from dataclasses import replace

import pytest
from textual.geometry import Region
from textual.strip import Strip

from claw_tui.app import ClawTui
from claw_tui.hosts.logs import FoundLogs, LogQuery, Sources, find_logs
from claw_tui.logs import pane as log_pane
from claw_tui.logs.caption import LogState
from claw_tui.logs.feed import Earlier, Found, Later, Opened
from claw_tui.logs.lines import Lanes
from claw_tui.logs.pane import LogPane
from claw_tui.logs.screen import LogsScreen
from claw_tui.text.sections import Line, Section, lay_out
from gateway_core.demo.home import DemoHome
from gateway_core.demo.installation import DemoProfile
from gateway_core.logs.model import Level, LogLine
from gateway_core.logs.output import output_path
from gateway_core.logs.view import LogView
from gateway_core.snapshot import Snapshot
from tests.dashboard import screen_text
from tests.dashboard_logs import logs_of, shown
from tests.log_files import append, vendor_line
from tests.until import eventually, press_until, until_shown


@pytest.fixture
def profile(demo_home: DemoHome) -> DemoProfile:
    profile = demo_home.add_profile("openclaw", "rescue")
    levels = {500: "ERROR", 700: "ERROR"}
    append(
        profile.log_file,
        *(vendor_line(f"line {n:04}", after=n, level=levels.get(n, "INFO")) for n in range(1000)),
    )
    return profile


def under_the_cursor(app: ClawTui) -> str | None:
    line = app.screen.query_one(LogPane).chosen
    return line.message if line else None


def is_under_the_cursor(app: ClawTui, message: str) -> Callable[[], bool]:
    return lambda: under_the_cursor(app) == message


async def test_the_end_is_shown_and_followed(demo_home: DemoHome, profile: DemoProfile) -> None:
    async with logs_of(demo_home) as (app, pilot):
        await until_shown(pilot, "line 0999")
        assert "following" in screen_text(app)
        pane = app.screen.query_one(LogPane)
        await eventually(pilot, lambda: pane.vertical_scrollbar.position == pane.max_scroll_y > 0)
        append(profile.log_file, vendor_line("just now", after=2000))
        await until_shown(pilot, "just now")


async def test_a_pause_keeps_the_screen_still_and_counts(demo_home: DemoHome, profile: DemoProfile) -> None:
    async with logs_of(demo_home) as (app, pilot):
        await until_shown(pilot, "line 0999")
        await pilot.press("space")
        append(profile.log_file, vendor_line("meanwhile 1", after=2000), vendor_line("meanwhile 2", after=2001))
        await until_shown(pilot, "paused, 2 new lines")
        assert "meanwhile" not in screen_text(app)
        await pilot.press("space")
        await until_shown(pilot, "meanwhile 2")


async def test_a_long_pause_and_another_mode_leave_what_is_written_to_the_logs(
    demo_home: DemoHome, profile: DemoProfile
) -> None:
    async with logs_of(demo_home) as (app, pilot):
        await until_shown(pilot, "line 0999")
        assert isinstance(app.screen, LogsScreen)
        logs, line = app.screen._logs, app.screen.query_one(LogPane).lines[-1]
        feed = logs._feed
        assert feed is not None
        await pilot.press("space")
        logs.take(feed, Later([line] * 4_999))
        assert feed.may_go_on.is_set()
        logs.take(feed, Later([line]))
        assert not feed.may_go_on.is_set()
        assert len(shown(app)) == 400
        await pilot.press("space")
        await eventually(pilot, lambda: len(shown(app)) == 5_400 and feed.may_go_on.is_set())
        await pilot.press("1")
        await eventually(pilot, lambda: not feed.may_go_on.is_set())
        await pilot.press("3")
        await eventually(pilot, feed.may_go_on.is_set)


@pytest.mark.parametrize("key", ["space", "end", "G"])
async def test_after_a_pause_the_end_is_followed_again(demo_home: DemoHome, profile: DemoProfile, key: str) -> None:
    async with logs_of(demo_home) as (_, pilot):
        await until_shown(pilot, "line 0999")
        await pilot.press("up", "up")
        await until_shown(pilot, "paused")
        await pilot.press(key)
        await until_shown(pilot, "following")


async def test_in_the_past_one_moves_away_from_the_line_that_was_looked_for(
    demo_home: DemoHome, profile: DemoProfile
) -> None:
    async with logs_of(demo_home) as (app, pilot):
        await until_shown(pilot, "line 0999")
        await pilot.press("e")
        await eventually(pilot, lambda: under_the_cursor(app) == "line 0700" and "line 0701" in shown(app))
        await pilot.press("g")
        await eventually(pilot, lambda: shown(app)[0] == "line 0000")
        assert under_the_cursor(app) == "line 0301"


async def test_a_slow_page_of_earlier_lines_is_read_once_however_often_it_is_asked_for(
    demo_home: DemoHome, profile: DemoProfile, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_read, begun, older = threading.Event(), 0, LogView.older

    async def slow(view: LogView, count: int) -> list[LogLine]:
        nonlocal begun
        begun += 1
        await asyncio.to_thread(may_read.wait, 20 if begun > 1 else 0)
        return await older(view, count)

    monkeypatch.setattr(LogView, "older", slow)
    async with logs_of(demo_home) as (app, pilot):
        await until_shown(pilot, "line 0999")
        for _ in range(3):
            await pilot.press("home")
            await pilot.pause()
        assert begun == 2
        may_read.set()
        await eventually(pilot, lambda: shown(app)[0] == "line 0200")


@pytest.mark.parametrize("slow", ["to find", "to read"])
async def test_before_anything_was_read_nobody_says_that_there_is_nothing(
    demo_home: DemoHome, profile: DemoProfile, monkeypatch: pytest.MonkeyPatch, slow: str
) -> None:
    waits, told = 0, list[LogState]()

    async def wait_if(what: str) -> None:
        nonlocal waits
        if slow == what:
            waits += 1
            await asyncio.Event().wait()

    async def opener(snapshot: Snapshot, query: LogQuery) -> FoundLogs:
        await wait_if("to find")
        return await find_logs(demo_home.host(), snapshot, query)

    async def older(_: LogView, __: int) -> list[LogLine]:
        await wait_if("to read")
        return []

    monkeypatch.setattr(LogView, "older", older)
    monkeypatch.setattr(LogPane, "watch_state", lambda _, state: told.append(state))
    async with logs_of(demo_home, opener=opener) as (_, pilot):
        await eventually(pilot, lambda: waits == 1 and told)
        await pilot.press("l")
        await eventually(pilot, lambda: waits == 2 and told[-1].query.level is Level.INFO)
        await pilot.pause()
        assert [state for state in told if state.searching is None] == []


async def test_an_error_of_reading_is_said_until_it_is_read_again(demo_home: DemoHome, profile: DemoProfile) -> None:
    works = False

    async def opener(snapshot: Snapshot, query: LogQuery) -> FoundLogs:
        if not works:
            raise OSError("the disk is gone")
        return await find_logs(demo_home.host(), snapshot, query)

    async with logs_of(demo_home, opener=opener) as (_, pilot):
        await until_shown(pilot, "OSError: the disk is gone")
        await pilot.press("l")
        await until_shown(pilot, "info and worse  following  ! OSError: the disk is gone")
        works = True
        await pilot.press("space", "space")
        await until_shown(pilot, "line 0999")
        await eventually(pilot, lambda: "the disk is gone" not in screen_text(pilot.app))


async def test_what_a_feed_that_was_replaced_had_still_to_tell_is_dropped(
    demo_home: DemoHome, profile: DemoProfile
) -> None:
    async with logs_of(demo_home) as (app, pilot):
        await until_shown(pilot, "line 0999")
        assert isinstance(app.screen, LogsScreen)
        logs = app.screen._logs
        old = logs._feed
        assert old is not None
        logs.open(replace(logs.query, pattern="line 0700"))
        late = replace(app.screen.query_one(LogPane).lines[-1], message="too late")
        for news in (
            Earlier([late]),
            Later([late]),
            Found(late, LogQuery()),
            Opened(Lanes(), Sources()),
        ):
            logs.take(old, news)
        await eventually(pilot, lambda: shown(app) == ["line 0700"])
        logs.take(old, Later([late]))
        await pilot.pause(0.2)
        assert (shown(app), logs.query.pattern) == (["line 0700"], "line 0700")
        assert logs.sources.shown


async def test_moving_up_pauses_and_reaches_back_to_the_first_line(demo_home: DemoHome, profile: DemoProfile) -> None:
    async with logs_of(demo_home) as (app, pilot):
        await until_shown(pilot, "line 0999")
        assert "line 0000" not in shown(app)
        await pilot.press("up")
        await until_shown(pilot, "paused")
        await press_until(pilot, "home", lambda: "line 0000" in screen_text(app))
        assert shown(app) == [f"line {n:04}" for n in range(1000)]


async def test_the_last_error_and_the_one_before_among_their_neighbours(
    demo_home: DemoHome, profile: DemoProfile
) -> None:
    async with logs_of(demo_home) as (app, pilot):
        await until_shown(pilot, "line 0999")
        for wanted in (700, 500):
            await pilot.press("e")
            await until_shown(pilot, f"line {wanted + 3:04}")
            await eventually(pilot, is_under_the_cursor(app, f"line {wanted:04}"))
            assert f"line {wanted - 3:04}" in screen_text(app)
        await pilot.press("e")
        await eventually(pilot, lambda: any("no earlier error" in n.message for n in app._notifications))
        await pilot.press("space")
        await until_shown(pilot, "line 0999")


async def test_that_nothing_was_found_says_what_is_not_there(demo_home: DemoHome) -> None:
    append(demo_home.add_profile("openclaw", "rescue").log_file, *(vendor_line(f"line {n}", after=n) for n in range(3)))
    async with logs_of(demo_home) as (app, pilot):
        await until_shown(pilot, "line 2")
        await pilot.press("e")
        await eventually(pilot, lambda: any("There is no error in" in n.message for n in app._notifications))


async def test_a_search_shows_matches_and_what_was_around_one(demo_home: DemoHome, profile: DemoProfile) -> None:
    async with logs_of(demo_home) as (app, pilot):
        await until_shown(pilot, "line 0999")
        await pilot.press("slash", *"line 03.7")
        await eventually(pilot, lambda: shown(app) == [f"line 03{n}7" for n in range(10)])
        await pilot.press("enter", "up", "up", "enter")
        await until_shown(pilot, "line 0378")
        assert "line 0376" in screen_text(app)


def marked_rows(app: ClawTui) -> int:
    """The rows on screen in which something stands out."""
    pane = app.screen.query_one(LogPane)
    colour = pane.get_component_rich_style("log-pane--match").bgcolor
    strips = [pane.render_line(y) for y in range(pane.size.height)]
    return sum(any(segment.style and segment.style.bgcolor == colour for segment in strip) for strip in strips)


async def test_matches_stand_out_and_are_gone_through(demo_home: DemoHome, profile: DemoProfile) -> None:
    async with logs_of(demo_home) as (app, pilot):
        await until_shown(pilot, "line 0999")
        assert marked_rows(app) == 0
        await pilot.press("slash", *"0.55")
        await eventually(pilot, lambda: shown(app) == [f"line 0{n}55" for n in range(10)])
        assert marked_rows(app) == 10
        await until_shown(pilot, "with “0.55”  10 of 10  ")
        await pilot.press("enter", "N", "N", "enter")
        await eventually(pilot, lambda: under_the_cursor(app) == "line 0755" and "line 0754" in shown(app))
        assert marked_rows(app) == 1
        await until_shown(pilot, "n N “0.55”  4 of 6+  ")  # from 0455 on
        for number in (655, 555, 455, 355, 255):
            await pilot.press("N")
            await eventually(pilot, is_under_the_cursor(app, f"line 0{number}"))
            await until_shown(pilot, f"line 0{number - 1}")
        await pilot.press("n")
        await eventually(pilot, lambda: under_the_cursor(app) == "line 0355")
        await until_shown(pilot, "n N “0.55”  4 of 10+  ")
        await pilot.press("escape")
        await eventually(pilot, lambda: marked_rows(app) == 0)
        assert under_the_cursor(app) == "line 0355"
        assert "4 of 10" not in screen_text(app)
        await pilot.press("n")
        assert app.current_mode == "logs"
        assert under_the_cursor(app) == "line 0355"


async def test_esc_gives_up_the_search_first_and_then_the_level(demo_home: DemoHome, profile: DemoProfile) -> None:
    async with logs_of(demo_home) as (app, pilot):
        await until_shown(pilot, "line 0999")
        await pilot.press("l", "l", "l")
        await eventually(pilot, lambda: shown(app) == ["line 0500", "line 0700"])
        await pilot.press("slash", *"nowhere", "enter")
        await until_shown(pilot, "No such line")
        await pilot.press("escape")
        await eventually(pilot, lambda: shown(app) == ["line 0500", "line 0700"])
        await pilot.press("escape")
        await until_shown(pilot, "line 0999")


async def test_another_source_is_one_key_away(demo_home: DemoHome, profile: DemoProfile) -> None:
    append(output_path(demo_home.host(), profile.id), "what it printed for people")
    async with logs_of(demo_home) as (app, pilot):
        await until_shown(pilot, "file (s: console)")
        await pilot.press("s")
        await until_shown(pilot, "what it printed for people")
        assert "line 0999" not in screen_text(app)
        await pilot.press("s")
        await until_shown(pilot, "line 0999")


async def test_a_log_that_goes_away_is_said_and_the_new_one_is_followed(
    demo_home: DemoHome, profile: DemoProfile
) -> None:
    async with logs_of(demo_home) as (_, pilot):
        await until_shown(pilot, "line 0999")
        profile.log_file.rename(profile.log_file.with_suffix(".1"))
        await until_shown(pilot, "was deleted or moved away")
        append(profile.log_file, vendor_line("in the new one", after=3000))
        await until_shown(pilot, "in the new one")
        await eventually(pilot, lambda: "deleted" not in screen_text(pilot.app))


async def test_levels(demo_home: DemoHome, profile: DemoProfile) -> None:
    async with logs_of(demo_home) as (app, pilot):
        await until_shown(pilot, "line 0999")
        await pilot.press("l", "l", "l")
        await eventually(pilot, lambda: shown(app) == ["line 0500", "line 0700"])
        assert "error and worse" in screen_text(app)
        await pilot.press("l")
        await until_shown(pilot, "line 0999")


async def test_wrapping_shows_the_end_of_a_long_line(demo_home: DemoHome, profile: DemoProfile) -> None:
    async with logs_of(demo_home) as (app, pilot):
        append(profile.log_file, vendor_line("begin " + "x" * 330 + " xxx END", after=2000))
        await until_shown(pilot, "begin xxx")
        assert "xxx END" not in screen_text(app)
        await pilot.press("w")
        await until_shown(pilot, "xxx END")
        rows = screen_text(app).splitlines()
        first = next(number for number, text in enumerate(rows) if "begin xxx" in text)
        assert rows[first + 1].index("x") == rows[first].index("gateway: ")
        await pilot.press("w")
        await eventually(pilot, lambda: "xxx END" not in screen_text(app))


async def test_copying_a_line(demo_home: DemoHome, profile: DemoProfile) -> None:
    async with logs_of(demo_home) as (app, pilot):
        await until_shown(pilot, "line 0999")
        await pilot.press("y")
        await until_shown(pilot, "Copy from the log")
        await pilot.press("m")
        assert app.clipboard == "line 0999"
        await pilot.press("y")
        await until_shown(pilot, "loaded lines")
        await pilot.press("a")
        assert app.clipboard.splitlines()[-1].endswith("gateway: line 0999")


async def test_several_have_lanes_and_one_can_be_picked(demo_home: DemoHome, profile: DemoProfile) -> None:
    other = demo_home.add_profile("openclaw", "default")
    append(other.log_file, vendor_line("of the default", after=3000))
    async with logs_of(demo_home) as (app, pilot):
        await until_shown(pilot, "of the default")
        assert "┃openclaw:rescue   " in screen_text(app)
        await pilot.press("i", "down", "down", "enter")
        await eventually(pilot, lambda: "┃" not in screen_text(app))
        assert "of the default" not in screen_text(app) or "line 0999" not in screen_text(app)


async def test_the_logs_of_the_instance_under_the_cursor(demo_home: DemoHome, profile: DemoProfile) -> None:
    async with logs_of(demo_home) as (app, pilot):
        await pilot.press("1", "l")
        await until_shown(pilot, "line 0999")
        assert app.current_mode == "logs"


async def test_what_is_missing_is_said(demo_home: DemoHome, profile: DemoProfile) -> None:
    demo_home.add_profile("openclaw", "dev").log_file.mkdir()
    demo_home.add_profile("openclaw", "new")
    async with logs_of(demo_home, (200, 40)) as (_, pilot):
        await until_shown(pilot, "is a directory, not a file")
        await pilot.press("i")
        await until_shown(pilot, "Show whose logs?")
        await pilot.press("down", "down", "enter")
        await until_shown(pilot, "No log was found")


async def test_no_secret_on_screen_or_in_the_clipboard(demo_home: DemoHome, profile: DemoProfile) -> None:
    secret = "CANARY" + "0123456789abcdef" * 2
    append(profile.log_file, vendor_line(f"token={secret} end", after=2000))
    async with logs_of(demo_home, (200, 40)) as (app, pilot):
        await until_shown(pilot, "[redacted] end")
        await pilot.press("y")
        await until_shown(pilot, "loaded lines")
        await pilot.press("a")
        assert "[redacted] end" in app.clipboard
        assert "CANARY" not in app.clipboard + screen_text(app) + app.export_screenshot()


async def test_why_there_are_no_lines_is_laid_out_once_per_painting(
    demo_home: DemoHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    demo_home.add_profile("openclaw", "new")
    laid_out, paintings = 0, 0
    render_lines = LogPane.render_lines

    def counted_lay_out(sections: Iterable[Section], columns: int, label_width: int) -> list[Line]:
        nonlocal laid_out
        laid_out += 1
        return lay_out(sections, columns, label_width)

    def counted_painting(pane: LogPane, crop: Region) -> list[Strip]:
        nonlocal paintings
        paintings += 1
        return render_lines(pane, crop)

    monkeypatch.setattr(log_pane, "lay_out", counted_lay_out)
    monkeypatch.setattr(LogPane, "render_lines", counted_painting)
    async with logs_of(demo_home) as (_, pilot):
        await until_shown(pilot, "No log was found")
        assert 0 < laid_out <= paintings
