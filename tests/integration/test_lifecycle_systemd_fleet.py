"""Fleets under a real systemd user manager: gateways that run as instances of a template, or as transient units."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gateway_core.demo.faults import Faults
from gateway_core.demo.home import DemoHome
from gateway_core.demo.installation import DemoProfile
from gateway_core.host import Host
from gateway_core.lifecycle.operate import operate
from gateway_core.monitor.monitor import Monitor, take_snapshot
from gateway_core.operations import Operation
from gateway_core.processes.run import run
from gateway_core.snapshot import Instance, State
from tests.real_processes import gateways_of, until
from tests.service_files import unit
from tests.systemd_manager import SystemdUserManager, systemd_user

__all__ = ["systemd_user"]

TEMPLATE = "odd-fleet@.service"
Install = Callable[[str], None]


def service_name(instance: Instance | None) -> str | None:
    assert instance is not None
    return instance.signals.service.name if instance.signals.service else None


@pytest.mark.systemd
class TestSystemdUser:
    @pytest.fixture
    def host(self, demo_home: DemoHome, systemd_user: SystemdUserManager) -> Host:
        return systemd_user.serving(demo_home.host())

    @pytest.fixture
    def install(self, demo_home: DemoHome, systemd_user: SystemdUserManager) -> Iterator[Install]:
        """Write the template where claw-tui and the manager each look for it."""
        own = demo_home.home / ".config" / "systemd" / "user" / TEMPLATE

        def write(text: str) -> None:
            own.parent.mkdir(parents=True, exist_ok=True)
            own.write_text(text)
            systemd_user.install(TEMPLATE, text)

        yield write
        systemd_user.systemctl("stop", "odd-*", check=False)
        systemd_user.systemctl("reset-failed", "odd-*", check=False)
        systemd_user.remove(TEMPLATE)

    def fleet(self, demo_home: DemoHome, install: Install, *names: str) -> list[DemoProfile]:
        """Profiles whose places and ports stand in environment files, one for each instance of the template."""
        profiles = [demo_home.add_profile("openclaw", name) for name in names]
        files = demo_home.base / "env"
        files.mkdir()
        for profile in profiles:
            installation = profile.installation
            lines = (
                f"OPENCLAW_STATE_DIR='{installation.state_dir}'",
                f"OPENCLAW_CONFIG_PATH={installation.config_path}",
                f"OPENCLAW_GATEWAY_PORT={profile.port}",
                f"TMPDIR={installation.temporary_dir}",
                "OPENCLAW_GATEWAY_TOKEN=CANARY-of-an-environment-file",
            )
            (files / f"{installation.profile}.env").write_text("\n".join(lines))
        install(
            unit(
                f"ExecStart={profiles[0].command} gateway",
                f'Environment=HOME={demo_home.home} "PATH={demo_home.environment["PATH"]}"',
                f"EnvironmentFile={files}/%i.env",
                "Restart=always",
                "RestartSec=300ms",
                "KillMode=mixed",
            )
        )
        return profiles

    async def test_stopped_members_are_started_and_stopped_by_their_units(
        self, demo_home: DemoHome, host: Host, install: Install, systemd_user: SystemdUserManager
    ) -> None:
        alice, bob = self.fleet(demo_home, install, "alice", "bob")
        seen = await take_snapshot(host)
        assert service_name(seen.instance(alice.id)) == "odd-fleet@alice.service"
        assert service_name(seen.instance(bob.id)) == "odd-fleet@bob.service"
        instance = seen.instance(alice.id)
        assert instance is not None
        assert instance.base_port is not None
        assert instance.base_port.file == str(demo_home.base / "env" / "alice.env")
        assert "CANARY" not in seen.model_dump_json()

        for profile in (alice, bob):
            started = await operate(host, profile.id, Operation.START)
            assert (started.ok, started.state) == (True, State.RUNNING)
        assert systemd_user.property("odd-fleet@alice.service", "ActiveState") == "active"
        [other] = gateways_of(bob)

        stopped = await operate(host, alice.id, Operation.STOP)

        assert (stopped.ok, stopped.state, gateways_of(alice)) == (True, State.STOPPED, [])
        assert systemd_user.property("odd-fleet@alice.service", "ActiveState") == "inactive"
        assert gateways_of(bob) == [other]

    async def test_members_that_only_the_manager_knows_are_seen_as_they_come(
        self, demo_home: DemoHome, host: Host, install: Install, systemd_user: SystemdUserManager
    ) -> None:
        """The template's text names no place that depends on the instance."""
        profile = demo_home.add_profile("openclaw", "late")
        install(
            unit(
                f"ExecStart={profile.command} --profile late gateway --port {profile.port}",
                f"Environment=HOME={demo_home.home} TMPDIR={profile.installation.temporary_dir}",
                f'Environment="PATH={demo_home.environment["PATH"]}"',
            )
        )
        async with asyncio.timeout(20), Monitor(host) as monitor:
            systemd_user.systemctl("start", "odd-fleet@x.service")
            async for snapshot in monitor.subscribe():
                if service_name(snapshot.instance(profile.id)) is not None:
                    break
        assert service_name(snapshot.instance(profile.id)) == "odd-fleet@x.service"

        stopped = await operate(host, profile.id, Operation.STOP)

        assert (stopped.ok, stopped.state) == (True, State.STOPPED)
        assert "systemctl --user stop odd-fleet@x.service --no-ask-password" in [step.command for step in stopped.steps]

    @pytest.mark.parametrize("wrapped", [False, True])
    async def test_a_transient_unit_is_stopped_by_its_manager(
        self, demo_home: DemoHome, host: Host, install: Install, systemd_user: SystemdUserManager, wrapped: bool
    ) -> None:
        """Also one whose text does not tell what it starts: the gateway is in its control group."""
        profile = demo_home.add_profile("openclaw", "transient")
        settings = ("Restart=always", "RestartSec=300ms", f"Environment=HOME={demo_home.home}")
        temporary = f"Environment=TMPDIR={profile.installation.temporary_dir}"
        path = f"Environment=PATH={demo_home.environment['PATH']}"
        start = (str(profile.command), "--profile", "transient", "gateway", "--port", str(profile.port))
        wrapper = demo_home.base / "bot"
        wrapper.write_text(f"#!/bin/sh\nexec {shlex.join(start)}\n")
        wrapper.chmod(0o755)
        options = [f"--property={setting}" for setting in (*settings, temporary, path)]
        unit = ("systemd-run", "--user", "--unit=odd-transient", *options, "--")
        reply = await run((*unit, *([str(wrapper)] if wrapped else start)), systemd_user.environment, deadline=20)
        assert reply.status == 0, reply.first_error
        await asyncio.to_thread(until, lambda: gateways_of(profile) != [])

        seen = (await take_snapshot(host)).instance(profile.id)
        stopped = await operate(host, profile.id, Operation.STOP)

        assert service_name(seen) == "odd-transient.service"
        assert (stopped.ok, stopped.state, gateways_of(profile)) == (True, State.STOPPED, [])
        assert "systemctl --user stop odd-transient.service --no-ask-password" in [
            step.command for step in stopped.steps
        ]
        assert not Path(f"{systemd_user.runtime_dir}/systemd/transient/odd-transient.service").exists()

    async def test_a_transient_unit_that_has_failed_is_started_again_by_its_manager(
        self, demo_home: DemoHome, host: Host, install: Install, systemd_user: SystemdUserManager
    ) -> None:
        """Its failure is all that keeps it: once that is forgotten, the manager does not know it any more."""
        profile = demo_home.add_profile("openclaw", "transient", faults=Faults(exit_code=1))
        environment = (f"HOME={demo_home.home}", f"TMPDIR={profile.installation.temporary_dir}")
        options = [f"--setenv={item}" for item in (*environment, f"PATH={demo_home.environment['PATH']}")]
        start = (str(profile.command), "--profile", "transient", "gateway", "--port", str(profile.port))
        unit = ("systemd-run", "--user", "--unit=odd-transient", *options, "--")
        reply = await run((*unit, *start), systemd_user.environment, deadline=20)
        assert reply.status == 0, reply.first_error
        await asyncio.to_thread(systemd_user.wait_for, "odd-transient.service", "ActiveState", "failed".__eq__)
        profile.set_faults(Faults())

        started = await operate(host, profile.id, Operation.START)

        assert (started.ok, started.state) == (True, State.RUNNING), started
        assert systemd_user.property("odd-transient.service", "ActiveState") == "active"
        await operate(host, profile.id, Operation.STOP)
