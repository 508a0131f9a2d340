"""Gateways that a real systemd user manager runs in namespaces of their own, as hardened units do."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from gateway_core.demo.home import DemoHome
from gateway_core.demo.installation import DemoProfile
from gateway_core.host import Host
from gateway_core.lifecycle.operate import operate
from gateway_core.monitor.complete_look import complete_look
from gateway_core.monitor.monitor import take_snapshot
from gateway_core.operations import Operation
from gateway_core.snapshot import Proof, State
from tests.real_processes import gateways_of, listens, pids_in, until
from tests.service_files import unit
from tests.systemd_manager import SystemdUserManager, systemd_user

__all__ = ["systemd_user"]

NAME = f"odd-sandbox-{os.getpid()}.service"  # managers of several test runs may share their control groups
Install = Callable[..., DemoProfile]


@pytest.fixture
def host(demo_home: DemoHome, systemd_user: SystemdUserManager) -> Host:
    return systemd_user.serving(demo_home.host())


@pytest.fixture
def install(demo_home: DemoHome, systemd_user: SystemdUserManager) -> Iterator[Install]:
    """A unit with these settings, where claw-tui and the manager each look for it."""
    own = demo_home.home / ".config" / "systemd" / "user" / NAME

    def write(*settings: str, version: str = "2026.9.6") -> DemoProfile:
        profile = demo_home.add_profile("openclaw", "boxed", version=version)
        shutil.copytree(profile.state_dir, f"{profile.state_dir}.own")
        text = unit(
            f"ExecStart={profile.command} --profile boxed gateway --port {profile.port}",
            f'Environment=HOME={demo_home.home} "PATH={demo_home.environment["PATH"]}"',
            f"Environment=TMPDIR={profile.installation.temporary_dir}",
            "Restart=always",
            "RestartSec=300ms",
            *(
                each.format(
                    base=demo_home.base,
                    program=Path(__file__).parents[2],
                    tmp=profile.installation.temporary_dir,
                    state=profile.state_dir,
                )
                for each in settings
            ),
        )
        own.parent.mkdir(parents=True, exist_ok=True)
        own.write_text(text)
        systemd_user.install(NAME, text)
        return profile

    yield write
    systemd_user.remove(NAME)


@pytest.mark.systemd
@pytest.mark.parametrize(
    "settings",
    [
        ("PrivateTmp=yes", "BindPaths={base} {program}"),
        ("TemporaryFileSystem={tmp}",),
        ("ProtectSystem=strict", "ReadWritePaths=/tmp"),
        ("PrivateMounts=yes", "ProtectHome=read-only"),
        ("BindPaths={state}.own:{state}",),
    ],
    ids=["tmp", "locks", "system", "mounts", "state"],
)
async def test_a_gateway_with_files_of_its_own_is_run_by_its_unit(
    host: Host, install: Install, systemd_user: SystemdUserManager, settings: tuple[str, ...]
) -> None:
    profile = install(*settings)
    started = await operate(host, profile.id, Operation.START)
    assert (started.ok, started.state) == (True, State.RUNNING), started

    seen = await take_snapshot(host)
    instance = seen.instance(profile.id)
    assert instance is not None
    assert (instance.owner is not None and instance.owner.name, seen.elsewhere) == (NAME, ())
    assert instance.signals.process is not None
    assert instance.signals.process.rss_bytes
    assert [lock.stale for lock in instance.locks] in ([], [False])
    assert {lock.place for lock in instance.locks} <= {None}

    restarted = await operate(host, profile.id, Operation.RESTART)
    assert (restarted.ok, restarted.state) == (True, State.RUNNING), restarted
    stopped = await operate(host, profile.id, Operation.STOP)
    assert (stopped.ok, stopped.state, gateways_of(profile)) == (True, State.STOPPED, [])
    assert systemd_user.property(NAME, "ActiveState") == "inactive"


@pytest.mark.systemd
@pytest.mark.parametrize("version", ["2026.9.6", "2026.2.13"])
async def test_a_gateway_with_a_network_of_its_own_is_run_by_its_unit(
    host: Host, install: Install, systemd_user: SystemdUserManager, version: str
) -> None:
    """Whatever holds its port on this host is not in its way."""
    profile = install("PrivateNetwork=yes", version=version)
    with socket.create_server(("127.0.0.1", profile.port)):
        started = await operate(host, profile.id, Operation.START)
        assert started.ok, started

        seen = await take_snapshot(host)
        instance = seen.instance(profile.id)
        assert instance is not None
        assert "in a network namespace of its own: its ports cannot be seen from here" in instance.reason
        assert started.steps[-1].detail == instance.reason, "its pid once"
        assert (instance.state, instance.claims, instance.conflicts) == (State.UNKNOWN, (), ())
        assert (instance.signals.socket.bound, instance.control_url) == (None, None)
        assert (instance.owner is not None and instance.owner.name, seen.elsewhere) == (NAME, ())
        process = instance.signals.process
        assert process is not None
        assert (process.pid, process.proof) == (started.pid_after, Proof.SERVICE)
        assert [lock.place for lock in instance.locks] == [None]

        again = await operate(host, profile.id, Operation.START)
        restarted = await operate(host, profile.id, Operation.RESTART)
        assert (again.pid_after, restarted.ok) == (started.pid_after, True), restarted
        assert restarted.pid_after not in (None, started.pid_after)
        stopped = await operate(host, profile.id, Operation.STOP)

    assert (stopped.ok, stopped.state, gateways_of(profile)) == (True, State.STOPPED, [])
    assert systemd_user.property(NAME, "ActiveState") in ("inactive", "failed")  # the early version's parent may fail


@contextmanager
def in_sandbox(home: DemoHome, profile: DemoProfile) -> Iterator[None]:
    """Run the gateway as bubblewrap or snap would: its lock is in a temporary directory that only it has."""
    hide = ("sh", "-c", f'mount -t tmpfs none {profile.installation.temporary_dir} && exec "$@"', "sh")
    sandbox = ("unshare", "--user", "--map-root-user", "--mount", *hide)
    if subprocess.run((*sandbox, "true"), capture_output=True, check=False).returncode != 0:
        pytest.skip("namespaces of its own cannot be made here: unshare is missing, or may not be used")
    process = subprocess.Popen((*sandbox, *profile.arguments), env=home.environment, start_new_session=True)
    try:
        until(lambda: any(listens(pid, profile.port) for pid in pids_in(home, "openclaw-gateway")))
        yield
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


async def test_a_gateway_in_a_sandbox_that_only_has_files_of_its_own_is_of_this_host(demo_home: DemoHome) -> None:
    profile = demo_home.add_profile("openclaw", "boxed", version="2026.2.13")
    with in_sandbox(demo_home, profile):
        async with complete_look(demo_home.host()) as observer:
            seen = observer.snapshot()
        instance = seen.instance(profile.id)
        assert instance is not None
        assert (instance.state, instance.live_port, seen.elsewhere) == (State.RUNNING, profile.port, ())
        stopped = await operate(demo_home.host(), profile.id, Operation.STOP)
    assert (stopped.ok, stopped.state) == (True, State.STOPPED), stopped
