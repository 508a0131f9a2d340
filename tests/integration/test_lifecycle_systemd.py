"""Operations through systemd: a real user manager."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator

import pytest

from claw_tui.instances.details import signal_facts
from gateway_core.demo.faults import Faults
from gateway_core.demo.home import DemoHome
from gateway_core.demo.installation import DemoProfile
from gateway_core.host import Host
from gateway_core.lifecycle.backend import Options
from gateway_core.lifecycle.exit_reasons import ExitReasons
from gateway_core.lifecycle.operate import operate
from gateway_core.lifecycle.runner import ending_command
from gateway_core.monitor.monitor import take_snapshot
from gateway_core.operations import ErrorCode, Operation
from gateway_core.snapshot import State
from tests.real_processes import gateways_of, is_free, listens, until
from tests.systemd_manager import SystemdUserManager, systemd_user

__all__ = ["systemd_user"]

ALL = ("clawdbot", "moltbot", "openclaw", "mazelclaw", "omniclaw")
Install = Callable[[DemoProfile], str]
InstallText = Callable[[DemoProfile, Callable[[str], str]], str]


@pytest.mark.systemd
class TestSystemdUser:
    @pytest.fixture
    def host(self, demo_home: DemoHome, systemd_user: SystemdUserManager) -> Host:
        return systemd_user.serving(demo_home.host())

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

    @pytest.fixture
    def install_text(self, demo_home: DemoHome, systemd_user: SystemdUserManager, install: Install) -> InstallText:
        """Do the same with a unit that was edited on the way."""

        def write(profile: DemoProfile, edited: Callable[[str], str]) -> str:
            name = install(profile)
            path = demo_home.write_unit(profile)
            path.write_text(edited(path.read_text()))
            systemd_user.install(name, path.read_text())
            return name

        return write

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
        self, demo_home: DemoHome, host: Host, install_text: InstallText, systemd_user: SystemdUserManager
    ) -> None:
        profile = demo_home.add_profile("openclaw", "loops", faults=Faults(exit_code=1))
        endless = "[Unit]\nStartLimitIntervalSec=0"
        unit = install_text(
            profile, lambda text: text.replace("RestartSec=5", "RestartSec=1500ms").replace("[Unit]", endless)
        )
        systemd_user.systemctl("start", unit)
        systemd_user.wait_for(unit, "NRestarts", lambda value: int(value) >= 5)
        systemd_user.wait_for(unit, "SubState", lambda value: value == "auto-restart")
        looping = await operate(host, profile.id, Operation.START)
        assert looping.error is not None
        assert (looping.error.code, looping.state) == (ErrorCode.CRASH_LOOPING, State.CRASH_LOOPING)
        assert "start" not in [step.name for step in looping.steps]

        profile.set_faults(Faults())
        ended = await operate(host, profile.id, Operation.STOP)
        assert (ended.ok, ended.state) == (True, State.STOPPED)
        started = await operate(host, profile.id, Operation.START)
        assert (started.ok, started.state) == (True, State.RUNNING)

    @pytest.mark.parametrize("burst", [2, 6])
    async def test_one_that_systemd_has_given_up_on_is_reset_and_started(
        self, demo_home: DemoHome, host: Host, install_text: InstallText, systemd_user: SystemdUserManager, burst: int
    ) -> None:
        """Whether the tries were few or so many that it counts as a crash loop."""
        profile = demo_home.add_profile("openclaw", "given-up", faults=Faults(exit_code=1))
        limit = f"[Unit]\nStartLimitIntervalSec=600\nStartLimitBurst={burst}"
        unit = install_text(
            profile, lambda text: text.replace("RestartSec=5", "RestartSec=100ms").replace("[Unit]", limit)
        )
        systemd_user.systemctl("start", unit)
        systemd_user.wait_for(unit, "ActiveState", lambda value: value == "failed")
        profile.set_faults(Faults())

        started = await operate(host, profile.id, Operation.START)

        assert (started.ok, started.state) == (True, State.RUNNING)
        commands = [step.command for step in started.steps if step.name in ("reset", "start")]
        assert commands == [f"systemctl --user {verb} {unit} --no-ask-password" for verb in ("reset-failed", "start")]

    async def test_an_edited_unit_is_said_to_be_and_read_anew_before_a_restart(
        self, demo_home: DemoHome, host: Host, install: Install, systemd_user: SystemdUserManager
    ) -> None:
        profile = demo_home.add_profile("openclaw", "edited")
        unit = install(profile)
        await operate(host, profile.id, Operation.START)
        path = systemd_user.unit_dir / unit
        path.write_text(path.read_text().replace("[Service]", "[Service]\nEnvironment=EDITED=1"))
        edited_at = time.time() + 2  # systemd compares times of change
        os.utime(path, (edited_at, edited_at))

        seen = (await take_snapshot(host)).instance(profile.id)
        restarted = await operate(host, profile.id, Operation.RESTART)

        assert seen is not None
        assert [service.needs_reload for service in seen.signals.services] == [True]
        assert "needs a daemon-reload" in str(signal_facts(seen, host.clock.now()))
        assert restarted.ok
        names = [step.name for step in restarted.steps]
        assert names.index("reload") < names.index("restart")
        assert "EDITED=1" in systemd_user.property(unit, "Environment")

    async def test_a_first_drop_in_is_read_before_a_restart(
        self, demo_home: DemoHome, host: Host, install: Install, systemd_user: SystemdUserManager
    ) -> None:
        """systemd itself says nothing of it: it does not see that the unit has a directory of drop-ins now."""
        profile = demo_home.add_profile("openclaw", "overridden")
        unit = install(profile)
        await operate(host, profile.id, Operation.START)
        own = demo_home.home / ".config" / "systemd" / "user" / f"{unit}.d"
        text = (
            f"[Service]\nExecStart=\nExecStart={profile.command} --profile overridden gateway --port {profile.port}\n"
        )
        for folder in (own, systemd_user.unit_dir / f"{unit}.d"):
            folder.mkdir()
            (folder / "override.conf").write_text(text)

        seen = (await take_snapshot(host)).instance(profile.id)
        restarted = await operate(host, profile.id, Operation.RESTART)
        read = systemd_user.property(unit, "DropInPaths")
        shutil.rmtree(systemd_user.unit_dir / f"{unit}.d")

        assert seen is not None
        assert [service.needs_reload for service in seen.signals.services] == [True]
        assert restarted.ok, restarted
        assert "reload" in [step.name for step in restarted.steps]
        assert read.endswith("/override.conf")

    async def test_the_stop_of_a_gateway_below_its_service_is_seen_and_not_interrupted(
        self, demo_home: DemoHome, host: Host, install: Install, systemd_user: SystemdUserManager
    ) -> None:
        """Early versions run the gateway in a child of what the unit starts."""
        profile = demo_home.add_profile("clawdbot", "child")
        unit = install(profile)
        await operate(host, profile.id, Operation.START)
        profile.set_faults(Faults(ignore_sigterm=True))
        systemd_user.systemctl("stop", "--no-block", unit)
        systemd_user.wait_for(unit, "ActiveState", lambda value: value == "deactivating")

        seen = (await take_snapshot(host)).instance(profile.id)
        again = await operate(host, profile.id, Operation.START)

        assert seen is not None
        assert (seen.state, again.state) == (State.STOPPING, State.STOPPING)
        assert again.error is not None
        assert again.error.code is ErrorCode.STOPPING
        systemd_user.systemctl("kill", "--kill-who=all", "--signal=KILL", unit)

    async def test_what_an_unreachable_manager_starts_again_is_not_called_stopped(
        self, demo_home: DemoHome, install_text: InstallText, systemd_user: SystemdUserManager
    ) -> None:
        """From a shell without XDG_RUNTIME_DIR nothing tells that the unit is about to restart it."""
        profile = demo_home.add_profile("openclaw", "hidden")
        unit = install_text(profile, lambda text: text.replace("RestartSec=5", "RestartSec=1"))
        systemd_user.systemctl("start", unit)
        until(lambda: bool(gateways_of(profile)))
        os.kill(gateways_of(profile)[0], signal.SIGKILL)
        systemd_user.wait_for(unit, "SubState", "auto-restart".__eq__)

        result = await operate(demo_home.host(), profile.id, Operation.STOP)

        assert result.error is not None, result
        assert result.error.code is ErrorCode.CAME_BACK

    @pytest.mark.parametrize(
        ("slow", "operation", "doing", "code"),
        [
            ("ExecStartPre", Operation.START, "starting", ErrorCode.NOT_LIVE),
            ("ExecStopPost", Operation.STOP, "stopping", ErrorCode.STILL_RUNNING),
        ],
    )
    async def test_what_its_manager_is_still_at_is_left_to_go_on(
        self, demo_home: DemoHome, host: Host, install_text: InstallText,
        slow: str, operation: Operation, doing: str, code: ErrorCode,
    ) -> None:  # fmt: skip
        profile = demo_home.add_profile("openclaw", "slow")
        unit = install_text(profile, lambda text: text.replace("[Service]", f"[Service]\n{slow}=/bin/sleep 5"))
        if operation is Operation.STOP:
            await operate(host, profile.id, Operation.START)

        result = await operate(host, profile.id, operation, Options(timeout_s=1))

        assert result.error is not None
        assert result.error.message == f"{unit} (systemd-user) is still {doing} it after 1 s."
        assert result.error.code is code

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
