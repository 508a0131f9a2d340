"""What the dashboard shows before it has seen anything, and where there is no gateway."""

import subprocess
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import current_thread, main_thread
from typing import NoReturn

import pytest

from claw_tui.app import ClawTui
from claw_tui.hosts.local import local_gateway_host
from claw_tui.hosts.logs import LogQuery
from claw_tui.hosts.onboarding import Onboarder
from claw_tui.session import SnapshotTaken
from claw_tui.shell.help_sheet import HelpSheet
from claw_tui.shell.splash import LOOKING
from gateway_core.host import Host
from gateway_core.onboarding.installed import InstalledProduct
from gateway_core.snapshot import Snapshot
from tests.dashboard import BARE_HOST, SIZES, dashboard, piloted, screen_text
from tests.fixed_host import FixedHost
from tests.monitors import QuietMonitor, monitors
from tests.snapshots import NOW, PROBLEM, host, sketch
from tests.until import until_shown


@pytest.mark.parametrize("size", SIZES)
async def test_empty_host_says_what_was_looked_for_and_offers_the_demo(size: tuple[int, int]) -> None:
    async with dashboard(host(), size) as (app, pilot):
        text = screen_text(app)
        for expected in ("No gateway was found", "~/.openclaw", "~/.mazelclaw", "press d", "d Demo"):
            assert expected in text
        assert "State" not in text
        await pilot.press("d")
        await pilot.pause()
        assert app.return_value == "demo"


async def test_on_a_page_of_a_browser_which_ends_with_the_dashboard_no_demo_is_offered() -> None:
    app = ClawTui(replace(BARE_HOST, gives_way_to_demo=False))
    async with piloted(app, (80, 24)) as pilot:
        app.post_message(SnapshotTaken(host()))
        await until_shown(pilot, "claw-tui demo")
        assert "d Demo" not in screen_text(app)
        await pilot.press("d")
        await pilot.pause()
        assert app.return_value is None


async def test_the_welcome_is_laid_out_for_the_width_that_there_is_also_when_that_changes() -> None:
    async with dashboard(host(), (80, 24)) as (app, pilot):
        assert "claw-tui add --config FILE --state-dir DIR  registers it" in screen_text(app)
        await pilot.resize_terminal(50, 40)
        await until_shown(pilot, "claw-tui add --config FILE \\")
        lines = [line.strip() for line in screen_text(app).splitlines()]
        assert "--state-dir DIR" in lines
        assert "~/.openclaw-PROFILE" in lines


async def test_an_empty_host_names_what_is_installed_and_the_key_for_the_first_gateway() -> None:
    async def find() -> tuple[InstalledProduct, ...]:
        return (InstalledProduct("OpenClaw", "/usr/bin/openclaw", "2026.9.6"),)

    on_host = replace(BARE_HOST, onboarder=Onboarder(FixedHost(Path("/")).host), installed_products=find)
    app = ClawTui(on_host)
    async with piloted(app, (80, 24)) as pilot:
        await pilot.pause()
        app.post_message(SnapshotTaken(host()))
        await until_shown(pilot, "press n           for your first gateway: OpenClaw 2026.9.6 is installed")
        footer = screen_text(app).splitlines()[-1]
        assert footer.index("n New") < footer.index("d Demo")


async def test_an_empty_host_of_which_not_all_was_seen_is_not_called_empty() -> None:
    hiding = PROBLEM.model_copy(update={"unseen": True})
    async with dashboard(host().model_copy(update={"problems": (hiding,)})) as (app, _):
        text = screen_text(app)
        assert "No gateway was found, but not everything could be seen" in text
        assert "on this machine" not in text
        assert "/proc/net/tcp: permission denied" in text
        assert "press d" in text


async def test_demo_is_not_offered_where_there_are_instances() -> None:
    async with dashboard(sketch()) as (app, pilot):
        await pilot.press("d")
        await pilot.pause()
        assert app.return_value is None
        assert "Demo" not in screen_text(app)


async def test_before_the_first_snapshot_it_says_that_it_is_looking() -> None:
    async with dashboard(None, (80, 24)) as (app, pilot):
        assert "Looking for gateways on this machine…" in screen_text(app)
        await pilot.press("question_mark")
        assert isinstance(app.screen, HelpSheet)
        await pilot.press("escape", "q")
        await pilot.pause()
        assert app.return_value == "quit"


async def test_the_logs_of_a_host_that_was_not_seen_yet_are_being_read() -> None:
    async def find(_snapshot: Snapshot, _query: LogQuery) -> NoReturn:
        raise AssertionError("no log is looked for before the first snapshot")

    async with dashboard(None, open_logs=find) as (app, pilot):
        await pilot.press("3")
        await until_shown(pilot, "Reading")
        assert "No lines yet" not in screen_text(app)
        assert not app.session.problems.all


async def test_instances_that_appear_take_the_place_of_the_welcome() -> None:
    async with dashboard(host()) as (app, pilot):
        app.session.snapshot.set(sketch())
        await pilot.pause()
        assert "openclaw:rescue" in screen_text(app)
        assert "No gateway was found" not in screen_text(app)


def test_first_paint_waits_for_nothing_heavy() -> None:
    heavy = ("pydantic", "httpx", "psutil", "watchfiles", "websockets", "markdown_it", "gateway_core")
    modules = "claw_tui.app, claw_tui.hosts.gateway_host"
    code = f"import {modules}, sys; print([name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"


async def test_nothing_on_the_screen_waits_for_the_host_before_the_first_snapshot(tmp_path: Path) -> None:
    """To make the host takes a while: that is done in a thread, though its time is asked for where rows are shown."""
    unseen = replace(local_gateway_host(partial(in_a_thread, FixedHost(tmp_path))), monitor=monitors(QuietMonitor))
    async with piloted(ClawTui(unseen)) as pilot:
        assert LOOKING in screen_text(pilot.app)
        for key in ("2", "3", "4", "1"):
            await pilot.press(key)
            assert LOOKING not in screen_text(pilot.app)


def in_a_thread(fixed: FixedHost) -> Host:
    assert current_thread() is not main_thread()
    return fixed.host()


async def test_empty_snapshot_of_an_unnamed_host_is_no_trouble() -> None:
    async with dashboard(Snapshot(taken_at=NOW, host=""), (80, 24)) as (app, _):
        assert "No gateway was found" in screen_text(app)
