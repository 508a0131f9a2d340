"""A service manager that says nothing, or nothing that makes sense: nothing is called stopped, nothing is started."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gateway_core.demo.home import DemoHome
from gateway_core.demo.installation import DemoProfile
from gateway_core.discovery.seen_units import SeenUnits
from gateway_core.lifecycle import staying_down
from gateway_core.lifecycle.backend import DIRECT, Options
from gateway_core.lifecycle.operate import operate
from gateway_core.monitor.monitor import take_snapshot
from gateway_core.operations import ErrorCode, Operation, OperationResult
from gateway_core.services import managers
from gateway_core.snapshot import ServiceSignal, Snapshot
from tests.impostors import impostor
from tests.program import claw_tui
from tests.real_processes import gateways_of
from tests.stand_in_systemctl import INACTIVE, RUNNING, StandInSystemctl

SILENCES = {
    "hangs": "exec /bin/sleep 600",
    "fails": "echo 'Failed to connect to bus: No medium found' >&2; exit 1",
    "is killed": "kill -KILL $$",
    "says garbage": "echo 'Hello, world'; echo; echo '{}'",
    "says nothing": "exit 0",
    "says half of it": "printf 'Restart=always\\nMainPID=0\\nNRestarts='",
    "knows no such state": "printf 'Id=x.service\\nActiveState=sleeping\\nMainPID=0\\n'",
    "tells of another unit only": "printf 'Id=other.service\\nActiveState='",
}


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(managers, "DEADLINE_S", 0.5)
    monkeypatch.setattr(staying_down, "WATCH_S", 0.3)


@pytest.fixture
def systemctl(demo_home: DemoHome) -> StandInSystemctl:
    return StandInSystemctl.of(demo_home)


def with_unit(home: DemoHome, name: str = "p") -> DemoProfile:
    profile = home.add_profile("openclaw", name)
    home.write_unit(profile)
    return profile


def require_doubt(result: OperationResult) -> None:
    assert result.error is not None, result
    assert result.error.code is ErrorCode.UNKNOWN_STATE, result.error
    assert "could not be told" in result.error.message
    assert result.error.hint is not None
    assert not any("was not running" in (step.detail or "") for step in result.steps)


@pytest.mark.parametrize(
    ("silence", "operation"),
    [
        *((silence, Operation.STOP) for silence in SILENCES),
        *(("hangs", operation) for operation in (Operation.START, Operation.RESTART, Operation.KILL)),
    ],
)
async def test_what_its_manager_does_not_tell_is_not_known(
    demo_home: DemoHome, systemctl: StandInSystemctl, silence: str, operation: Operation
) -> None:
    profile = with_unit(demo_home)
    systemctl.does(SILENCES[silence])
    result = await operate(systemctl.host(), profile.id, operation, Options(confirmed=True))
    require_doubt(result)
    assert (gateways_of(profile), systemctl.told) == ([], [])


async def test_a_direct_start_is_no_way_around_it(demo_home: DemoHome, systemctl: StandInSystemctl) -> None:
    profile = with_unit(demo_home)
    systemctl.does(SILENCES["hangs"])
    require_doubt(await operate(systemctl.host(), profile.id, Operation.START, Options(backend=DIRECT)))
    assert gateways_of(profile) == []


async def test_a_missing_manager_tells_nothing_either(demo_home: DemoHome, systemctl: StandInSystemctl) -> None:
    profile = with_unit(demo_home)
    systemctl.does("exit 0")
    (systemctl.directory / "systemctl").write_text("#!/nonexistent/interpreter\n")
    require_doubt(await operate(systemctl.host(), profile.id, Operation.STOP))


async def test_the_manager_of_the_system_counts_as_well(demo_home: DemoHome, systemctl: StandInSystemctl) -> None:
    profile = demo_home.add_profile("openclaw", "p")
    text = demo_home.write_unit(profile)
    system = demo_home.root / "etc" / "systemd" / "system" / text.name
    system.parent.mkdir(parents=True)
    text.rename(system)
    answer = INACTIVE.format(name=text.name)
    systemctl.does(f"[ \"$1\" = --user ] && printf '{answer}' && exit; exec /bin/sleep 600")
    result = await operate(systemctl.host(), profile.id, Operation.STOP)
    require_doubt(result)
    assert result.error is not None
    assert "systemd-system" in result.error.message


async def test_a_unit_that_was_seen_to_run_it_counts_as_well(demo_home: DemoHome, systemctl: StandInSystemctl) -> None:
    profile = demo_home.add_profile("openclaw", "p")
    unit = demo_home.home / ".config" / "systemd" / "user" / "of-a-script.service"
    unit.parent.mkdir(parents=True, exist_ok=True)
    unit.write_text("[Service]\nExecStart=/opt/start.sh\n")
    host = systemctl.host()
    SeenUnits(host).add(profile.config_path, ("systemd-user", unit.name), str(unit))
    systemctl.does(SILENCES["hangs"])
    require_doubt(await operate(host, profile.id, Operation.STOP))
    require_doubt(await operate(host, profile.id, Operation.START))


async def test_a_template_that_it_could_be_one_of_counts_as_well(
    demo_home: DemoHome, systemctl: StandInSystemctl
) -> None:
    profile = demo_home.add_profile("openclaw", "p")
    unit = demo_home.write_unit(profile)
    text = unit.read_text().replace("profile: p", "profile: %i")
    unit.with_name("openclaw@.service").write_text(text.replace("-p/", "-%i/"))
    unit.unlink()
    systemctl.does(SILENCES["hangs"])
    require_doubt(await operate(systemctl.host(), profile.id, Operation.STOP))


async def test_a_gateway_that_may_be_its_services_is_not_signalled_and_not_started_beside(
    demo_home: DemoHome, systemctl: StandInSystemctl
) -> None:
    gateway = await demo_home.start("openclaw", "p")
    demo_home.write_unit(gateway.profile)
    systemctl.does(SILENCES["fails"])
    for operation in (Operation.STOP, Operation.RESTART):
        require_doubt(await operate(systemctl.host(), "openclaw:p", operation))
        assert gateways_of(gateway.profile) == [gateway.pid]


async def test_what_claw_tui_has_started_itself_is_stopped_all_the_same(
    demo_home: DemoHome, systemctl: StandInSystemctl
) -> None:
    profile = demo_home.add_profile("openclaw", "p")
    assert (await operate(demo_home.host(), profile.id, Operation.START)).ok
    demo_home.write_unit(profile)
    systemctl.does(SILENCES["fails"])
    result = await operate(systemctl.host(), profile.id, Operation.STOP)
    assert result.ok, result
    assert gateways_of(profile) == []


@pytest.mark.parametrize("silence", SILENCES)
async def test_the_snapshot_says_why_nothing_is_known_of_a_service(
    demo_home: DemoHome, systemctl: StandInSystemctl, silence: str
) -> None:
    profile = with_unit(demo_home)
    systemctl.does(SILENCES[silence])
    service = found(await take_snapshot(systemctl.host()), profile.id)
    assert (service.active, bool(service.unseen)) == (None, True)
    systemctl.does(f"printf '{INACTIVE.format(name=service.name)}'")
    service = found(await take_snapshot(systemctl.host()), profile.id)
    assert (service.active, service.unseen) == ("inactive", None)


def found(snapshot: Snapshot, instance_id: str) -> ServiceSignal:
    """The service of that instance."""
    instance = snapshot.instance(instance_id)
    assert instance is not None
    assert instance.signals.service is not None
    return instance.signals.service


async def test_all_is_not_stopped_while_a_manager_says_nothing(
    demo_home: DemoHome, systemctl: StandInSystemctl
) -> None:
    with_unit(demo_home)
    systemctl.does(SILENCES["says garbage"])
    ended = await claw_tui(systemctl.environment, "stop", "--all", "--yes")
    assert ended.code == 3
    assert "Left alone: openclaw:p (unknown)" in ended.errors
    assert "said nothing about this unit that could be understood" in ended.errors


async def test_the_command_line_says_why_and_what_to_do(demo_home: DemoHome, systemctl: StandInSystemctl) -> None:
    with_unit(demo_home)
    systemctl.does(SILENCES["says garbage"])
    ended = await claw_tui(systemctl.environment, "stop", "p")
    assert ended.code == 3
    assert "could not be told: systemctl said nothing about this unit" in ended.output
    assert "was not running" not in ended.output + ended.errors


@pytest.mark.slow
async def test_the_command_line_waits_only_so_long_for_a_manager_that_hangs(
    demo_home: DemoHome, systemctl: StandInSystemctl
) -> None:
    with_unit(demo_home)
    systemctl.does(SILENCES["hangs"])
    ended = await claw_tui(systemctl.environment, "stop", "p")
    assert ended.code == 3
    assert "could not be told: systemctl did not answer within 3 s" in ended.output
    assert "was not running" not in ended.output + ended.errors


@pytest.mark.parametrize("silence", ["hangs", "fails"])
async def test_without_systemd_as_init_no_manager_runs_it(
    demo_home: DemoHome, systemctl: StandInSystemctl, silence: str
) -> None:
    """As in a container that has systemctl, and a unit in its home."""
    profile = with_unit(demo_home)
    systemctl.does(SILENCES[silence])
    (systemctl.directory / "run" / "systemd" / "system").rmdir()
    stopped = await operate(systemctl.host(), profile.id, Operation.STOP)
    if silence == "hangs":  # it is there, then
        require_doubt(stopped)
        return
    assert stopped.ok, stopped.error
    options = Options(backend=DIRECT)
    assert (await operate(systemctl.host(), profile.id, Operation.START, options)).ok
    assert (await operate(systemctl.host(), profile.id, Operation.STOP)).ok
    assert gateways_of(profile) == []


@pytest.mark.parametrize("words", [("/bin/sleep", "600"), ("node", "/opt/openclaw/openclaw.mjs", "gateway", "status")])
@pytest.mark.parametrize("operation", [Operation.STOP, Operation.RESTART])
async def test_a_unit_whose_main_process_is_no_gateway_is_left_alone(
    demo_home: DemoHome, systemctl: StandInSystemctl, words: tuple[str, ...], operation: Operation
) -> None:
    profile = with_unit(demo_home)
    with impostor(demo_home, words) as other:
        systemctl.says(RUNNING.format(name="openclaw-gateway-p.service", pid=other.pid))
        instance = (await take_snapshot(systemctl.host())).instance(profile.id)
        assert instance is not None
        assert instance.signals.process is None
        result = await operate(systemctl.host(), profile.id, operation, Options(timeout_s=0.5))
        assert result.error is not None, result
        assert (systemctl.told, other.unharmed) == ([], True)
        if operation is Operation.STOP:
            assert result.error.code is ErrorCode.UNPROVEN
            assert f"pid {other.pid}" in result.error.message


async def test_a_unit_is_stopped_by_its_gateway_or_by_what_has_launched_that(
    demo_home: DemoHome, systemctl: StandInSystemctl
) -> None:
    gateway = await demo_home.start("openclaw", "p")
    demo_home.write_unit(gateway.profile)
    kill = f'[ "$2" = stop ] && kill {gateway.pid}'
    answer = RUNNING.format(name="openclaw-gateway-p.service", pid=gateway.pid)
    Path(systemctl.directory / "answer").write_text(answer)
    systemctl.does(f"{kill} && exit\nexec /bin/cat {systemctl.directory}/answer")
    result = await operate(systemctl.host(), "openclaw:p", Operation.STOP, Options(timeout_s=20))
    assert systemctl.told[:1] == ["stop"], result
    assert gateways_of(gateway.profile) == []
    assert os.path.exists(gateway.profile.config_path)  # noqa: PTH110 - nothing else was touched
