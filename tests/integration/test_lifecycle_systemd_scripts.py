"""Gateways that scripts of units start, under a real systemd user manager: what the units' own text does not tell."""

from __future__ import annotations

import os
import shlex
import signal
from collections.abc import Callable, Iterator

import pytest

from gateway_core.demo.home import DemoHome
from gateway_core.demo.installation import DemoProfile
from gateway_core.host import Host
from gateway_core.lifecycle.operate import operate
from gateway_core.monitor.monitor import take_snapshot
from gateway_core.operations import ErrorCode, Operation
from gateway_core.snapshot import Instance, State
from tests.real_processes import gateways_of, until
from tests.service_files import unit
from tests.systemd_manager import SystemdUserManager, systemd_user

__all__ = ["systemd_user"]

NAME = f"odd-script-{os.getpid()}.service"  # managers of several test runs may share their control groups
Install = Callable[..., DemoProfile]


@pytest.fixture
def host(demo_home: DemoHome, systemd_user: SystemdUserManager) -> Host:
    return systemd_user.serving(demo_home.host())


@pytest.fixture
def install(demo_home: DemoHome, systemd_user: SystemdUserManager) -> Iterator[Install]:
    """A unit of these settings that runs such a script; `{gateway}` is the command line of the gateway."""

    def write(script: str, *settings: str) -> DemoProfile:
        profile = demo_home.add_profile("openclaw", "bot")
        start = shlex.join((str(profile.command), "--profile", "bot", "gateway", "--port", str(profile.port)))
        file = demo_home.base / "run.sh"
        file.write_text(f"export TMPDIR={profile.installation.temporary_dir}\n{script.format(gateway=start)}\n")
        text = unit(
            f"ExecStart=/bin/sh {file}",
            f'Environment=HOME={demo_home.home} "PATH={demo_home.environment["PATH"]}"',
            *settings,
        )
        own = demo_home.home / ".config" / "systemd" / "user" / NAME
        own.parent.mkdir(parents=True, exist_ok=True)
        own.write_text(text)
        systemd_user.install(NAME, text)
        return profile

    yield write
    systemd_user.remove(NAME)


async def seen(host: Host, profile: DemoProfile) -> Instance:
    instance = (await take_snapshot(host)).instance(profile.id)
    assert instance is not None
    return instance


DETACH = "setsid -f {gateway} >/dev/null 2>&1 </dev/null"
REMAINING = ("Type=oneshot", "RemainAfterExit=yes")


@pytest.mark.systemd
@pytest.mark.parametrize(
    ("script", "settings"),
    [
        (DETACH, REMAINING),
        (f"{DETACH}; while sleep 1; do :; done", ("Restart=always", "RestartSec=300ms")),
        (f"{DETACH}; while sleep 1; do :; done", ("KillMode=mixed",)),
        ("setsid {gateway}", ("Restart=always", "RestartSec=20s")),
    ],
    ids=["exited", "waits", "mixed", "in-a-session-of-its-own"],
)
async def test_what_the_script_of_a_unit_has_detached_is_operated_through_the_unit(
    host: Host, install: Install, systemd_user: SystemdUserManager, script: str, settings: tuple[str, ...]
) -> None:
    profile = install(script, *settings)
    systemd_user.systemctl("start", NAME)
    until(lambda: gateways_of(profile) != [])

    owner = (await seen(host, profile)).owner
    restarted = await operate(host, profile.id, Operation.RESTART)
    stopped = await operate(host, profile.id, Operation.STOP)

    assert owner is not None
    assert (owner.kind, owner.name, owner.manager) == ("unit", NAME, "systemd-user")
    assert (restarted.ok, restarted.state) == (True, State.RUNNING), restarted
    assert (stopped.ok, stopped.state, gateways_of(profile)) == (True, State.STOPPED, []), stopped
    assert systemd_user.property(NAME, "ActiveState") == "inactive"
    assert not [step for result in (restarted, stopped) for step in result.steps if step.name == "signal"]


@pytest.mark.systemd
async def test_what_a_unit_has_detached_beside_other_things_is_named_and_left_alone(
    host: Host, install: Install, systemd_user: SystemdUserManager
) -> None:
    profile = install(f"{DETACH}; exec tail -f /dev/null")
    systemd_user.systemctl("start", NAME)
    until(lambda: gateways_of(profile) != [])
    [pid] = gateways_of(profile)

    owner = (await seen(host, profile)).owner
    for operation in (Operation.STOP, Operation.RESTART, Operation.KILL):
        result = await operate(host, profile.id, operation)
        assert result.error is not None
        assert result.error.code is ErrorCode.RUN_BY_SERVICE
        assert f"is in the control group of {NAME} (systemd-user)" in result.error.message

    assert owner is not None
    assert (owner.kind, owner.name) == ("unit", NAME)
    assert gateways_of(profile) == [pid]


@pytest.mark.systemd
@pytest.mark.parametrize("by_hand", [False, True])
async def test_a_gateway_is_started_again_by_the_unit_that_was_seen_to_run_it(
    host: Host, install: Install, systemd_user: SystemdUserManager, by_hand: bool
) -> None:
    """Until that unit is another one: then nothing says what it would start."""
    profile = install("{gateway}; exit 3", "Restart=always", "RestartSec=300ms")
    systemd_user.systemctl("start", NAME)
    until(lambda: gateways_of(profile) != [])
    if by_hand:
        await seen(host, profile)
        systemd_user.systemctl("stop", NAME)
    else:
        stopped = await operate(host, profile.id, Operation.STOP)
        assert stopped.ok, stopped

    service = (await seen(host, profile)).signals.service
    started = await operate(host, profile.id, Operation.START)

    assert service is not None
    assert (service.name, service.active) == (NAME, "inactive")
    assert (started.ok, started.state) == (True, State.RUNNING), started
    assert systemd_user.property(NAME, "ActiveState") == "active"
    assert len(gateways_of(profile)) == 1

    await operate(host, profile.id, Operation.STOP)
    systemd_user.install(NAME, unit("ExecStart=/bin/sleep 600"))
    assert (await seen(host, profile)).signals.service is None


@pytest.mark.systemd
async def test_a_script_that_puts_the_gateway_into_a_network_of_its_own_is_operated_through_its_unit(
    host: Host, install: Install, systemd_user: SystemdUserManager
) -> None:
    """As `ip netns exec vpn openclaw gateway` does: the text of the unit says nothing of that."""
    profile = install("unshare --net {gateway}", "Restart=always", "RestartSec=300ms")
    systemd_user.systemctl("start", NAME)
    until(lambda: gateways_of(profile) != [])

    running = await seen(host, profile)
    results = [await operate(host, profile.id, each) for each in (Operation.RESTART, Operation.STOP, Operation.START)]

    assert "in a network namespace of its own" in running.reason
    assert running.owner is not None
    assert running.owner.name == NAME
    assert [result.ok for result in results] == [True] * 3, results
    assert systemd_user.property(NAME, "ActiveState") == "active"
    assert len(gateways_of(profile)) == 1


@pytest.mark.systemd
async def test_a_unit_that_is_up_without_the_gateway_that_it_has_detached_starts_it_anew(
    host: Host, install: Install, systemd_user: SystemdUserManager
) -> None:
    profile = install(DETACH, *REMAINING)
    systemd_user.systemctl("start", NAME)
    until(lambda: gateways_of(profile) != [])
    await operate(host, profile.id, Operation.RESTART)
    systemd_user.systemctl("kill", "--kill-whom=all", NAME)
    until(lambda: gateways_of(profile) == [])

    started = await operate(host, profile.id, Operation.START)

    assert (started.ok, started.state) == (True, State.RUNNING), started
    assert len(gateways_of(profile)) == 1


LATER = "until [ -e {flag} ]; do sleep 0.1; done; exec tail -F {flag}"


@pytest.mark.systemd
@pytest.mark.parametrize(
    ("script", "settings"),
    [
        ("{gateway} & exec tail -F {flag}", ()),
        (f"{DETACH}\n({LATER}) &", REMAINING),
        (f"{DETACH}\n{LATER}", ()),
    ],
    ids=["child", "remains", "detached"],
)
async def test_a_unit_that_was_seen_to_run_it_is_not_ended_with_the_other_things_that_it_runs_without_it(
    host: Host,
    install: Install,
    systemd_user: SystemdUserManager,
    demo_home: DemoHome,
    script: str,
    settings: tuple[str, ...],
) -> None:
    flag = demo_home.base / "flag"

    def others() -> list[int]:
        return [info.pid for info in host.processes.scan() if info.argv == ("tail", "-F", str(flag))]

    profile = install(script.replace("{flag}", str(flag)), *settings)
    systemd_user.systemctl("start", NAME)
    until(lambda: gateways_of(profile) != [])
    assert (await seen(host, profile)).signals.service is not None
    os.kill(gateways_of(profile)[0], signal.SIGTERM)
    until(lambda: gateways_of(profile) == [])
    flag.touch()
    until(lambda: others() != [])
    [other] = others()

    results = [await operate(host, profile.id, each) for each in (Operation.STOP, Operation.RESTART, Operation.START)]

    assert [result.ok for result in results] == [False] * 3, results
    assert results[0].error is not None
    assert results[0].error.code is ErrorCode.RUN_BY_SERVICE
    assert f"{NAME} (systemd-user) also runs tail (pid {other})" in results[0].error.message
    assert (others(), gateways_of(profile)) == ([other], [])
    assert results[2].error is not None
    by_hand = f"systemctl --user restart {NAME} --no-ask-password" if not settings else "by hand"
    assert by_hand in str(results[2].error.hint)
