"""Reading service managers: a real systemd user manager, and stand-ins on PATH for what is not on this machine."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from gateway_core.host import ServiceState
from gateway_core.processes.run import Reply, run
from gateway_core.services import managers
from gateway_core.services.launchd import parse_print
from gateway_core.services.managers import LocalServiceManagers
from gateway_core.services.systemd import parse_show, parse_time_span
from tests.real_processes import has_ended, until
from tests.systemd_manager import SystemdUserManager, systemd_user

__all__ = ["systemd_user"]

PRINTED_JOB = (Path(__file__).parent.parent / "data" / "launchd" / "running.txt").read_text()

SLEEPER = """\
[Service]
ExecStart=/bin/sleep 1000
[Install]
WantedBy=default.target
"""
CRASHER = """\
[Unit]
StartLimitIntervalSec=0
[Service]
ExecStart=/bin/sh -c "exit 78"
Restart=always
RestartSec=300ms
"""


@pytest.fixture(autouse=True)
def leaves_no_process_behind() -> Iterator[None]:
    before = set(psutil.Process().children(recursive=True))
    yield
    left = [child for child in psutil.Process().children(recursive=True) if child not in before]
    left = [child for child in left if not has_ended(child.pid)]
    assert all("systemd" in child.name() or "(sd-pam)" in child.name() for child in left), left


@pytest.mark.systemd
class TestSystemdUser:
    @pytest.fixture
    def reader(self, systemd_user: SystemdUserManager) -> LocalServiceManagers:
        return LocalServiceManagers(systemd_user.home, os.getuid(), systemd_user.environment)

    @pytest.fixture
    def unit(self, systemd_user: SystemdUserManager) -> Iterator[str]:
        name = "openclaw-gateway-read.service"
        systemd_user.install(name, SLEEPER)
        yield name
        systemd_user.remove(name)

    async def test_a_unit_from_stop_to_start_to_stop(
        self, systemd_user: SystemdUserManager, reader: LocalServiceManagers, unit: str
    ) -> None:
        path = str(systemd_user.unit_dir / unit)
        known = ServiceState(active="inactive", enabled=False, restarts=0, path=path)
        idle = replace(known, exit_status=0, result="success", drop_ins="")
        assert await reader.states("systemd-user", [unit]) == {unit: idle}

        systemd_user.systemctl("enable", unit)
        systemd_user.systemctl("start", unit)
        state = (await reader.states("systemd-user", [unit]))[unit]
        assert (state.active, state.enabled, state.error) == ("active", True, None)
        assert state.main_pid is not None
        process = psutil.Process(state.main_pid)
        until(lambda: process.cmdline() == ["/bin/sleep", "1000"])  # it is started before it has become that program

        systemd_user.systemctl("stop", unit)
        state = (await reader.states("systemd-user", [unit]))[unit]
        assert (state.active, state.main_pid) == ("inactive", None)

    async def test_a_crash_loop_counts_its_restarts(
        self, systemd_user: SystemdUserManager, reader: LocalServiceManagers
    ) -> None:
        name = "openclaw-gateway-crash.service"
        systemd_user.install(name, CRASHER)
        try:
            systemd_user.systemctl("start", name)
            systemd_user.wait_for(name, "NRestarts", lambda value: int(value) >= 3)
            async with asyncio.timeout(20):
                while (state := (await reader.states("systemd-user", [name]))[name]).active != "activating":
                    pass  # it runs just now
        finally:
            systemd_user.remove(name)
        assert (state.active, state.main_pid, state.exit_status) == ("activating", None, 78)
        assert state.last_end == "exited 78"
        assert state.result == "exit-code"
        assert state.restart_delay_s is not None
        assert state.restarts is not None
        assert state.restarts >= 3

    async def test_a_killed_process_is_told_by_its_signal(
        self, systemd_user: SystemdUserManager, reader: LocalServiceManagers, unit: str
    ) -> None:
        systemd_user.systemctl("start", unit)
        before = (await reader.states("systemd-user", [unit]))[unit]
        assert before.main_pid is not None
        assert before.last_end is None
        os.kill(before.main_pid, signal.SIGKILL)
        systemd_user.wait_for(unit, "ExecMainCode", lambda value: value == "2")
        assert (await reader.states("systemd-user", [unit]))[unit].last_end == "killed by signal 9"
        systemd_user.systemctl("reset-failed", unit)

    async def test_many_units_cost_one_call(
        self, reader: LocalServiceManagers, unit: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        calls: list[Sequence[str]] = []

        async def counting(command: Sequence[str], environment: Mapping[str, str], *, deadline: float) -> Reply:
            calls.append(command)
            return await run(command, environment, deadline=deadline)

        monkeypatch.setattr(managers, "run", counting)
        names = [f"openclaw-gateway-{number}.service" for number in range(50)]
        states = await reader.states("systemd-user", [*names, unit, unit])
        assert list(states) == [*names, unit]
        assert states[names[0]].active == "inactive"
        assert states[names[0]].enabled is None
        assert len(calls) == 1

    async def test_an_alias_answers_under_the_name_that_was_asked(
        self, systemd_user: SystemdUserManager, reader: LocalServiceManagers, unit: str
    ) -> None:
        alias = systemd_user.unit_dir / "old-name.service"
        alias.symlink_to(systemd_user.unit_dir / unit)
        systemd_user.systemctl("daemon-reload")
        systemd_user.systemctl("start", unit)
        states = await reader.states("systemd-user", ["old-name.service", unit])
        alias.unlink()
        assert states["old-name.service"] == states[unit]
        assert states[unit].active == "active"

    async def test_no_manager_to_reach(self, tmp_path: Path, systemd_user: SystemdUserManager) -> None:
        environment = systemd_user.environment | {"XDG_RUNTIME_DIR": str(tmp_path)}
        reader = LocalServiceManagers(tmp_path, os.getuid(), environment)
        state = (await reader.states("systemd-user", ["openclaw-gateway.service"]))["openclaw-gateway.service"]
        assert state.active is None
        assert state.error is not None
        assert state.error.startswith("systemctl: Failed to connect to bus")


class StandIn:
    """A command on a PATH of its own that records how it was called and answers as told."""

    def __init__(self, directory: Path, name: str) -> None:
        self.directory = directory
        self.name = name
        self.record = directory / f"{name}.calls"

    def answers(self, text: str = "", *, status: int = 0, complaint: str = "", before: str = "") -> None:
        (self.directory / "answer").write_text(text)
        (self.directory / "complaint").write_text(complaint)
        script = self.directory / self.name
        script.write_text(
            f"#!/bin/sh\ncd {self.directory}\n"
            f"printf '%s\\n' \"$*\" >> {self.record.name}\n/usr/bin/env > environment\n{before}\n"
            f"/bin/cat answer\n/bin/cat complaint >&2\nexit {status}\n"
        )
        script.chmod(0o755)

    @property
    def calls(self) -> list[str]:
        return self.record.read_text().splitlines() if self.record.exists() else []

    @property
    def environment(self) -> set[str]:
        lines = (self.directory / "environment").read_text().splitlines()
        return {line.partition("=")[0] for line in lines} - {"PWD", "SHLVL", "_", "OLDPWD"}

    def reader(self, **more: str) -> LocalServiceManagers:
        return LocalServiceManagers(self.directory, 501, {"PATH": str(self.directory), **more})


@pytest.fixture
def systemctl(tmp_path: Path) -> StandIn:
    return StandIn(tmp_path, "systemctl")


@pytest.fixture
def launchctl(tmp_path: Path) -> StandIn:
    return StandIn(tmp_path, "launchctl")


@pytest.mark.parametrize("manager", ["systemd-user", "systemd-system", "launchd-agent", "launchd-daemon"])
async def test_no_names_cost_no_call(systemctl: StandIn, launchctl: StandIn, manager: str) -> None:
    systemctl.answers()
    launchctl.answers()
    assert await systemctl.reader().states(manager, []) == {}
    assert systemctl.calls == launchctl.calls == []


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("100ms", 0.1), ("5s", 5.0), ("1min 30s", 90.0), ("1h 2.5s", 3602.5), ("0", 0.0), ("infinity", None), ("", None)],
)
def test_a_time_span_of_systemd_is_told_in_seconds(text: str, seconds: float | None) -> None:
    assert parse_time_span(text) == (None if seconds is None else pytest.approx(seconds))


async def test_the_system_scope_is_asked_without_user(systemctl: StandIn) -> None:
    systemctl.answers("Id=a.service\nActiveState=active\nMainPID=12\nNRestarts=2\nUnitFileState=enabled\n")
    states = await systemctl.reader().states("systemd-system", ["a.service"])
    assert states["a.service"] == ServiceState("active", True, 12, 2, None)
    (call,) = systemctl.calls
    assert call.startswith("show --property=Id,")
    assert call.endswith(" -- a.service")


async def test_little_of_the_callers_environment_is_passed_on(systemctl: StandIn) -> None:
    systemctl.answers("Id=a.service\n")
    reader = systemctl.reader(OPENCLAW_GATEWAY_TOKEN="CANARY", OPENCLAW_PROFILE="x", DBUS_SESSION_BUS_ADDRESS="unix:x")
    await reader.states("systemd-user", ["a.service"])
    assert systemctl.environment == {"HOME", "LC_ALL", "PATH", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS"}


@pytest.mark.parametrize(("manager", "command"), [("systemd-user", "systemctl"), ("launchd-agent", "launchctl")])
async def test_a_missing_manager_is_said(tmp_path: Path, manager: str, command: str) -> None:
    states = await LocalServiceManagers(tmp_path, 501, {"PATH": str(tmp_path)}).states(manager, ["a"])
    assert states["a"].error == f"{command} is not installed"
    assert states["a"].active is None


@pytest.mark.parametrize(("manager", "command"), [("systemd-user", "systemctl"), ("launchd-agent", "launchctl")])
async def test_a_manager_that_hangs_is_given_up_and_killed_with_its_children(
    tmp_path: Path, manager: str, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(managers, "DEADLINE_S", 2)
    stand_in = StandIn(tmp_path, command)
    stand_in.answers(before=f"/bin/sleep 1000 & echo $! > {tmp_path}/child; wait")
    began = time.monotonic()
    states = await stand_in.reader().states(manager, ["a"])
    assert time.monotonic() - began < 20
    assert states["a"].error == f"{command} did not answer within 2 s"
    child = int((tmp_path / "child").read_text())
    until(lambda: has_ended(child))


async def test_an_unknown_manager_is_said(systemctl: StandIn) -> None:
    states = await systemctl.reader().states("runit", ["a"])
    assert states["a"].error == "runit is no service manager that claw-tui knows"


@pytest.mark.parametrize(
    "answer", ["", "Hello, world\n", "Id=a.service\nMainPID=7\n", "Id=a.service\nActiveState=odd\n"]
)
async def test_an_answer_about_a_unit_that_makes_no_sense_is_none(systemctl: StandIn, answer: str) -> None:
    systemctl.answers(answer)
    state = (await systemctl.reader().states("systemd-user", ["a.service"]))["a.service"]
    assert state == ServiceState(error="systemctl said nothing about this unit that could be understood")


async def test_a_system_without_systemd_has_no_manager_that_could_run_anything(systemctl: StandIn) -> None:
    complaint = "System has not been booted with systemd as init system (PID 1). Can't operate.\n"
    systemctl.answers(status=1, complaint=complaint)
    assert (await systemctl.reader().states("systemd-user", ["a.service"]))["a.service"].no_manager


def test_a_unit_that_systemd_leaves_out_is_not_made_up() -> None:
    assert parse_show("Id=b.service\nActiveState=failed\n", ["a.service", "b.service"]).keys() == {"b.service"}
    assert parse_show("", ["a.service"]) == {}


class TestLaunchd:
    async def test_an_agent_that_runs(self, launchctl: StandIn) -> None:
        launchctl.answers(PRINTED_JOB)
        states = await launchctl.reader().states("launchd-agent", ["ai.openclaw.gateway"])
        assert states["ai.openclaw.gateway"] == ServiceState("active", None, 4242, 2, 1)
        assert launchctl.calls == ["print gui/501/ai.openclaw.gateway"]

    async def test_a_daemon_is_asked_of_the_system_domain(self, launchctl: StandIn) -> None:
        launchctl.answers(PRINTED_JOB)
        await launchctl.reader().states("launchd-daemon", ["ai.openclaw.gateway"])
        assert launchctl.calls == ["print system/ai.openclaw.gateway"]

    async def test_a_job_that_is_not_loaded_is_inactive(self, launchctl: StandIn) -> None:
        launchctl.answers(status=113, complaint='Could not find service "x" in domain for user gui: 501\n')
        state = (await launchctl.reader().states("launchd-agent", ["x"]))["x"]
        assert (state.active, state.error) == ("inactive", None)

    async def test_a_domain_that_is_not_there_is_said(self, launchctl: StandIn) -> None:
        launchctl.answers(status=125, complaint="Domain does not support specified action\n")
        state = (await launchctl.reader().states("launchd-agent", ["x"]))["x"]
        assert state.error == "launchctl: Domain does not support specified action"

    async def test_each_job_is_asked_once(self, launchctl: StandIn) -> None:
        launchctl.answers(PRINTED_JOB)
        labels = [f"ai.openclaw.p{number}" for number in range(12)]
        assert list(await launchctl.reader().states("launchd-agent", [*labels, labels[0]])) == labels
        assert sorted(launchctl.calls) == sorted(f"print gui/501/{label}" for label in labels)

    @pytest.mark.parametrize("answer", ["", "Hello, world\n", "x = {\n\tpid = 7\n", "x = {\n\tstate = asleep\n}\n"])
    async def test_an_answer_that_makes_no_sense_is_none(self, launchctl: StandIn, answer: str) -> None:
        launchctl.answers(answer)
        state = (await launchctl.reader().states("launchd-agent", ["x"]))["x"]
        assert state == ServiceState(error="launchctl said nothing about this job that could be understood")

    async def test_once_it_has_hung_it_is_not_asked_about_all_the_other_jobs(
        self, launchctl: StandIn, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(managers, "DEADLINE_S", 1)
        launchctl.answers(before="exec /bin/sleep 600")
        states = await launchctl.reader().states("launchd-agent", [f"job{number}" for number in range(40)])
        assert {state.error for state in states.values()} == {"launchctl did not answer within 1 s"}
        assert len(launchctl.calls) <= 8

    @pytest.mark.parametrize(
        ("state", "word"), [("spawn scheduled", "activating"), ("not running", "inactive"), ("xpcproxy", "xpcproxy")]
    )
    def test_states_are_told_in_the_words_of_the_house(self, state: str, word: str) -> None:
        assert parse_print(PRINTED_JOB.replace("\tstate = running", f"\tstate = {state}")).active == word

    def test_a_job_that_never_ran(self) -> None:
        printed = "x = {\n\tstate = not running\n\truns = 0\n\tlast exit code = (never exited)\n}\n"
        assert parse_print(printed) == ServiceState("inactive", None, None, 0, None)

    def test_an_empty_answer_claims_nothing(self) -> None:
        assert parse_print("") == ServiceState(None, None, None, None, None)
