"""No signal without proof: processes that end, are replaced, or only look like the gateway in between."""

from __future__ import annotations

import asyncio
import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from gateway_core.demo.home import DemoHome, RunningGateway
from gateway_core.host import Host, Identity, Placement, ProcessInfo, ProcessTable, ProcessUsage, ServiceState
from gateway_core.lifecycle.backend import Options
from gateway_core.lifecycle.operate import operate
from gateway_core.lifecycle.proof import require_proof
from gateway_core.lifecycle.target import Target, find, look
from gateway_core.monitor.observer import Observer
from gateway_core.operations import (
    ErrorCode,
    Operation,
    OperationFailedError,
    RefusedError,
)
from gateway_core.processes.handle import held
from gateway_core.snapshot import Proof, State
from tests.fixed_host import FixedProcesses, FixedServices
from tests.limits import soft_limit
from tests.real_processes import gateways_of, other_process


async def seen(host: Host, instance_id: str) -> tuple[Observer, Target]:
    observer = Observer(host)
    return observer, await look(observer, await find(observer, instance_id)) or pytest.fail("it is gone")


async def refusal(host: Host, observer: Observer, target: Target, info: ProcessInfo) -> OperationFailedError:
    with pytest.raises(RefusedError) as refused:
        await require_proof(host, observer.distributions, target, info)
    return refused.value


@dataclass
class Altered:
    """The real process table, but for what a test makes of single processes."""

    real: ProcessTable
    alter: Callable[[ProcessInfo], ProcessInfo | None]

    def scan(self) -> Sequence[ProcessInfo]:
        return self.real.scan()

    def usage(self, pid: int) -> ProcessUsage | None:
        return self.real.usage(pid)

    def open_files(self, pid: int) -> tuple[Path, ...] | None:
        return self.real.open_files(pid)

    def working_dir(self, pid: int) -> Path | None:
        return self.real.working_dir(pid)

    def environment(self, pid: int, names: frozenset[str]) -> Mapping[str, str] | None:
        return self.real.environment(pid, names)

    def placement(self, process: ProcessInfo) -> Placement | None:
        return self.real.placement(process)

    def mounts(self, pid: int, ours: Path) -> bool:
        return self.real.mounts(pid, ours)

    def shares_file(self, pid: int, path: Path, ours: Path) -> bool | None:
        return self.real.shares_file(pid, path, ours)

    def find(self, pid: int) -> ProcessInfo | None:
        found = self.real.find(pid)
        return self.alter(found) if found is not None else None


async def test_a_pid_that_was_reused_since_the_look_is_not_held(demo_home: DemoHome) -> None:
    gateway = await demo_home.start("openclaw", "p")
    processes = demo_home.host().processes
    now = processes.find(gateway.pid)
    assert now is not None
    with held(processes, Identity(gateway.pid, now.start - 1)) as process:
        assert process is None
    with held(processes, now.identity) as process:
        assert process is not None


async def test_a_held_process_is_never_confused_with_its_successor(demo_home: DemoHome) -> None:
    gateway = await demo_home.start("openclaw", "p")
    processes = demo_home.host().processes
    info = processes.find(gateway.pid)
    assert info is not None
    with held(processes, info.identity) as process:
        assert process is not None
        await gateway.kill()
        assert await process.ended(20)
        assert process.send(signal.SIGTERM) is False


async def test_the_end_of_a_process_is_noticed_at_once(demo_home: DemoHome) -> None:
    gateway = await demo_home.start("openclaw", "p")
    processes = demo_home.host().processes
    info = processes.find(gateway.pid)
    assert info is not None
    with held(processes, info.identity) as process:
        assert process is not None
        assert not await process.ended(0.05)
        asyncio.get_running_loop().call_later(0.05, os.kill, gateway.pid, signal.SIGKILL)
        began = asyncio.get_running_loop().time()
        assert await process.ended(20)
        assert asyncio.get_running_loop().time() - began < 8


async def test_without_pidfds_it_is_noticed_too(demo_home: DemoHome, monkeypatch: pytest.MonkeyPatch) -> None:
    # Not taken from os: asyncio itself needs it, which asked for it when it was imported.
    monkeypatch.setattr("gateway_core.processes.handle._pidfd", lambda _pid: None)
    gateway = await demo_home.start("openclaw", "p")

    result = await operate(demo_home.host(), "openclaw:p", Operation.STOP)

    assert result.ok
    assert gateways_of(gateway.profile) == []


@pytest.mark.parametrize("distribution", ["openclaw", "clawdbot"])
async def test_a_lock_proves_the_gateway_and_no_other_process(
    demo_home: DemoHome, tmp_path: Path, distribution: str
) -> None:
    gateway = await demo_home.start(distribution, "p")
    neighbour = await demo_home.start(distribution, "q")
    host = demo_home.host()
    observer, target = await seen(host, f"{distribution}:p")
    info = host.processes.find(gateway.pid)
    assert info is not None
    assert await require_proof(host, observer.distributions, target, info) is Proof.LOCK

    other = host.processes.find(neighbour.pid)
    assert other is not None
    assert (await refusal(host, observer, target, other)).failure.code is ErrorCode.UNPROVEN
    with other_process(tmp_path, called=target.distribution.process_title) as impostor:
        lookalike = host.processes.find(impostor.pid)
        assert lookalike is not None
        assert (await refusal(host, observer, target, lookalike)).failure.code is ErrorCode.UNPROVEN
        assert impostor.unharmed


async def test_without_a_lock_its_socket_proves_it(demo_home: DemoHome) -> None:
    gateway = await demo_home.start("clawdbot", "p")
    remove_locks(demo_home)
    host = demo_home.host()
    observer, target = await seen(host, "clawdbot:p")
    info = host.processes.find(gateway.pid)
    assert info is not None
    assert await require_proof(host, observer.distributions, target, info) is Proof.SOCKET

    result = await operate(host, "clawdbot:p", Operation.STOP)
    assert result.ok
    assert gateways_of(gateway.profile) == []


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere 127.0.0.9 is no address of the machine")
async def test_another_program_on_that_port_of_another_address_disproves_nothing(demo_home: DemoHome) -> None:
    gateway = await demo_home.start("clawdbot", "p")
    remove_locks(demo_home)
    with listening("127.0.0.9", gateway.profile.port) as other:
        result = await operate(demo_home.host(), "clawdbot:p", Operation.STOP)
        assert result.ok, result.error
        assert other.poll() is None


@contextmanager
def listening(address: str, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """Another program that listens there."""
    code = f"import socket; kept = socket.create_server(({address!r}, {port})); print(flush=True); input()"
    with subprocess.Popen((sys.executable, "-c", code), stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        try:
            yield other
        finally:
            other.kill()


async def test_its_socket_proves_it_although_its_environment_does_not(demo_home: DemoHome) -> None:
    gateway = await demo_home.start("clawdbot", "p")
    remove_locks(demo_home)
    real = demo_home.host()
    inherited = {"CLAWDBOT_STATE_DIR": str(gateway.profile.config_path.parent)}
    host = replace(real, processes=Inheriting(real.processes, lambda info: info, {gateway.pid: inherited}))
    observer, target = await seen(host, "clawdbot:p")
    info = host.processes.find(gateway.pid)
    assert info is not None
    assert target.occupancy.proof is Proof.ENVIRONMENT
    assert await require_proof(host, observer.distributions, target, info) is Proof.SOCKET


@pytest.mark.parametrize("named", ["STATE_DIR", "CONFIG_PATH"])
async def test_what_works_in_the_places_of_another_instance_is_not_signalled(demo_home: DemoHome, named: str) -> None:
    gateway = await demo_home.start("clawdbot", "p")
    other = demo_home.add_profile("clawdbot", "q")
    remove_locks(demo_home)
    real = demo_home.host()
    observer, target = await seen(real, "clawdbot:p")
    places = {"STATE_DIR": other.state_dir, "CONFIG_PATH": other.config_path}
    inherited = {f"CLAWDBOT_{named}": str(places[named])}
    host = replace(real, processes=Inheriting(real.processes, lambda info: info, {gateway.pid: inherited}))
    info = host.processes.find(gateway.pid)
    assert info is not None
    assert await require_proof(real, observer.distributions, target, info) is Proof.SOCKET
    refused = await refusal(host, observer, target, info)
    assert refused.failure.code is ErrorCode.UNPROVEN
    assert str(places[named]) in refused.failure.message


async def test_a_service_proves_it_only_as_long_as_it_runs_it(demo_home: DemoHome) -> None:
    gateway = await demo_home.start("clawdbot", "p")
    unit = demo_home.write_unit(gateway.profile)
    unit.write_text(unit.read_text().replace(str(gateway.port), str(gateway.port + 50)))
    remove_locks(demo_home)
    known = {("systemd-user", unit.name): service_state(gateway.pid)}
    host = replace(demo_home.host(), services=FixedServices(known))
    observer, target = await seen(host, "clawdbot:p")
    info = host.processes.find(gateway.pid)
    assert info is not None
    assert await require_proof(host, observer.distributions, target, info) is Proof.SERVICE

    known["systemd-user", unit.name] = service_state(None)
    assert (await refusal(host, observer, target, info)).failure.code is ErrorCode.UNPROVEN


def service_state(main_pid: int | None) -> ServiceState:
    return ServiceState(active="active", enabled=True, main_pid=main_pid, restarts=0, exit_status=None)


@dataclass
class Inheriting(Altered):
    """Processes that inherited other variables, too."""

    inherited: Mapping[int, Mapping[str, str]]

    def environment(self, pid: int, names: frozenset[str]) -> Mapping[str, str] | None:
        own = self.real.environment(pid, names)
        more = self.inherited.get(pid, {})
        return own and {**own, **{name: value for name, value in more.items() if name in names}}


def remove_locks(home: DemoHome) -> None:
    for lock in (home.root / "tmp").glob("*/gateway.*.lock"):
        lock.unlink()


async def test_a_process_that_locks_of_two_configs_name_is_refused_and_lives(demo_home: DemoHome) -> None:
    gateway = await demo_home.start("clawdbot", "p")
    other = demo_home.add_profile("clawdbot", "other")
    planted = plant_lock(demo_home, gateway, other.config_path)

    for instance_id in ("clawdbot:p", "clawdbot:other"):
        result = await operate(demo_home.host(), instance_id, Operation.STOP, Options(timeout_s=0.3))
        assert result.error is not None
        assert result.error.code is ErrorCode.UNPROVEN
        assert is_alive(gateway)

    planted.unlink()
    assert (await operate(demo_home.host(), "clawdbot:p", Operation.STOP)).ok


@pytest.mark.skipif(os.getuid() != 0, reason="only root can write a lock in another's name")
async def test_a_lock_that_another_user_planted_ends_nobody_and_stops_nobody(demo_home: DemoHome) -> None:
    gateway = await demo_home.start("clawdbot", "p")
    other = demo_home.add_profile("clawdbot", "other")
    os.chown(plant_lock(demo_home, gateway, other.config_path), 4242, -1)

    result = await operate(demo_home.host(), "clawdbot:other", Operation.STOP)
    assert (result.ok, result.pid_before) == (True, None)
    assert "signal" not in [step.name for step in result.steps]
    assert is_alive(gateway)

    assert (await operate(demo_home.host(), "clawdbot:p", Operation.STOP)).ok
    assert gateways_of(gateway.profile) == []


def plant_lock(home: DemoHome, gateway: RunningGateway, config_path: Path) -> Path:
    """A lock that names the gateway's process, and another config than its own."""
    [own] = (home.root / "tmp").glob("*/gateway.*.lock")
    record = json.loads(own.read_text()) | {"configPath": str(config_path)}
    assert record["pid"] == gateway.pid
    planted = home.root / "tmp" / "clawdbot-4242" / "gateway.99999999.lock"
    planted.parent.mkdir()
    planted.write_text(json.dumps(record))
    return planted


async def test_another_users_process_is_refused(demo_home: DemoHome) -> None:
    gateway = await demo_home.start("openclaw", "p")
    host = demo_home.host()
    observer, target = await seen(host, "openclaw:p")
    info = host.processes.find(gateway.pid)
    assert info is not None

    found = await refusal(host, observer, target, replace(info, uid=host.uid + 1))

    assert found.failure.code is ErrorCode.OTHER_USER


async def test_a_process_replaced_between_the_look_and_the_signal_is_left_alone(
    demo_home: DemoHome, tmp_path: Path
) -> None:
    """Its pid answers with another start time from the moment at which it is taken hold of."""
    gateway = await demo_home.start("openclaw", "p")
    host = demo_home.host()
    replaced = Altered(
        host.processes, lambda info: replace(info, start=info.start + 1) if info.pid == gateway.pid else info
    )

    result = await operate(replace(host, processes=replaced), "openclaw:p", Operation.STOP)

    assert result.error is not None
    assert result.error.code is ErrorCode.PID_REUSED
    assert gateways_of(gateway.profile) == [gateway.pid]


async def test_an_unprovable_process_is_refused_and_lives(demo_home: DemoHome) -> None:
    """A gateway of the right title that nothing ties to the instance: another's port, no lock, no places."""
    gateway = await demo_home.start("clawdbot", "p")
    with_other_port(gateway)
    remove_locks(demo_home)

    result = await operate(demo_home.host(), f"clawdbot@pid-{gateway.pid}", Operation.STOP, Options(timeout_s=0.3))

    assert result.error is not None
    assert (result.error.code, result.state) == (ErrorCode.UNPROVEN, State.UNKNOWN)
    assert is_alive(gateway)


def with_other_port(gateway: RunningGateway) -> None:
    path = gateway.profile.config_path
    path.write_text(path.read_text().replace(str(gateway.port), str(gateway.port + 50)))


def is_alive(gateway: RunningGateway) -> bool:
    return subprocess.run(["kill", "-0", str(gateway.pid)], capture_output=True).returncode == 0


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="there are no pidfds here")
def test_a_process_table_that_breaks_leaves_no_pidfd_open(demo_home: DemoHome) -> None:
    def broken(_: ProcessInfo) -> ProcessInfo | None:
        raise OSError("the process table is gone")

    real = demo_home.host().processes
    this = real.find(os.getpid()) or pytest.fail("this very process is gone")
    before = open_pidfds()
    with pytest.raises(OSError, match="the process table is gone"), held(Altered(real, broken), this.identity):
        pytest.fail("it was held")
    assert open_pidfds() == before


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="there are no pidfds here")
def test_without_a_descriptor_left_nothing_is_held_that_could_be_signalled(demo_home: DemoHome) -> None:
    """It may be that the next look finds one again: then a later process of that pid could get the signal."""
    this = demo_home.host().processes.find(os.getpid()) or pytest.fail("this very process is gone")
    lowest_free = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
    os.close(lowest_free)
    with (
        soft_limit(resource.RLIMIT_NOFILE, lowest_free),
        pytest.raises(OSError, match="Too many open files"),
        held(FixedProcesses([this]), this.identity),
    ):
        pytest.fail("it was held")


def open_pidfds() -> int:
    """How many pidfds this process has open; the descriptor of the listing itself is gone when it is looked at."""
    descriptors = [path for path in Path("/proc/self/fd").iterdir() if path.is_symlink()]
    return sum("pidfd" in str(path.readlink()) for path in descriptors)
