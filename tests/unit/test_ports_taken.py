"""What counts as taken on a host: the same for the ports screen, `claw-tui free-port`, the wizard and the remedies."""

import asyncio
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from claw_tui.cli.main import run
from claw_tui.ports.overview import free_block_text
from gateway_core.dirs import journals_dir
from gateway_core.discovery import planned
from gateway_core.discovery.planned import PlannedInstances, RunOutcome
from gateway_core.files import FileContent
from gateway_core.monitor.monitor import take_snapshot
from gateway_core.monitor.observer import Observer
from gateway_core.onboarding.choices import Choices, ProblemCode
from gateway_core.onboarding.plan import Plan
from gateway_core.onboarding.planning import make_plan
from gateway_core.own_files import read_own_text
from gateway_core.snapshot import PortValue, Source
from tests.cli_pictures import BLOCKED, RESCUE, Pictures, host_at, picture
from tests.fixed_gateways import add_profile
from tests.fixed_host import UID, FixedHost
from tests.onboarding import COMMAND, begin_onboarding, plan_on


@pytest.fixture
def fixed(tmp_path: Path) -> FixedHost:
    """A gateway that is configured for 18789 and runs on 19789, and one more that does not run, too close to it."""
    fixed = FixedHost(tmp_path)
    add_profile(fixed, "default", 18789)
    add_profile(fixed, "near", 19809)
    fixed.add_process(77, "openclaw-gateway")
    fixed.listen(77, 19789)
    locks = fixed.home / f".openclaw/tmp/openclaw-{UID}"
    locks.mkdir(parents=True)
    lock = {"pid": 77, "startTime": 5000, "configPath": str(fixed.home / ".openclaw/openclaw.json")}
    (locks / "gateway.4eeef61b.lock").write_text(json.dumps(lock))
    return fixed


def by_command(fixed: FixedHost, capsys: pytest.CaptureFixture[str]) -> int:
    pictures = Pictures(fixed.host(), (asyncio.run(take_snapshot(fixed.host())),))
    assert run(["free-port"], pictures.gateway_host()) == 0
    return int(capsys.readouterr().out)


def on_screen(fixed: FixedHost) -> int:
    return int(re.split("[–,]", free_block_text(asyncio.run(take_snapshot(fixed.host()))))[0])


def test_everybody_agrees_beside_a_live_port_elsewhere_and_an_onboarding_under_way(
    fixed: FixedHost, capsys: pytest.CaptureFixture[str]
) -> None:
    assert {instance.live_port for instance in asyncio.run(take_snapshot(fixed.host())).instances} == {19789, None}
    assert by_command(fixed, capsys) == on_screen(fixed) == 19989
    asyncio.run(begin_onboarding(fixed, 19989))
    assert by_command(fixed, capsys) == on_screen(fixed) == 20189
    snapshot = asyncio.run(take_snapshot(fixed.host()))
    another = Choices(distribution="openclaw", profile="another", accepted_risk=True)
    plan = asyncio.run(make_plan(fixed.host(), snapshot, another, COMMAND))
    assert isinstance(plan, Plan)
    assert plan.base_port == 20189
    remedies = {conflict.remedy for conflict in snapshot.conflicts}
    assert remedies == {"move openclaw:near to base 20189: 20189–20299 is free"}


def test_nobody_calls_a_block_free_beside_a_config_that_may_not_be_read(
    fixed: FixedHost, capsys: pytest.CaptureFixture[str]
) -> None:
    snapshot = asyncio.run(take_snapshot(fixed.host()))
    first, *others = snapshot.instances
    hidden = first.model_copy(update={"config": first.config.model_copy(update={"forbidden": True}), "claims": ()})
    snapshot = snapshot.model_copy(update={"instances": (hidden, *others)})
    assert free_block_text(snapshot) == f"could not be told: this user may not read the config of {first.id}"
    assert run(["free-port"], Pictures(fixed.host(), (snapshot,)).gateway_host()) == 3
    assert f"this user may not read the config of {first.id}" in capsys.readouterr().err
    wanted = Choices(distribution="openclaw", profile="another", accepted_risk=True)
    problems = asyncio.run(make_plan(fixed.host(), snapshot, wanted, COMMAND))
    assert isinstance(problems, tuple)
    assert [problem.code for problem in problems] == [ProblemCode.PORTS_UNSEEN]
    colliding = Choices(distribution="openclaw", profile="another", port=others[0].claims[0].start, accepted_risk=True)
    problems = asyncio.run(make_plan(fixed.host(), snapshot, colliding, COMMAND))
    assert isinstance(problems, tuple)
    assert [(problem.suggestion, "cannot be told" in (problem.hint or "")) for problem in problems] == [(None, True)]
    assert asyncio.run(plan_on(fixed, snapshot, 24000)).base_port == 24000, "a user may know more"


def test_nothing_is_said_for_sure_beside_an_invalid_config(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    usual = PortValue(value=18789, source=Source.DEFAULT)
    unread = BLOCKED.model_copy(update={"base_port": usual, "configured_port": usual})

    def answer(*arguments: str) -> tuple[int, str, str]:
        code = run(list(arguments), Pictures(host_at(tmp_path), (picture(unread, RESCUE),)).gateway_host())
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    why = "the config of openclaw:default is invalid"
    code, out, err = answer("check")
    assert (code, out) == (3, "")
    assert f"could not tell which ports are taken: {why}" in err
    assert "claw-tui ls says what is wrong." in err
    for arguments in ([], ["--json"]):
        code, _, err = answer("free-port", *arguments)
        assert code == 0
        assert f"Could not tell which ports openclaw:default would take: {why}." in err
    assert "19789–19899 is free as far as could be told." in answer("free-port")[2]


def test_what_an_onboarding_has_made_or_undone_is_not_planned(fixed: FixedHost) -> None:
    asyncio.run(begin_onboarding(fixed, 19989, RunOutcome.UNDONE))
    assert asyncio.run(take_snapshot(fixed.host())).planned == ()
    asyncio.run(begin_onboarding(fixed, 19989, RunOutcome.DONE))
    assert asyncio.run(take_snapshot(fixed.host())).planned == ()
    add_profile(fixed, "coming", 19989)
    seen = asyncio.run(take_snapshot(fixed.host()))
    assert "openclaw:coming" in [instance.id for instance in seen.instances]
    assert seen.planned == ()


def test_a_journal_is_read_again_only_when_it_was_written(fixed: FixedHost, monkeypatch: pytest.MonkeyPatch) -> None:
    read = []

    def reading(path: Path, limit: int) -> FileContent:
        read.append(path)
        return replace(read_own_text(path, limit), settled=True)

    monkeypatch.setattr(planned, "read_own_text", reading)
    asyncio.run(begin_onboarding(fixed, 19989))
    instances = PlannedInstances(fixed.host())
    assert [[item.instance for item in instances.look()[0]] for _ in range(3)] == [["openclaw:coming"]] * 3
    assert len(read) == 1
    [path] = journals_dir(fixed.host()).iterdir()
    path.write_text(path.read_text().replace(RunOutcome.UNFINISHED, RunOutcome.UNDONE))
    read.clear()
    assert [instances.look()[0] for _ in range(3)] == [()] * 3
    assert len(read) == 1


def test_a_monitor_watches_what_onboardings_write(fixed: FixedHost) -> None:
    assert journals_dir(fixed.host()) in Observer(fixed.host()).watched_places().dirs


def test_a_plan_sees_what_was_begun_after_the_snapshot(fixed: FixedHost) -> None:
    snapshot = asyncio.run(take_snapshot(fixed.host()))
    asyncio.run(begin_onboarding(fixed, 19989))
    another = Choices(distribution="openclaw", profile="another", accepted_risk=True)
    plan = asyncio.run(make_plan(fixed.host(), snapshot, another, COMMAND))
    assert isinstance(plan, Plan)
    assert plan.base_port == 20189
