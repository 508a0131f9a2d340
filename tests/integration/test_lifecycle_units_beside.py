"""Gateways beside their own units, which start another one again and again or pass it a port that does not count."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Callable, Iterator

import pytest

from gateway_core.demo.faults import Faults
from gateway_core.demo.home import DemoHome
from gateway_core.demo.installation import DemoProfile
from gateway_core.host import Host
from gateway_core.lifecycle.operate import operate
from gateway_core.operations import ErrorCode, Operation
from gateway_core.snapshot import State
from tests.real_processes import gateways_of, until
from tests.systemd_manager import SystemdUserManager, systemd_user

__all__ = ["systemd_user"]

Install = Callable[[DemoProfile, Callable[[str], str]], str]


@pytest.fixture
def host(demo_home: DemoHome, systemd_user: SystemdUserManager) -> Host:
    return systemd_user.serving(demo_home.host())


@pytest.fixture
def install(demo_home: DemoHome, systemd_user: SystemdUserManager) -> Iterator[Install]:
    names: list[str] = []

    def write(profile: DemoProfile, edited: Callable[[str], str]) -> str:
        path = demo_home.write_unit(profile)
        path.write_text(edited(path.read_text()))
        systemd_user.install(path.name, path.read_text())
        names.append(path.name)
        return path.name

    yield write
    for name in names:
        systemd_user.remove(name)


def restarting_soon(text: str) -> str:
    """The unit with a short pause between its restarts, and no end to them."""
    lines = [line for line in text.splitlines() if not line.startswith(("RestartSec=", "StartLimit"))]
    return "\n".join(lines).replace("[Service]", "[Service]\nRestartSec=1\nRestartPreventExitStatus=") + "\n"


async def beside_its_unit(home: DemoHome, manager: SystemdUserManager, install: Install) -> tuple[DemoProfile, str]:
    """A gateway that runs directly, and its unit, which fails to start another one again and again."""
    gateway = await home.start("openclaw", "p", faults=Faults(lock_timeout_s=0.1))
    unit = install(gateway.profile, restarting_soon)
    manager.systemctl("start", "--no-block", unit)
    until(lambda: int(manager.property(unit, "NRestarts") or 0) > 0)
    return gateway.profile, unit


@pytest.mark.systemd
async def test_a_unit_that_restarts_beside_it_is_stopped_with_it(
    demo_home: DemoHome, host: Host, systemd_user: SystemdUserManager, install: Install
) -> None:
    profile, unit = await beside_its_unit(demo_home, systemd_user, install)

    result = await operate(host, profile.id, Operation.STOP)

    assert (result.ok, result.state) == (True, State.STOPPED), result
    assert systemd_user.property(unit, "ActiveState") == "inactive"
    assert gateways_of(profile) == []


@pytest.mark.systemd
async def test_a_restart_hands_it_to_the_unit_that_restarts_beside_it(
    demo_home: DemoHome, host: Host, systemd_user: SystemdUserManager, install: Install
) -> None:
    profile, unit = await beside_its_unit(demo_home, systemd_user, install)

    result = await operate(host, profile.id, Operation.RESTART)

    assert (result.ok, result.state) == (True, State.RUNNING), result
    assert systemd_user.property(unit, "ActiveState") == "active"
    assert gateways_of(profile) == [result.pid_after]
    assert result.pid_after != result.pid_before


@pytest.mark.systemd
async def test_a_port_of_the_unit_that_does_not_count_is_told(
    demo_home: DemoHome, host: Host, install: Install
) -> None:
    profile = demo_home.add_profile("openclaw", "p")
    passed = demo_home.ports.take()
    real = profile.command.with_name("openclaw-real")
    shutil.copy(profile.command, real)
    command = f"exec env -u OPENCLAW_GATEWAY_PORT {shlex.quote(str(real))} --profile p gateway"
    profile.command.write_text(f"#!/bin/sh\n{command}\n")
    install(profile, lambda text: text.replace(str(profile.port), str(passed)))

    result = await operate(host, profile.id, Operation.START)

    assert result.error is not None, result
    assert result.error.code is ErrorCode.CAME_UP_ELSEWHERE
    assert result.error.message.startswith(f"openclaw:p came up on port {profile.port}, not on {passed}: ")
    assert f"gateway.port in {profile.config_path}" in result.error.message
    await operate(host, profile.id, Operation.STOP)
