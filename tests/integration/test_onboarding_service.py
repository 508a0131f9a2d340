"""Runs that end with a service, under a real systemd user manager: installed, started, proven, and taken back whole."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway_core.demo.home import DemoHome
from gateway_core.monitor.monitor import take_snapshot
from gateway_core.onboarding.journal import unfinished_journals
from gateway_core.onboarding.plan import OnboardingResult
from gateway_core.onboarding.run import resume, run
from gateway_core.onboarding.undo import UndoResult, undo
from gateway_core.operations import ErrorCode
from gateway_core.snapshot import State
from tests.onboarding import choices, contents, planned, run_until_killed
from tests.real_processes import is_free, other_process
from tests.systemd_manager import SystemdUserManager, user_manager

pytestmark = [pytest.mark.systemd, pytest.mark.usual_ports, pytest.mark.slow]
GONE = {"ActiveState": "inactive", "LoadState": "not-found"}
"""What a manager says of a unit that it does not know."""


@pytest.fixture
def tmp_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A short path: those of systemd's sockets, which lie below it, have room for 107 bytes."""
    return tmp_path_factory.mktemp("s")


@pytest.fixture
def manager(demo_home: DemoHome) -> Iterator[SystemdUserManager]:
    """The manager of the demo home's own user."""
    with user_manager(demo_home.home, Path(demo_home.environment["XDG_RUNTIME_DIR"])) as running:
        yield running


def states(manager: SystemdUserManager, unit: str) -> dict[str, str]:
    return {name: manager.property(unit, name) for name in GONE}


@pytest.mark.parametrize("distribution", ["clawdbot", "openclaw"])
async def test_a_gateway_with_a_service_is_made_started_proven_and_taken_back(
    demo_home: DemoHome, manager: SystemdUserManager, distribution: str
) -> None:
    host = demo_home.host()
    before = contents(demo_home.home)
    plan = await planned(host, choices(distribution=distribution, service=True, start=True))
    unit = Path(plan.creates[-1].path)

    result = await run(host, plan)

    assert (result.ok, result.error, result.state) == (True, None, State.RUNNING)
    assert [step.name for step in result.steps][-3:] == ["install-service", "start", "prove"]
    assert states(manager, unit.name) == {"ActiveState": "active", "LoadState": "loaded"}
    assert manager.property(unit.name, "UnitFileState") == "enabled"
    instance = (await take_snapshot(host)).instance(plan.instance)
    assert instance is not None
    assert instance.live_port == plan.base_port
    assert instance.signals.service is not None
    assert (instance.signals.service.name, instance.signals.service.enabled) == (unit.name, True)

    undone = await undo(host, result.journal or "")
    assert isinstance(undone, UndoResult)
    assert (undone.ok, undone.error) == (True, None)
    assert [step.name for step in undone.steps] == ["look", "stop", "uninstall-service", "move"]
    assert states(manager, unit.name) == GONE
    assert is_free(plan.base_port)
    assert contents(demo_home.home) == before


async def test_a_service_that_is_not_to_be_started_is_stopped_again(
    demo_home: DemoHome, manager: SystemdUserManager
) -> None:
    host = demo_home.host()
    plan = await planned(host, choices(service=True))
    unit = Path(plan.creates[-1].path).name
    result = await run(host, plan)
    assert (result.ok, result.state) == (True, State.STOPPED), result.error
    assert plan.commands[-1].shown == "claw-tui stop openclaw:rescue"
    assert manager.property(unit, "ActiveState") == "inactive"
    assert manager.property(unit, "UnitFileState") == "enabled"
    assert is_free(plan.base_port)


@pytest.mark.parametrize("moment", ["install-service begins", "StepEnded of the lifecycle", "install-service ends"])
async def test_killed_around_the_install_it_is_taken_back_or_finished(
    demo_home: DemoHome, manager: SystemdUserManager, moment: str
) -> None:
    host = demo_home.host()
    before = contents(demo_home.home)
    plan = await planned(host, choices(service=True, start=True))
    unit = Path(plan.creates[-1].path).name
    for finish in (False, True):
        assert run_until_killed(demo_home, plan, moment) == -9
        [journal] = unfinished_journals(host)
        if finish:
            finished = await resume(host, journal.id)
            assert getattr(finished, "state", finished) is State.RUNNING
            assert manager.property(unit, "ActiveState") == "active"
        undone = await undo(host, journal.id)
        assert isinstance(undone, UndoResult)
        assert (undone.ok, undone.error) == (True, None)
        assert states(manager, unit) == GONE
        assert contents(demo_home.home) == before


async def test_a_resumed_omniclaw_is_not_installed_on_a_block_that_somebody_has_taken_meanwhile(
    demo_home: DemoHome, manager: SystemdUserManager, tmp_path: Path
) -> None:
    host = demo_home.host()
    plan = await planned(host, choices(distribution="omniclaw", service=True))
    unit = Path(plan.creates[-1].path)
    assert run_until_killed(demo_home, plan, "install-service begins") == -9
    [journal] = unfinished_journals(host)

    with other_process(tmp_path, plan.base_port + 57, called="omniclaw-notes") as neighbour:
        refused = await resume(host, journal.id)
        assert isinstance(refused, OnboardingResult)
        assert refused.error is not None
        assert refused.error.code is ErrorCode.SERVICE_FAILED
        assert f"port {plan.base_port + 57} is held by" in refused.error.message
        assert neighbour.unharmed
    assert str(unit.relative_to(demo_home.home)) not in contents(demo_home.home)
    assert states(manager, unit.name) == GONE

    finished = await resume(host, journal.id)
    assert isinstance(finished, OnboardingResult)
    assert (finished.ok, finished.error) == (True, None)
    assert manager.property(unit.name, "UnitFileState") == "enabled"


async def test_without_a_manager_the_profile_is_there_and_the_reason_is_said(demo_home: DemoHome) -> None:
    host = demo_home.host()
    before = contents(demo_home.home)
    result = await run(host, await planned(host, choices(service=True, start=True)))
    assert result.error is not None
    assert result.error.code is ErrorCode.SERVICE_FAILED
    assert any("systemctl --user unavailable" in line for line in result.error.last_lines), result.error
    undone = await undo(host, result.journal or "")
    assert isinstance(undone, UndoResult)
    assert undone.ok
    assert contents(demo_home.home) == before
