"""Operations through service managers: a real systemd user manager, and a recording stand-in for launchd."""

from __future__ import annotations

import json
import os
import plistlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from gateway_core.demo.faults import Faults
from gateway_core.demo.home import DemoHome
from gateway_core.demo.installation import DemoProfile
from gateway_core.host import Host
from gateway_core.lifecycle.backend import Options
from gateway_core.lifecycle.exit_reasons import ExitReasons
from gateway_core.lifecycle.operate import operate
from gateway_core.lifecycle.runner import ending_command
from gateway_core.monitor.monitor import take_snapshot
from gateway_core.operations import ErrorCode, Failure, Operation
from gateway_core.services.managers import LocalServiceManagers
from gateway_core.snapshot import State
from tests.real_processes import gateways_of, is_free, listens, other_process, until
from tests.systemd_manager import SystemdUserManager, systemd_user

__all__ = ["systemd_user"]

ALL = ("clawdbot", "moltbot", "openclaw", "mazelclaw", "omniclaw")
Install = Callable[[DemoProfile], str]


def with_environment(host: Host, more: Mapping[str, str]) -> Host:
    environment = {**host.environment, **more}
    services = LocalServiceManagers(host.home, host.uid, environment)
    return replace(host, environment=environment, services=services)


@pytest.mark.systemd
class TestSystemdUser:
    @pytest.fixture
    def host(self, demo_home: DemoHome, systemd_user: SystemdUserManager) -> Host:
        return with_environment(demo_home.host(), {"XDG_RUNTIME_DIR": str(systemd_user.runtime_dir)})

    @pytest.fixture
    def install(self, demo_home: DemoHome, systemd_user: SystemdUserManager) -> Iterator[Install]:
        """Write a profile's unit where claw-tui and the manager each look for it; its name."""
        names: list[str] = []

        def write(profile: DemoProfile) -> str:
            path = demo_home.write_unit(profile)
            systemd_user.install(path.name, path.read_text())
            names.append(path.name)
            return path.name

        yield write
        for name in names:
            systemd_user.remove(name)

    @pytest.mark.slow
    @pytest.mark.parametrize("distribution", ALL)
    async def test_every_product_starts_restarts_and_stops(
        self, demo_home: DemoHome, host: Host, install: Install, systemd_user: SystemdUserManager, distribution: str
    ) -> None:
        profile = demo_home.add_profile(distribution, "unit")
        unit = install(profile)

        started = await operate(host, profile.id, Operation.START)
        assert (started.ok, started.state, started.error) == (True, State.RUNNING, None)
        assert f"systemctl --user start {unit} --no-ask-password" in [step.command for step in started.steps]
        [first] = gateways_of(profile)
        assert listens(first, profile.port)
        assert systemd_user.property(unit, "ActiveState") == "active"

        seen = (await take_snapshot(host)).instance(profile.id)
        assert seen is not None
        shown = ending_command(Operation.RESTART, seen, host.uid)
        restarted = await operate(host, profile.id, Operation.RESTART)
        assert shown is not None
        assert " ".join(shown) == f"systemctl --user restart {unit} --no-ask-password"
        assert " ".join(shown) in [step.command for step in restarted.steps]
        assert (restarted.ok, restarted.state, restarted.error) == (True, State.RUNNING, None)
        assert restarted.pid_before == first != restarted.pid_after
        assert ExitReasons(host).asked_for(seen, host.clock.now()) is Operation.RESTART
        [second] = gateways_of(profile)
        assert second != first

        again = await operate(host, profile.id, Operation.START)
        assert again.ok
        assert gateways_of(profile) == [second]

        stopped = await operate(host, profile.id, Operation.STOP)
        assert (stopped.ok, stopped.state, stopped.error) == (True, State.STOPPED, None)
        assert gateways_of(profile) == []
        assert is_free(profile.port)
        assert systemd_user.property(unit, "ActiveState") in ("inactive", "failed")

    async def test_one_that_dies_at_start_is_reported_at_once(
        self, demo_home: DemoHome, host: Host, install: Install
    ) -> None:
        profile = demo_home.add_profile("openclaw", "dies", faults=Faults(exit_code=78))
        install(profile)

        result = await operate(host, profile.id, Operation.START)

        assert result.error is not None
        assert (result.error.code, result.ok) == (ErrorCode.DIED, False)
        assert "exit code 78: its config is wrong" in result.error.message
        assert sum(step.seconds for step in result.steps) < 15, "it is given no start budget"

    async def test_one_that_is_restarted_again_and_again_is_not_started_until_the_loop_is_ended(
        self, demo_home: DemoHome, host: Host, install: Install, systemd_user: SystemdUserManager
    ) -> None:
        profile = demo_home.add_profile("openclaw", "loops", faults=Faults(exit_code=1))
        text = demo_home.write_unit(profile).read_text().replace("RestartSec=5", "RestartSec=100ms")
        text = text.replace("[Unit]", "[Unit]\nStartLimitIntervalSec=60\nStartLimitBurst=6")
        unit = demo_home.write_unit(profile)
        unit.write_text(text)
        systemd_user.install(unit.name, text)
        try:
            systemd_user.systemctl("start", unit.name)
            systemd_user.wait_for(unit.name, "ActiveState", lambda value: value == "failed")
            looping = await operate(host, profile.id, Operation.START)
            assert looping.error is not None
            assert (looping.error.code, looping.state) == (ErrorCode.CRASH_LOOPING, State.CRASH_LOOPING)
            assert "start" not in [step.name for step in looping.steps]

            profile.set_faults(Faults())
            ended = await operate(host, profile.id, Operation.STOP)
            assert (ended.ok, ended.state) == (True, State.STOPPED)
            started = await operate(host, profile.id, Operation.START)
            assert (started.ok, started.state) == (True, State.RUNNING)
        finally:
            systemd_user.remove(unit.name)

    async def test_a_gateway_beside_its_idle_service_is_stopped_directly(
        self, demo_home: DemoHome, host: Host, install: Install
    ) -> None:
        gateway = await demo_home.start("openclaw", "beside")
        install(gateway.profile)

        through_systemd = await operate(host, "openclaw:beside", Operation.STOP, Options(backend="systemd-user"))
        assert through_systemd.error is not None
        assert through_systemd.error.code is ErrorCode.RUNS_DIRECTLY
        assert gateways_of(gateway.profile) == [gateway.pid]

        stopped = await operate(host, "openclaw:beside", Operation.STOP)
        assert (stopped.ok, stopped.state) == (True, State.STOPPED)
        assert f"kill -TERM {gateway.pid}" in [step.command for step in stopped.steps]

    async def test_what_systemd_runs_is_not_stopped_behind_its_back(
        self, demo_home: DemoHome, host: Host, install: Install
    ) -> None:
        profile = demo_home.add_profile("openclaw", "managed")
        install(profile)
        await operate(host, profile.id, Operation.START)
        [pid] = gateways_of(profile)

        directly = await operate(host, profile.id, Operation.STOP, Options(backend="direct"))
        killed = await operate(host, profile.id, Operation.KILL, Options(confirmed=True))

        assert directly.error is not None
        assert killed.error is not None
        assert directly.error.code is killed.error.code is ErrorCode.RUN_BY_SERVICE
        assert gateways_of(profile) == [pid]

    async def test_a_direct_start_can_be_chosen(self, demo_home: DemoHome, host: Host, install: Install) -> None:
        profile = demo_home.add_profile("openclaw", "chosen")
        install(profile)

        result = await operate(host, profile.id, Operation.START, Options(backend="direct"))

        assert result.ok
        assert any("gateway --port" in (step.command or "") for step in result.steps)

    async def test_two_units_for_one_instance_are_shown_and_nothing_is_started(
        self, demo_home: DemoHome, host: Host, install: Install
    ) -> None:
        profile = demo_home.add_profile("openclaw", "twice")
        name = install(profile)
        system = demo_home.root / "etc" / "systemd" / "system" / "openclaw-gateway-old.service"
        system.parent.mkdir(parents=True)
        system.write_text((demo_home.home / ".config" / "systemd" / "user" / name).read_text())

        result = await operate(host, profile.id, Operation.START)

        assert result.error is not None
        assert result.error.code is ErrorCode.DUPLICATE_SERVICES
        assert "openclaw-gateway-old.service (systemd-system)" in result.error.message
        assert f"{name} (systemd-user)" in result.error.message
        assert gateways_of(profile) == []

    async def test_enabling_is_verified(
        self, demo_home: DemoHome, host: Host, install: Install, systemd_user: SystemdUserManager
    ) -> None:
        profile = demo_home.add_profile("openclaw", "enabled")
        unit = install(profile)

        result = await operate(host, profile.id, Operation.ENABLE_SERVICE)

        assert (result.ok, result.error) == (True, None)
        assert systemd_user.property(unit, "UnitFileState") == "enabled"
        systemd_user.systemctl("disable", unit)


VENDOR_COMMAND = """\
#!/bin/sh
case "$*" in
  "--profile p gateway install") {install} ;;
  "--profile p gateway uninstall") rm -f "{unit}" ;;
  *) exit 64 ;;
esac
"""


async def test_a_service_is_installed_and_removed_by_the_products_own_command(demo_home: DemoHome) -> None:
    profile = demo_home.add_profile("openclaw", "p")
    unit = demo_home.write_unit(profile)
    template = unit.rename(demo_home.base / "template")
    command = VENDOR_COMMAND.format(install=f'mkdir -p "{unit.parent}"; cp "{template}" "{unit}"', unit=unit)
    profile.command.write_text(command)

    installed = await operate(demo_home.host(), profile.id, Operation.INSTALL_SERVICE)
    assert (installed.ok, installed.error) == (True, None)
    assert installed.steps[-1].detail == str(unit)
    again = await operate(demo_home.host(), profile.id, Operation.INSTALL_SERVICE)
    assert again.ok

    removed = await operate(demo_home.host(), profile.id, Operation.UNINSTALL_SERVICE)
    assert (removed.ok, removed.error) == (True, None)
    assert not unit.exists()


async def test_the_vendors_word_that_it_installed_something_is_not_enough(demo_home: DemoHome) -> None:
    profile = demo_home.add_profile("openclaw", "p")
    profile.command.write_text(VENDOR_COMMAND.format(install='echo "Gateway service not loaded."', unit="/nowhere"))

    result = await operate(demo_home.host(), profile.id, Operation.INSTALL_SERVICE)

    assert result.error is not None
    assert result.error.code is ErrorCode.NOT_VERIFIED
    assert "exit code 0" in result.error.message
    assert result.error.last_lines == ("Gateway service not loaded.",)


async def test_no_service_is_installed_beside_a_gateway_that_runs(demo_home: DemoHome) -> None:
    gateway = await demo_home.start("openclaw", "p")

    result = await operate(demo_home.host(), "openclaw:p", Operation.INSTALL_SERVICE)

    assert result.error is not None
    assert result.error.code is ErrorCode.RUNS_DIRECTLY
    assert gateways_of(gateway.profile) == [gateway.pid]


@dataclass(frozen=True)
class Installer:
    """A profile whose command, told to install a service, writes its unit and starts nothing."""

    profile: DemoProfile
    unit: Path

    @property
    def is_installed(self) -> bool:
        return self.unit.exists()

    async def refused(self, host: Host, options: Options | None = None) -> Failure:
        """Why nothing was installed; fails if something was, or anything was run for it."""
        result = await operate(host, self.profile.id, Operation.INSTALL_SERVICE, options)
        assert result.error is not None
        assert not self.is_installed
        assert "install" not in [step.name for step in result.steps]
        assert "The service was not installed, because that starts the gateway." in result.error.message
        assert result.error.hint is not None
        return result.error


def installer(demo_home: DemoHome, distribution: str) -> Installer:
    profile = demo_home.add_profile(distribution, "p")
    unit = demo_home.write_unit(profile)
    template = unit.rename(demo_home.base / "template")
    profile.command.write_text(VENDOR_COMMAND.format(install=f'cp "{template}" "{unit}"', unit=unit))
    return Installer(profile, unit)


@pytest.mark.parametrize("offset", [0, 57, 110])
async def test_no_omniclaw_is_installed_on_a_block_that_is_not_free_and_no_force_lifts_that(
    demo_home: DemoHome, tmp_path: Path, offset: int
) -> None:
    found = installer(demo_home, "omniclaw")
    with other_process(tmp_path, found.profile.port + offset, called="omniclaw-notes") as neighbour:
        for options in (None, Options(force=True)):
            error = await found.refused(demo_home.host(), options)
            assert error.code is ErrorCode.BLOCK_NOT_FREE
            assert str(neighbour.pid) in error.message
        assert neighbour.unharmed

    freed = await operate(demo_home.host(), found.profile.id, Operation.INSTALL_SERVICE)
    assert (freed.ok, freed.error) == (True, None)
    assert found.is_installed


async def test_no_service_is_installed_where_its_gateway_would_fight_over_its_port(
    demo_home: DemoHome, tmp_path: Path
) -> None:
    found = installer(demo_home, "openclaw")
    with other_process(tmp_path, found.profile.port) as squatter:
        error = await found.refused(demo_home.host())
        assert error.code is ErrorCode.CONFLICT
        assert str(squatter.pid) in error.message
        assert squatter.unharmed
    twin = demo_home.add_profile("mazelclaw", "twin", port=found.profile.port)
    error = await found.refused(demo_home.host())
    assert error.code is ErrorCode.CONFLICT
    assert twin.id in error.message


async def test_no_service_is_installed_for_a_config_with_which_it_cannot_start(demo_home: DemoHome) -> None:
    found = installer(demo_home, "openclaw")
    found.profile.config_path.write_text("{")
    assert (await found.refused(demo_home.host())).code is ErrorCode.INVALID_CONFIG


LAUNCHCTL = """\
#!{python}
# A stand-in for launchd: one job, which it really runs. It writes down what it is told.
import json, os, pathlib, plistlib, signal, sys, time
place = pathlib.Path({place!r})
verb, rest = sys.argv[1], sys.argv[2:]
with (place / "told").open("a") as told:
    told.write(json.dumps(sys.argv[1:]) + "\\n")
job, pid_file = place / "job", place / "pid"
def pid():
    try:
        found = int(pid_file.read_text())
        state = pathlib.Path(f"/proc/{{found}}/stat").read_text().rpartition(")")[2].split()[0]
        return None if state == "Z" else found
    except (OSError, ValueError):
        return None
def run():
    plist = plistlib.loads(pathlib.Path(job.read_text()).read_bytes())
    if os.fork() == 0:
        os.setsid()
        null = os.open("/dev/null", os.O_RDWR)
        [os.dup2(null, number) for number in (0, 1, 2)]
        pid_file.write_text(str(os.getpid()))
        arguments = plist["ProgramArguments"]
        os.execve(arguments[0], arguments, plist["EnvironmentVariables"])
    while pid() is None:
        pass
def end():
    found = pid()
    if found:
        os.kill(found, signal.SIGTERM)
        while pathlib.Path(f"/proc/{{found}}").exists() and pid():
            pass
    pid_file.unlink(missing_ok=True)
if verb == "bootstrap":
    job.write_text(rest[1])
elif not job.exists():
    sys.exit(113)
elif verb == "print":
    print("gui/0/label = {{")
    print("\\tstate = " + ("running" if pid() else "not running"))
    if pid():
        print("\\tpid = " + str(pid()))
    print("}}")
elif verb == "kickstart":
    if rest[0] == "-k":
        # As launchd does, return before it is done.
        if os.fork() == 0:
            os.setsid()  # launchd is no child of launchctl
            [os.close(number) for number in (0, 1, 2)]
            time.sleep(0.3)
            end()
            run()
    elif pid() is None:
        run()
elif verb == "bootout":
    end()
    job.unlink()
"""


class TestLaunchd:
    @pytest.fixture
    def place(self, demo_home: DemoHome) -> Path:
        """Where the stand-in keeps its job and what it was told."""
        import sys

        place = demo_home.base / "launchd"
        place.mkdir()
        command = demo_home.bin / "launchctl"
        command.write_text(LAUNCHCTL.format(python=sys.executable, place=str(place)))
        command.chmod(0o755)
        return place

    @staticmethod
    def write_plist(demo_home: DemoHome, profile: DemoProfile, directory: Path) -> Path:
        directory.mkdir(parents=True)
        path = directory / f"ai.openclaw.{profile.installation.profile}.plist"
        environment = {
            "HOME": str(demo_home.home),
            "PATH": demo_home.environment["PATH"],
            "TMPDIR": demo_home.environment["TMPDIR"],
            "OPENCLAW_STATE_DIR": str(profile.state_dir),
            "OPENCLAW_CONFIG_PATH": str(profile.config_path),
            "OPENCLAW_SERVICE_MARKER": "openclaw",
        }
        content = {
            "Label": path.stem,
            "ProgramArguments": [str(profile.command), "gateway", "--port", str(profile.port)],
            "EnvironmentVariables": environment,
            "KeepAlive": True,
        }
        path.write_bytes(plistlib.dumps(content))
        return path

    async def test_an_agent_is_loaded_started_restarted_and_unloaded(self, demo_home: DemoHome, place: Path) -> None:
        profile = demo_home.add_profile("openclaw", "p")
        plist = self.write_plist(demo_home, profile, demo_home.home / "Library" / "LaunchAgents")
        host = demo_home.host()
        job = f"gui/{os.getuid()}/ai.openclaw.p"

        started = await operate(host, profile.id, Operation.START)
        assert (started.ok, started.state, started.error) == (True, State.RUNNING, None)
        [first] = gateways_of(profile)
        restarted = await operate(host, profile.id, Operation.RESTART)
        assert (restarted.ok, restarted.state, restarted.error) == (True, State.RUNNING, None)
        [second] = gateways_of(profile)
        assert second != first
        stopped = await operate(host, profile.id, Operation.STOP)
        assert (stopped.ok, stopped.state, stopped.error) == (True, State.STOPPED, None)
        until(lambda: gateways_of(profile) == [])

        told = [json.loads(line) for line in (place / "told").read_text().splitlines()]
        assert [words for words in told if words[0] != "print"] == [
            ["bootstrap", f"gui/{os.getuid()}", str(plist)],
            ["kickstart", job],
            ["kickstart", "-k", job],
            ["bootout", job],
        ]

    async def test_a_daemon_lives_in_the_system_domain(self, demo_home: DemoHome, place: Path) -> None:
        profile = demo_home.add_profile("openclaw", "p")
        plist = self.write_plist(demo_home, profile, demo_home.root / "Library" / "LaunchDaemons")

        started = await operate(demo_home.host(), profile.id, Operation.START)

        assert (started.ok, started.state) == (True, State.RUNNING)
        commands = [step.command for step in started.steps if step.command]
        assert commands == [f"launchctl bootstrap system {plist}", "launchctl kickstart system/ai.openclaw.p"]
