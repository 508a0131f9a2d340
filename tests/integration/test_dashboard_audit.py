"""The audit in the dashboard: a marker on the row, a section in the details, and nothing that waits for it."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import NoReturn

import pytest

from claw_tui.app import ClawTui
from claw_tui.hosts.local import local_gateway_host
from gateway_core.audit.model import AuditItem, AuditReport, Drift, Result
from gateway_core.demo.home import DemoHome
from gateway_core.shell_commands import shell_command
from gateway_core.snapshot import Snapshot, State
from tests.dashboard import dashboard, piloted, screen_text, show
from tests.monitors import QuietMonitor
from tests.snapshots import NOW, host, instance
from tests.until import eventually, until_shown

DEFAULT, RESCUE = "openclaw:default", "openclaw:rescue"
SHARED = AuditItem(
    instance=RESCUE, check="browser", result=Result.FAIL, evidence="the same browser", remedy="change browser.cdpUrl"
)
FINE = AuditItem(instance=DEFAULT, check="browser", result=Result.PASS, evidence="no browser is pinned")
DRIFTED = Drift(instance=RESCUE, what="base port", configured=19001, service=19008, live=None, remedy="reinstall it")
REPORT = AuditReport(items=(SHARED, FINE), drift=(DRIFTED,))
HOST = host(instance(), instance("rescue", 19001))


@pytest.fixture
def by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """No audit is made by itself in the place of the one that a test has set."""
    monkeypatch.setattr("claw_tui.audit.controller._SOON_S", 3600)


@pytest.mark.usefixtures("by_hand")
async def test_an_instance_that_fails_is_marked_and_says_why() -> None:
    async with dashboard(HOST, (160, 60)) as (app, pilot):
        assert "§" not in screen_text(app)
        app.session.audit.newest.set(REPORT)
        await pilot.pause()
        (marked,) = [line for line in screen_text(app).splitlines() if "§" in line]
        assert RESCUE in marked
        assert "1 pass  ] shows it" in screen_text(app)
        await pilot.press("down")
        await pilot.pause()
        overview = screen_text(app)
        await pilot.press("right_square_bracket")
        await pilot.pause()
        shown = screen_text(app)
    assert "1 fail, 1 value drifted  ] shows it" in overview
    assert "Audit ■ 2" in overview
    assert "the same browser" not in overview
    for text in ("■ fail", "the same browser", "→ change browser.cdpUrl", "configured 19001, service 19008, live –"):
        assert text in shown, text


@pytest.mark.usefixtures("by_hand")
async def test_the_tab_of_the_audit_lists_what_is_as_it_should_be_too() -> None:
    async with dashboard(HOST, (160, 60)) as (app, pilot):
        await pilot.press("right_square_bracket")
        await pilot.pause()
        assert "not made yet" in screen_text(app)
        app.session.audit.newest.set(REPORT)
        await pilot.pause()
        assert "no browser is pinned" in screen_text(app)
        assert "Audit ■" not in screen_text(app)


@pytest.mark.usefixtures("by_hand")
async def test_a_remedy_is_copied_whole_however_long_it_is() -> None:
    long = str(shell_command(("rm", "/srv/it's $(touch x)/" + "long-" * 60)))
    async with dashboard(HOST, (80, 24)) as (app, pilot):
        shared = SHARED.model_copy(update={"remedy": f"if need be: {long}", "command": long})
        drifted = DRIFTED.model_copy(update={"command": "openclaw gateway install"})
        app.session.audit.newest.set(AuditReport(items=(SHARED, shared), drift=(drifted,)))
        await pilot.press("down", "y", "1")
        await pilot.pause()
        assert app.clipboard == long
        await pilot.press("y", "2")
        await pilot.pause()
        assert app.clipboard == "openclaw gateway install"


@pytest.mark.usefixtures("by_hand")
async def test_an_instance_that_is_fixed_is_marked_no_more() -> None:
    async with dashboard(HOST) as (app, pilot):
        app.session.audit.newest.set(REPORT)
        await pilot.pause()
        app.session.audit.newest.set(AuditReport(items=(FINE,)))
        await pilot.pause()
        assert "§" not in screen_text(app)


def audited(app: ClawTui) -> AuditReport | None:
    return app.session.audit.newest.value


class BrokenMonitor(QuietMonitor):
    async def audit(self) -> AuditReport:
        raise OSError("no /proc here")


@pytest.mark.usefixtures("by_hand")
async def test_an_audit_that_breaks_is_a_problem_that_the_user_sees() -> None:
    async with dashboard(HOST, monitor=BrokenMonitor) as (app, pilot):
        app.session.audit.newest.set(REPORT)
        app.session.audit.audit()
        await eventually(pilot, lambda: bool(app.session.problems.own.value))
        assert "OSError: no /proc here" in app.session.problems.own.value[0].message
        assert audited(app) is None
        app.session.audit.audit()
        await pilot.pause(0.1)
        assert len(app.session.problems.own.value) == 1


class CountingMonitor(QuietMonitor):
    def __init__(self) -> None:
        super().__init__()
        self.audits = 0

    async def subscribe(self) -> AsyncIterator[Snapshot]:
        yield HOST
        await asyncio.Event().wait()

    async def audit(self) -> AuditReport:
        self.audits += 1
        return AuditReport(items=(FINE.model_copy(update={"evidence": f"audit {self.audits}"}),), at=NOW)


async def test_it_is_made_again_when_instances_come_or_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("claw_tui.audit.controller._SOON_S", 0.01)
    monitor = CountingMonitor()
    async with dashboard(HOST, (80, 24), monitor=lambda: monitor) as (app, pilot):
        await eventually(pilot, lambda: monitor.audits == 1)
        await show(app, pilot, host(instance(), instance("rescue", 19001, State.STOPPED)))
        await pilot.pause(0.1)
        assert monitor.audits == 1, "the same instances are there"
        await show(app, pilot, host(instance()))
        await eventually(pilot, lambda: monitor.audits == 2)
        await show(app, pilot, HOST)
        await eventually(pilot, lambda: monitor.audits == 3)
        await pilot.press("right_square_bracket")
        await until_shown(pilot, f"as of {NOW.astimezone():%H:%M:%S}")
        assert "audit 3" in screen_text(app)


def _no_monitor() -> NoReturn:
    raise OSError("nobody can watch")


async def test_without_anybody_who_watches_there_is_no_audit() -> None:
    async with dashboard(None, monitor=_no_monitor) as (app, pilot):
        await eventually(pilot, lambda: bool(app.session.problems.own.value))
        app.session.audit.audit()
        await pilot.pause()
        assert app.session.audit.newest.value is None


@pytest.mark.slow
async def test_real_gateways_are_audited_by_themselves_and_again_on_demand(demo_home: DemoHome) -> None:
    gateway = await demo_home.start("openclaw", "main")
    app = ClawTui(local_gateway_host(demo_home.host))
    async with piloted(app, (160, 60)) as pilot:
        await eventually(pilot, lambda: app.session.audit.newest.value is not None)
        assert app.session.audit.newest.value is not None
        assert app.session.audit.newest.value.worst("openclaw:main") is Result.PASS
        config = json.loads(gateway.profile.config_path.read_text("utf-8"))
        config["gateway"] |= {"auth": {"mode": "none"}, "bind": "lan"}
        gateway.profile.config_path.write_text(json.dumps(config), "utf-8")

        def noticed() -> bool:
            if app.session.audit.newest.value and app.session.audit.newest.value.worst("openclaw:main") is Result.FAIL:
                return True
            app.session.audit.audit()
            return False

        await eventually(pilot, noticed, every_s=0.5)
