"""Snapshots that the command line is shown in tests, and a host that gives them out."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NoReturn

from claw_tui.hosts.gateway_host import GatewayHost, HostMonitor
from claw_tui.hosts.local import local_gateway_host
from gateway_core.host import Host, PortLimits, ProcessInfo
from gateway_core.lifecycle.backend import Options
from gateway_core.lifecycle.operate import OnTask
from gateway_core.operations import (
    ErrorCode,
    Failure,
    Operation,
    OperationEnded,
    OperationResult,
    Report,
    Step,
    StepBegan,
    StepEnded,
)
from gateway_core.snapshot import (
    Binding,
    Claim,
    ConfigIssue,
    ConfigStatus,
    Conflict,
    Grade,
    HttpSignal,
    Instance,
    InstanceParty,
    Listener,
    PortOwner,
    PortRange,
    PortValue,
    Problem,
    ProcessParty,
    ProcessSignal,
    Proof,
    Role,
    ServiceSignal,
    Signals,
    Snapshot,
    SocketSignal,
    Source,
    State,
)
from tests.fixed_host import FixedClock
from tests.monitors import QuietMonitor

NOW = datetime(2026, 11, 20, 10, 0, 0, 123456, tzinfo=UTC)

RESCUE = Instance(
    id="openclaw:rescue",
    distribution="openclaw",
    profile="rescue",
    version="2026.9.6",
    state_dir="/home/ada/.openclaw-rescue",
    config_path="/home/ada/.openclaw-rescue/openclaw.json",
    workspace=None,
    config=ConfigStatus(exists=True, valid=True, issues=(ConfigIssue(path="gateway.port", message="odd"),)),
    base_port=PortValue(value=19001, source=Source.CONFIG),
    configured_port=PortValue(value=19001, source=Source.CONFIG),
    live_port=19001,
    claims=(
        Claim(
            role=Role.GATEWAY,
            start=19001,
            end=19001,
            binding=Binding.ALWAYS,
            source=Source.CONFIG,
            address="127.0.0.1",
        ),
        Claim(
            role=Role.CDP,
            start=19012,
            end=19111,
            binding=Binding.ON_DEMAND,
            source=Source.DERIVED,
            address="127.0.0.1",
        ),
    ),
    state=State.RUNNING,
    reason="live and ready",
    signals=Signals(
        service=ServiceSignal(
            manager="systemd-user",
            name="openclaw-gateway-rescue.service",
            active="active",
            enabled=True,
            restarts=0,
            path="/home/ada/.config/systemd/user/openclaw-gateway-rescue.service",
            main_pid=1234,
        ),
        process=ProcessSignal(
            pid=1234,
            started_at=NOW - timedelta(hours=3, minutes=2),
            rss_bytes=614 << 20,
            cpu_percent=0.4,
            proof=Proof.LOCK,
        ),
        socket=SocketSignal(bound=True, addresses=("127.0.0.1", "::1"), owner_pid=1234),
        http=HttpSignal(live=True, ready=True, uptime_s=12.3),
    ),
    conflicts=("c1",),
    log_file=None,
    found_by=("state-dir", "lock"),
)

BLOCKED = Instance(
    id="openclaw:default",
    distribution="openclaw",
    profile="default",
    version=None,
    state_dir="/home/ada/.openclaw",
    config_path="/home/ada/.openclaw/openclaw.json",
    workspace=None,
    config=ConfigStatus(exists=True, valid=False, issues=(ConfigIssue(path="", message="not JSON5 (line 3)"),)),
    base_port=PortValue(value=18789, source=Source.CONFIG),
    configured_port=PortValue(value=18789, source=Source.CONFIG),
    live_port=None,
    claims=(
        Claim(
            role=Role.GATEWAY,
            start=18789,
            end=18789,
            binding=Binding.ALWAYS,
            source=Source.CONFIG,
            address="127.0.0.1",
        ),
    ),
    state=State.BLOCKED,
    reason="the config is not valid",
    signals=Signals(),
    conflicts=("c1",),
)

LISTENER = Listener(
    port=19001,
    addresses=("127.0.0.1", "::1"),
    pid=1234,
    process="openclaw-gatewa",
    command="openclaw-gateway",
    instance="openclaw:rescue",
)

CONFLICT = Conflict(
    id="c1",
    grade=Grade.CERTAIN,
    ports=PortRange(start=18789, end=18789),
    parties=(
        InstanceParty(instance="openclaw:default", role=Role.GATEWAY),
        ProcessParty(process=PortOwner(pid=77, name="python3", command="python3 -m http.server")),
    ),
    why="both want it",
    remedy="move openclaw:default to base 19789",
)

PROBLEM = Problem(where="/home/ada/.moltbot", message="may not be read by this user")


def picture(*instances: Instance, **parts: object) -> Snapshot:
    """A snapshot of the host `mini`."""
    return Snapshot(taken_at=NOW, host="mini", instances=instances, **parts)


FULL = picture(RESCUE, BLOCKED, listeners=(LISTENER,), conflicts=(CONFLICT,), problems=(PROBLEM,))
EMPTY = picture()


def renamed(instance: Instance, instance_id: str) -> Instance:
    """The same instance under another id."""
    distribution, _, profile = instance_id.replace("@", ":").partition(":")
    return instance.model_copy(update={"id": instance_id, "distribution": distribution, "profile": profile})


class OutOfReach:
    """The processes, sockets, servers and services of a host of which nothing but the kernel's limits can be asked."""

    def limits(self) -> PortLimits:
        return PortLimits()

    def scan(self) -> NoReturn:
        raise NotImplementedError

    def find(self, pid: int) -> NoReturn:
        raise NotImplementedError

    def usage(self, pid: int) -> NoReturn:
        raise NotImplementedError

    def open_files(self, pid: int) -> NoReturn:
        raise NotImplementedError

    def working_dir(self, pid: int) -> NoReturn:
        raise NotImplementedError

    def environment(self, pid: int, names: frozenset[str]) -> NoReturn:
        raise NotImplementedError

    def placement(self, process: ProcessInfo) -> NoReturn:
        raise NotImplementedError

    def mounts(self, pid: int, ours: Path) -> NoReturn:
        raise NotImplementedError

    def shares_file(self, pid: int, path: Path, ours: Path) -> NoReturn:
        raise NotImplementedError

    def conversation(self) -> NoReturn:
        raise NotImplementedError

    async def first_websocket_frame(self, url: str, *, deadline: float) -> NoReturn:
        raise NotImplementedError

    async def states(self, manager: str, names: Sequence[str]) -> NoReturn:
        raise NotImplementedError


def host_at(home: Path) -> Host:
    """A host of which only the directories can be used."""
    return Host(
        home=home,
        config_dir=home / ".config" / "claw-tui",
        environment={},
        platform="linux",
        name="mini",
        uid=1000,
        clock=FixedClock(at=NOW),
        processes=OutOfReach(),
        sockets=OutOfReach(),
        http=OutOfReach(),
        services=OutOfReach(),
    )


@dataclass
class Pictures:
    """A host of the command line: the first picture for a look, all of them for those who follow, then nothing more.

    Operations succeed, unless `errors` has one for the instance, and end as `ending` says.
    """

    machine: Host
    pictures: Sequence[Snapshot]
    ending: BaseException | None = None
    errors: Mapping[str, Failure] = field(default_factory=dict)
    operated: list[tuple[str, Operation, Options]] = field(default_factory=list)

    def gateway_host(self) -> GatewayHost:
        """The machine, of which snapshots and operations are these; all else is really asked of it."""
        return replace(
            local_gateway_host(lambda: self.machine),
            monitor=self._monitor,
            snapshot=self._snapshot,
            glance=self._snapshot,
            operator=self._operate_all,
        )

    def _monitor(self, *, ask_first: bool = False) -> HostMonitor:
        assert ask_first
        return _PictureMonitor(self.pictures, self.ending)

    async def _snapshot(self) -> Snapshot:
        if self.ending:
            raise self.ending
        return self.pictures[0]

    async def _operate_all(
        self, instance_ids: Sequence[str], operation: Operation, options: Options, report: Report, _: OnTask
    ) -> tuple[OperationResult, ...]:
        if operation is Operation.KILL and not options.confirmed:
            return tuple(map(self._unconfirmed, instance_ids))
        return tuple([self._operate(name, operation, options, report) for name in instance_ids])

    def _unconfirmed(self, name: str) -> OperationResult:
        error = self.errors.get(name) or Failure(code=ErrorCode.NOT_CONFIRMED, message="Confirm it.")
        return OperationResult(instance=name, operation=Operation.KILL, ok=False, state=State.RUNNING, error=error)

    def _operate(self, name: str, operation: Operation, options: Options, report: Report) -> OperationResult:
        self.operated.append((name, operation, options))
        error = self.errors.get(name)
        command = "kill -TERM 1234"
        step = Step(name="signal", ok=error is None, seconds=0.25, command=command, detail="pid 1234 was told")
        report(StepBegan(name, operation, step.name, command))
        report(StepEnded(name, operation, step))
        state = State.RUNNING if operation is not Operation.STOP else State.STOPPED
        result = OperationResult(
            instance=name, operation=operation, ok=error is None, state=state, steps=(step,), error=error
        )
        report(OperationEnded(result))
        return result


@dataclass
class _PictureMonitor(QuietMonitor):
    pictures: Sequence[Snapshot]
    ending: BaseException | None

    async def subscribe(self) -> AsyncIterator[Snapshot]:
        for snapshot in self.pictures:
            yield snapshot
            await asyncio.sleep(0)
        if self.ending:
            raise self.ending
