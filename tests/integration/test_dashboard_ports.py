"""Mode 2 of the running dashboard: the map, the list that keeps its place, the question who has a port."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.pilot import Pilot

from claw_tui.app import ClawTui
from claw_tui.hosts.local import local_gateway_host
from claw_tui.ports.map_view import PortMapView
from claw_tui.ports.screen import ConflictList, PortsScreen
from claw_tui.shell.common_sheets import CopySheet, InstanceSheet, TextSheet
from claw_tui.shell.dashboard_app import DashboardResult
from claw_tui.shell.detail_pane import DetailPane
from claw_tui.shell.filtered_screen import FilterBar
from claw_tui.shell.mode_screen import ModeScreen
from gateway_core.demo.home import DemoHome
from gateway_core.snapshot import Grade, Snapshot
from tests.claimants import claimant, listener
from tests.dashboard import SIZES, dashboard, piloted, screen_text, show
from tests.port_snapshots import calm, conflicted, snapshot_of
from tests.until import eventually


@asynccontextmanager
async def ports(
    snapshot: Snapshot, size: tuple[int, int] = (120, 36)
) -> AsyncIterator[tuple[ClawTui, Pilot[DashboardResult]]]:
    async with dashboard(snapshot, size) as (app, pilot):
        await pilot.press("2")
        await pilot.pause()
        await pilot.pause()
        assert isinstance(app.screen, PortsScreen)
        yield app, pilot


def chosen_instance(app: ClawTui) -> str | None:
    screen = app.screen
    assert isinstance(screen, ModeScreen)
    return screen.chosen.id if screen.chosen else None


def chosen_grade(app: ClawTui) -> Grade | None:
    assert isinstance(app.screen, PortsScreen)
    chosen = app.screen.chosen_conflict
    return chosen.grade if chosen else None


def listed(app: ClawTui) -> list[str | None]:
    conflicts = app.screen.query_one(ConflictList)
    return [option.id for option in conflicts.options]


@pytest.mark.parametrize("size", SIZES)
async def test_conflicts_are_on_screen_in_every_size(size: tuple[int, int]) -> None:
    async with ports(conflicted(), size) as (app, _):
        text = screen_text(app)
        assert "▲ 2 conflicts, worst first" in text
        assert "▲ squatter   18791        openclaw:default × python3 (pid 77)" in text
        assert "→ move clawdbot:cb to base 19989" in text


@pytest.mark.parametrize("size", SIZES[1:])
async def test_the_map_is_above_the_list_where_there_is_room(size: tuple[int, int]) -> None:
    async with ports(conflicted(), size) as (app, _):
        text = screen_text(app)
        assert "├─▲┬" in text
        assert "◆ python3 (77)" in text
        assert "■ bound" in text


async def test_a_large_screen_lists_the_ports_of_every_gateway_below_the_conflicts() -> None:
    async with ports(conflicted(), (160, 48)) as (app, pilot):
        text = screen_text(app)
        assert "● gateway 18789  ▲ browser-control 18791" in text
        assert "○ gateway 19789" in text
        assert text.index("The ports of each gateway") > text.index("clawdbot:cb × openclaw:default")
        assert "next free block     1" in text
        await pilot.resize_terminal(160, 36)
        await pilot.pause()
        assert "The ports of each gateway" not in screen_text(app)


@pytest.mark.parametrize("size", SIZES[1:])
async def test_without_conflicts_the_ports_of_each_gateway_are_listed_in_their_place(size: tuple[int, int]) -> None:
    async with ports(calm(), size) as (app, _):
        text = screen_text(app)
        assert "The ports of each gateway" in text
        assert text.count("next free block") == 1


async def test_on_a_small_screen_the_list_comes_first_and_the_map_on_demand() -> None:
    async with ports(conflicted(), (80, 24)) as (app, pilot):
        assert "├─▲┬" not in screen_text(app)
        await pilot.press("m")
        assert "├─▲┬" in screen_text(app)
        assert "▲ squatter" in screen_text(app)
        await pilot.press("m")
        assert "├─▲┬" not in screen_text(app)


@pytest.mark.parametrize("size", SIZES)
async def test_a_calm_host_is_told_so_with_the_map_and_the_next_free_block(size: tuple[int, int]) -> None:
    async with ports(calm(), size) as (app, pilot):
        text = screen_text(app)
        assert "● No conflicts" in text
        assert "next free block   19989–20099" in text
        assert "openclaw:rescue" in text
        await pilot.press("enter", "y", "g", "down")
        assert isinstance(app.screen, PortsScreen)


async def test_a_host_without_gateways_is_no_error() -> None:
    async with ports(snapshot_of([])) as (app, _):
        assert "none on this machine yet" in screen_text(app)


async def test_selecting_a_conflict_points_at_its_lanes() -> None:
    async with ports(conflicted()) as (app, pilot):
        assert "▸ ◆ python3 (77)" in screen_text(app)
        assert "▸ clawdbot:cb" not in screen_text(app)
        await pilot.press("down")
        assert chosen_grade(app) is Grade.POSSIBLE
        assert "▸ clawdbot:cb" in screen_text(app)
        assert "▸ openclaw:default" in screen_text(app)
        assert "▸ ◆ python3" not in screen_text(app)


async def test_the_cursor_stays_on_its_conflict_whatever_comes_and_goes() -> None:
    async with ports(conflicted()) as (app, pilot):
        await pilot.press("down")
        before = app.screen.query_one(ConflictList).chosen
        worse = conflicted()
        more = [*worse.listeners, listener(18789, 501, "node"), listener(18850, 502, "ruby")]
        claimants = [claimant("openclaw:default", 18789), claimant("clawdbot:cb", 18889, "2026.1.24")]
        await show(app, pilot, snapshot_of(claimants, more))
        assert len(listed(app)) > 2
        chosen = app.screen.query_one(ConflictList).chosen
        assert before
        assert chosen
        assert chosen.id == before.id
        assert chosen_grade(app) is Grade.POSSIBLE
        await show(app, pilot, snapshot_of(claimants[:1], [listener(18850, 502, "ruby")]))
        assert chosen_grade(app) is Grade.SQUATTER
        await show(app, pilot, calm())
        assert app.screen.query_one(ConflictList).chosen is None
        assert "● No conflicts" in screen_text(app)


async def test_nothing_is_drawn_again_while_nothing_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    async with ports(conflicted()) as (app, pilot):
        drawn = []
        monkeypatch.setattr(PortMapView, "_put", lambda self, drawing: drawn.append(drawing))
        monkeypatch.setattr(ConflictList, "clear_options", drawn.append)
        await show(app, pilot, conflicted().model_copy(update={"host": "other"}))
        assert not drawn


async def test_typing_a_port_answers_who_has_it() -> None:
    async with ports(conflicted(), (80, 24)) as (app, pilot):
        await pilot.press("slash", *"18892")
        text = screen_text(app)
        assert "Who has 18892?" in text
        assert "● clawdbot:cb  clawdbot-gatewa (pid 15249)" in text
        assert "1 conflict, esc clears" in text
        await pilot.press("enter", "escape")
        assert "Who has" not in screen_text(app).replace("Who has…", "")
        assert len(listed(app)) == 2


async def test_an_asked_port_is_marked_on_the_map() -> None:
    async with ports(conflicted()) as (app, pilot):
        await pilot.press("slash", *"19050", "enter")
        text = screen_text(app)
        assert "▼" in text
        assert "19050" in text.splitlines()[2]
        assert "▸ openclaw:rescue" in text


async def test_the_answer_follows_the_host() -> None:
    async with ports(conflicted()) as (app, pilot):
        await pilot.press("slash", *"19789", "enter")
        assert "○ nobody" in screen_text(app)
        seen = conflicted()
        await show(app, pilot, seen.model_copy(update={"listeners": (*seen.listeners, listener(19789, 88, "caddy"))}))
        assert "◆ caddy (pid 88)" in screen_text(app)


async def test_filter_by_grade_and_by_instance() -> None:
    async with ports(conflicted()) as (app, pilot):
        await pilot.press("g", "g")
        assert "▲ 1 of 2 conflicts: only possible" in screen_text(app)
        assert chosen_grade(app) is Grade.POSSIBLE
        await pilot.press("escape")
        assert len(listed(app)) == 2
        await pilot.press("slash", *"openclaw:rescue")
        assert listed(app) == []
        assert "No conflict matches" in screen_text(app)
        await pilot.press("escape")
        assert not app.screen.query(FilterBar)
        assert len(listed(app)) == 2


async def test_enter_shows_all_of_a_conflict() -> None:
    async with ports(conflicted(), (80, 24)) as (app, pilot):
        await pilot.press("down", "enter")
        assert isinstance(app.screen, TextSheet)
        assert "the range that another may" in screen_text(app)
        await pilot.press("escape")
        assert chosen_grade(app) is Grade.POSSIBLE


async def test_the_remedy_is_copied_with_two_keys() -> None:
    async with ports(conflicted()) as (app, pilot):
        await pilot.press("down", "y")
        assert isinstance(app.screen, CopySheet)
        await pilot.press("r")
        assert app.clipboard == "move clawdbot:cb to base 19989: 19989–20099 is free"


async def test_snapshots_while_another_mode_is_seen_are_caught_up_with() -> None:
    async with ports(calm()) as (app, pilot):
        await pilot.press("1")
        await show(app, pilot, conflicted())
        await pilot.press("2")
        await pilot.pause()
        assert "▲ 2 conflicts" in screen_text(app)
        assert chosen_grade(app) is Grade.SQUATTER


async def test_fifty_instances_scroll_to_the_lanes_of_the_chosen_conflict() -> None:
    claimants = [claimant(f"openclaw:p{number:02}", 2000 + 200 * number) for number in range(50)]
    crowded = snapshot_of(claimants, [listener(2000 + 200 * 49, 4242, "nginx")])
    async with ports(crowded) as (app, pilot):
        await eventually(pilot, lambda: "▸ ◆ nginx (4242)" in screen_text(app))
        assert "▸ openclaw:p49" in screen_text(app)
        assert "2000" in screen_text(app).splitlines()[2]


async def test_details_stay_readable_in_both_themes_and_after_a_resize() -> None:
    async with ports(conflicted(), (160, 48)) as (app, pilot):
        app.theme = "claw-light"
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        assert not app.screen.query_one(DetailPane).display
        await pilot.resize_terminal(120, 36)
        await pilot.pause()
        assert app.screen.query_one(DetailPane).display
        assert "├─▲┬" in screen_text(app)


async def test_from_an_instance_to_its_conflicts_and_back() -> None:
    async with dashboard(conflicted()) as (app, pilot):
        assert chosen_instance(app) == "clawdbot:cb"
        await pilot.press("c")
        await pilot.pause()
        assert "▲ 1 of 2 conflicts: clawdbot:cb" in screen_text(app)
        assert chosen_grade(app) is Grade.POSSIBLE
        await pilot.press("1")
        await pilot.pause()
        assert chosen_instance(app) == "clawdbot:cb"


async def test_from_a_conflict_to_one_of_its_instances() -> None:
    async with ports(conflicted()) as (app, pilot):
        await pilot.press("down", "i")
        assert isinstance(app.screen, InstanceSheet)
        await pilot.press("down", "enter")
        await pilot.pause()
        assert app.current_mode == "instances"
        assert chosen_instance(app) == "openclaw:default"


async def test_going_to_an_instance_that_a_filter_hides_clears_the_filter() -> None:
    async with dashboard(conflicted()) as (app, pilot):
        await pilot.press("slash", *"rescue", "enter", "2")
        await pilot.pause()
        await pilot.press("i")
        await pilot.pause()
        assert chosen_instance(app) == "openclaw:default"


async def test_an_instance_without_conflicts_offers_no_way_to_them() -> None:
    async with dashboard(calm()) as (app, pilot):
        assert app.screen.check_action("conflicts", ()) is False
        await pilot.press("c")
        assert app.current_mode == "instances"


@pytest.mark.slow
async def test_a_squatter_comes_to_the_screen_and_leaves_it(demo_home: DemoHome) -> None:
    port = demo_home.add_profile("openclaw", "rescue").port + 2
    app = ClawTui(local_gateway_host(demo_home.host))
    async with piloted(app, (160, 48)) as pilot:
        await eventually(pilot, lambda: app.session.snapshot.value is not None and app.session.snapshot.value.instances)
        await pilot.press("2", "slash", *str(port), "enter")
        await eventually(pilot, lambda: "○ nobody" in screen_text(app))
        name = Path(sys.executable).name
        async with http_server(port) as pid:
            await eventually(pilot, lambda: f"◆ {name} (pid {pid})" in screen_text(app))
            await eventually(pilot, lambda: f"▲ squatter   {port}" in screen_text(app))
            assert f"▸ ◆ {name} ({pid})" in screen_text(app)
        await eventually(pilot, lambda: "○ nobody" in screen_text(app))
        assert "▲ squatter" not in screen_text(app)


@asynccontextmanager
async def http_server(port: int) -> AsyncIterator[int]:
    command = (sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1")
    quiet = asyncio.subprocess.DEVNULL
    server = await asyncio.create_subprocess_exec(*command, stdout=quiet, stderr=quiet)
    try:
        yield server.pid
    finally:
        server.kill()
        await server.wait()
