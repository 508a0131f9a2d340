"""Units that are started again after systemd has stopped them: by a timer, by a unit that upholds them, by a script."""

from __future__ import annotations

import asyncio
import os
import shlex
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from gateway_core.demo.home import DemoHome
from gateway_core.demo.installation import DemoProfile
from gateway_core.host import Host
from gateway_core.lifecycle.operate import operate
from gateway_core.operations import ErrorCode, Operation, OperationResult
from tests.real_processes import gateways_of, until
from tests.service_files import unit
from tests.systemd_manager import SystemdUserManager, systemd_user

__all__ = ["systemd_user"]

NAME = f"odd-triggered-{os.getpid()}.service"  # managers of several test runs may share their control groups
STEM = NAME.removesuffix(".service")


@pytest.fixture
def host(demo_home: DemoHome, systemd_user: SystemdUserManager) -> Host:
    return systemd_user.serving(demo_home.host())


@pytest.fixture
def profile(demo_home: DemoHome, systemd_user: SystemdUserManager) -> Iterator[DemoProfile]:
    """One whose unit runs."""
    profile = demo_home.add_profile("openclaw", "bot")
    start = shlex.join((str(profile.command), "--profile", "bot", "gateway", "--port", str(profile.port)))
    path, tmp = demo_home.environment["PATH"], profile.installation.temporary_dir
    text = unit(f"ExecStart={start}", f'Environment=HOME={demo_home.home} TMPDIR={tmp} "PATH={path}"')
    own = demo_home.home / ".config" / "systemd" / "user" / NAME
    own.parent.mkdir(parents=True, exist_ok=True)
    own.write_text(text)
    systemd_user.install(NAME, text)
    systemd_user.systemctl("start", NAME)
    until(lambda: gateways_of(profile) != [])
    yield profile
    systemd_user.remove(NAME)


@contextmanager
def running(systemd_user: SystemdUserManager, name: str, text: str) -> Iterator[None]:
    with ExitStack() as stack:
        stack.callback(systemd_user.remove, name)
        systemd_user.install(name, text)
        systemd_user.systemctl("start", name)
        yield


def timer(seconds: float) -> str:
    return f"[Timer]\nOnUnitInactiveSec={seconds}\nAccuracySec=10ms\nUnit={NAME}\n"


def watched(result: OperationResult) -> str | None:
    return next((step.detail for step in result.steps if step.name == "stays down"), None)


@pytest.mark.systemd
async def test_a_unit_that_nothing_starts_again_stays_down(host: Host, profile: DemoProfile) -> None:
    result = await operate(host, profile.id, Operation.STOP)
    assert result.ok, result
    assert watched(result) == "not back after 2 s"


@pytest.mark.systemd
async def test_a_timer_that_starts_it_again_is_named(
    host: Host, profile: DemoProfile, systemd_user: SystemdUserManager
) -> None:
    with running(systemd_user, f"{STEM}.timer", timer(2.5)):
        result = await operate(host, profile.id, Operation.STOP)
    assert result.error is not None, result
    assert result.error.code is ErrorCode.CAME_BACK
    assert f"started by {STEM}.timer (systemd-user)" in result.error.message
    assert result.error.hint == f"Stop that first: systemctl --user stop {STEM}.timer --no-ask-password"


@pytest.mark.systemd
async def test_a_timer_that_is_not_due_yet_is_named(
    host: Host, profile: DemoProfile, systemd_user: SystemdUserManager
) -> None:
    with running(systemd_user, f"{STEM}.timer", timer(3600)):
        result = await operate(host, profile.id, Operation.STOP)
    assert result.ok, result
    assert watched(result) == f"not back after 4 s, but {STEM}.timer may start it again"


@pytest.mark.systemd
async def test_a_unit_that_upholds_it_is_named(
    host: Host, profile: DemoProfile, systemd_user: SystemdUserManager
) -> None:
    keeper = f"{STEM}-keeper.service"
    text = f"[Unit]\nUpholds={NAME}\n{unit('ExecStart=/bin/sleep 600')}"
    with running(systemd_user, keeper, text):
        result = await operate(host, profile.id, Operation.STOP)
    assert result.error is not None, result
    assert result.error.code is ErrorCode.CAME_BACK
    assert f"started by {keeper} (systemd-user)" in result.error.message


@pytest.mark.systemd
async def test_a_script_that_has_systemd_start_it_again_is_told_of(
    host: Host, profile: DemoProfile, systemd_user: SystemdUserManager
) -> None:
    script = f"while sleep 1; do systemctl --user start {NAME}; done"
    environment = systemd_user.environment
    watchdog = await asyncio.create_subprocess_exec("sh", "-c", script, env=environment, start_new_session=True)
    try:
        result = await operate(host, profile.id, Operation.STOP)
    finally:
        watchdog.kill()
        await watchdog.wait()
    assert result.error is not None, result
    assert result.error.code is ErrorCode.CAME_BACK
    assert f"started by somebody who has systemd-user start {NAME} again" in result.error.message
    assert result.error.hint == f"Find out what starts it: claw-tui show {profile.id}"
