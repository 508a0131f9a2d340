"""The part of the instances that is shown: chips, the sheet of `f`, groups; and the way from problem to problem."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot

from claw_tui.app import ClawTui
from claw_tui.instances.attention import Place, attention_items
from claw_tui.instances.detail_tabs import DetailTab, DetailTabs
from claw_tui.instances.facet_caption import FacetCaption
from claw_tui.instances.screen import InstancesScreen
from claw_tui.instances.table import InstanceTable
from claw_tui.ports.screen import ConflictList
from claw_tui.settings import LoadedSettings, Settings
from claw_tui.shell.bars import HostBar
from claw_tui.shell.dashboard_app import DashboardResult
from gateway_core.audit.model import AuditItem, AuditReport, Result
from gateway_core.snapshot import Grade, Problem, Snapshot, State
from tests.dashboard import dashboard, screen_text, show
from tests.snapshots import conflict, host, instance

HOST = host(
    instance("bot1", 18789, conflicts=("c1",)),
    instance("bot2", 18989, State.DEGRADED, reason="live, not ready: discord"),
    instance("dev", 19189, State.STOPPED),
    instance("rescue", 19389, State.WEDGED, reason="it does not answer"),
    conflicts=(conflict("openclaw:bot1", "openclaw:bot2"),),
)
SETTINGS = LoadedSettings(Settings(groups={"bots": ("bot*",), "odd": ("*:nobody",)}))
UNSEEN = Problem(where="/proc/net/tcp", message="permission denied", unseen=True)
Piloted = Pilot[DashboardResult]


def rows(app: ClawTui) -> list[str]:
    return [key.removeprefix("openclaw:") for key in app.screen.query_one(InstanceTable).keys]


async def click_tally(app: ClawTui, pilot: Piloted, text: str) -> None:
    line = str(app.screen.query_one(HostBar).render())
    await pilot.click(HostBar, offset=(line.index(text), 0))
    await pilot.pause()


@pytest.mark.parametrize(("size", "tally"), [((80, 24), "◐1"), ((120, 36), "◐ 1 degraded")])
async def test_a_click_on_a_state_shows_only_that_and_another_click_all(size: tuple[int, int], tally: str) -> None:
    async with dashboard(HOST, size) as (app, pilot):
        await click_tally(app, pilot, tally)
        assert rows(app) == ["bot2"]
        assert f"[{tally}]" in screen_text(app)
        assert "only ◐ degraded: 1 of 4 instances" in screen_text(app)
        await click_tally(app, pilot, f"[{tally}]")
        assert len(rows(app)) == 4
        assert not app.screen.query_one(FacetCaption).display


async def test_a_click_in_another_mode_leads_to_the_instances_of_that_state_also_again() -> None:
    async with dashboard(HOST, (120, 36)) as (app, pilot):
        for _ in range(2):
            await pilot.press("3")
            await click_tally(app, pilot, "◐ 1 degraded")
            assert app.current_mode == "instances"
            assert rows(app) == ["bot2"]


async def test_a_click_on_the_conflicts_leads_to_them() -> None:
    async with dashboard(HOST, (120, 36)) as (app, pilot):
        await click_tally(app, pilot, "▲ 1 conflict")
        assert app.current_mode == "ports"


@pytest.mark.parametrize("key", ["enter", "space"])
async def test_the_line_under_the_cursor_is_chosen_as_its_mark_suggests(key: str) -> None:
    async with dashboard(HOST) as (app, pilot):
        await pilot.press("f", "down", key)
        assert rows(app) == ["bot1", "bot2", "rescue"]


async def test_a_typed_filter_goes_on_top_and_goes_first() -> None:
    async with dashboard(HOST, settings=SETTINGS) as (app, pilot):
        await pilot.press("f", "a")
        assert rows(app) == ["bot1", "bot2"]
        await pilot.press("slash", *"degraded", "enter")
        assert rows(app) == ["bot2"]
        assert "only group bots: 1 of 4 instances" in screen_text(app)
        await pilot.press("escape")
        assert rows(app) == ["bot1", "bot2"]
        await pilot.press("escape")
        assert len(rows(app)) == 4


async def test_the_sheet_counts_states_groups_and_what_needs_attention() -> None:
    async with dashboard(HOST, settings=SETTINGS) as (app, pilot):
        await pilot.press("f")
        framed = [line.partition("│")[2].rpartition("│")[0] for line in screen_text(app).splitlines()]
        lines = [" ".join(line.removeprefix("▌").split()) for line in (part.strip() for part in framed)]
        shown = [
            "0 ✓ all instances 4",
            "! ! needs attention 3",
            "1 ■ unresponsive 1",
            "2 ◐ degraded 1",
            "3 ● running 1",
        ]
        assert [line for line in shown if line in lines] == shown
        assert {"4 ○ stopped 1", "a group bots 2", "b group odd 0"} <= set(lines)
        await pilot.press("exclamation_mark")
        assert rows(app) == ["bot1", "bot2", "rescue"]
        await pilot.press("f", "down", "enter")  # the cursor was on what is shown
        assert rows(app) == ["rescue"]
        await pilot.press("f", "escape")
        assert rows(app) == ["rescue"]
        await pilot.press("f", "0")
        assert len(rows(app)) == 4


async def test_nothing_left_is_explained_and_what_comes_is_shown() -> None:
    async with dashboard(HOST, settings=SETTINGS) as (app, pilot):
        await pilot.press("f", "b")
        assert rows(app) == []
        assert "None is shown: only group odd" in screen_text(app)
        came = HOST.model_copy(update={"instances": (*HOST.instances, instance("nobody", 20001))})
        await show(app, pilot, came)
        assert rows(app) == ["nobody"]


async def test_only_what_is_in_sight_is_selected_and_acted_on() -> None:
    async with dashboard(HOST, settings=SETTINGS) as (app, pilot):
        screen = app.screen
        assert isinstance(screen, InstancesScreen)
        screen._instances.select_all()
        await pilot.press("f", "a")
        assert [one.id for one in screen.targets] == ["openclaw:bot1", "openclaw:bot2"]


async def test_an_instance_that_another_mode_names_is_shown_whatever_is_hidden() -> None:
    async with dashboard(HOST, settings=SETTINGS) as (app, pilot):
        await pilot.press("f", "a", "slash", *"bot", "enter")
        assert isinstance(app.screen, InstancesScreen)
        await app.screen.point_at("openclaw:rescue")
        await pilot.pause()
        assert app.screen.query_one(InstanceTable).chosen == "openclaw:rescue"
        assert len(rows(app)) == 4


# --- the next problem -------------------------------------------------------------------------------------------


def told(app: ClawTui) -> list[str]:
    return [one.message for one in app._notifications if one.title == "Next problem"]


async def test_the_next_problem_is_the_next_worst_over_all_modes_round_and_round() -> None:
    seen = HOST.model_copy(update={"problems": (UNSEEN,)})
    async with dashboard(seen, toasts=True) as (app, pilot):
        await pilot.press("right_square_bracket", "right_square_bracket", "exclamation_mark")
        assert app.screen.query_one(InstanceTable).chosen == "openclaw:rescue"
        assert app.screen.query_one(DetailTabs).active is DetailTab.OVERVIEW, "which says why it is in that state"
        assert told(app) == ["1 of 4: openclaw:rescue: unresponsive"]
        await pilot.press("exclamation_mark")
        assert app.screen.query_one(InstanceTable).chosen == "openclaw:bot2"
        await pilot.press("exclamation_mark")
        assert app.current_mode == "ports"
        assert told(app) == ["3 of 4: possible conflict over 18889–18899"]
        assert screen_text(app).count("Next problem") == 2  # the toast, and the key in the footer
        await pilot.press("exclamation_mark")
        assert "permission denied" in screen_text(app)
        assert told(app) == ["4 of 4: 1 problem: not all could be seen"]
        await pilot.press("escape", "exclamation_mark")
        assert app.screen.query_one(InstanceTable).chosen == "openclaw:rescue"


async def test_what_is_over_or_gone_leads_on_and_never_back_to_the_worst() -> None:
    three = [instance(name, 19001 + 200 * at, State.WEDGED) for at, name in enumerate("abc")]
    async with dashboard(host(*three), toasts=True) as (app, pilot):
        await pilot.press("exclamation_mark", "exclamation_mark")
        await show(app, pilot, host(three[0], three[2]))
        await pilot.press("exclamation_mark")
        assert told(app) == ["2 of 2: openclaw:c: unresponsive"]
        await show(app, pilot, host(three[0]))
        await pilot.press("exclamation_mark")
        assert told(app) == ["1 of 1: openclaw:a: unresponsive"]


async def test_a_failed_audit_of_what_is_gone_is_no_problem() -> None:
    report = AuditReport(
        items=tuple(
            AuditItem(instance=f"openclaw:{name}", check="sessions", result=Result.FAIL, evidence="shared")
            for name in ("bot1", "gone")
        ),
    )
    found = [one.subject for one in attention_items(host(instance("bot1")), report, ()) if one.place is Place.AUDIT]
    assert found == ["openclaw:bot1"]


async def test_a_group_with_a_long_name_leaves_room_for_the_numbers() -> None:
    long = LoadedSettings(Settings(groups={"a group with a rather long name of sixty letters or so, as it": ("bot*",)}))
    async with dashboard(HOST, (80, 24), long) as (app, pilot):
        await pilot.press("f", "a")
        assert ": 2 of 4 instances   f another  esc all" in screen_text(app)


async def test_a_conflict_out_of_sight_comes_into_sight() -> None:
    certain = conflict("openclaw:bot1", "openclaw:dev", Grade.CERTAIN).model_copy(update={"id": "c2"})
    quiet = host(instance("bot1"), instance("dev", 19001), conflicts=(*HOST.conflicts, certain))
    async with dashboard(quiet) as (app, pilot):
        await pilot.press("2", "slash", *"nothing", "enter", "exclamation_mark", "exclamation_mark")
        chosen = app.screen.query_one(ConflictList).chosen
        assert chosen is not None
        assert chosen.id == "c1"


@pytest.mark.parametrize("snapshot", [host(instance("dev", state=State.STOPPED)), host()])
async def test_no_problem_is_said(snapshot: Snapshot) -> None:
    async with dashboard(snapshot, toasts=True) as (app, pilot):
        await pilot.press("exclamation_mark")
        assert told(app)[0].startswith("There is none")
