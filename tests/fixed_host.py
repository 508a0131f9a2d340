"""A host whose processes, sockets, answers and services are what a test says they are."""

import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from gateway_core.host import (
    Conversation,
    Host,
    HttpAnswer,
    ListeningSocket,
    Placement,
    PortLimits,
    ProcessInfo,
    ProcessUsage,
    ServiceState,
    SocketScan,
)

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
UID = os.getuid()
"""The user of the host: files that a test writes are this user's."""


@dataclass
class FixedClock:
    at: datetime = NOW
    seconds: float = 1000.0

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.seconds


@dataclass
class FixedProcesses:
    processes: list[ProcessInfo] = field(default_factory=list)
    files: dict[int, tuple[Path, ...]] = field(default_factory=dict)
    environments: dict[int, Mapping[str, str]] = field(default_factory=dict)
    working_dirs: dict[int, Path] = field(default_factory=dict)
    placements: dict[int, Placement | None] = field(default_factory=dict)
    shared_files: set[tuple[int, Path, Path]] = field(default_factory=set)
    mounted: set[tuple[int, Path]] = field(default_factory=set)

    def scan(self) -> Sequence[ProcessInfo]:
        return tuple(self.processes)

    def find(self, pid: int) -> ProcessInfo | None:
        return next((info for info in self.processes if info.pid == pid), None)

    def usage(self, pid: int) -> ProcessUsage | None:
        return ProcessUsage(rss_bytes=300_000_000, cpu_seconds=1.0) if self.find(pid) else None

    def open_files(self, pid: int) -> tuple[Path, ...] | None:
        return self.files.get(pid)

    def working_dir(self, pid: int) -> Path | None:
        return self.working_dirs.get(pid)

    def environment(self, pid: int, names: frozenset[str]) -> Mapping[str, str] | None:
        return {name: value for name, value in self.environments.get(pid, {}).items() if name in names}

    def placement(self, process: ProcessInfo) -> Placement | None:
        return self.placements.get(process.pid, Placement())

    def shares_file(self, pid: int, path: Path, ours: Path) -> bool | None:
        return (pid, path, ours) in self.shared_files

    def mounts(self, pid: int, ours: Path) -> bool:
        return (pid, ours) in self.mounted


@dataclass
class FixedSockets:
    sockets: list[ListeningSocket] = field(default_factory=list)
    problems: tuple[str, ...] = ()
    failure: str | None = None
    port_limits: PortLimits = field(default_factory=PortLimits)

    def limits(self) -> PortLimits:
        return self.port_limits

    def scan(self) -> SocketScan:
        return SocketScan(tuple(self.sockets), self.problems, self.failure)


@dataclass
class FixedHttp:
    """Answers by port and path; anything else is refused."""

    answers: dict[tuple[int, str], HttpAnswer] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    @asynccontextmanager
    async def conversation(self) -> AsyncIterator[Conversation]:
        yield self

    async def get(self, url: str, *, deadline: float) -> HttpAnswer:
        self.asked.append(url)
        authority, _, path = url.partition("://")[2].partition("/")
        return self.answers.get((int(authority.rpartition(":")[2]), f"/{path}"), HttpAnswer(None, error="refused"))

    async def first_websocket_frame(self, url: str, *, deadline: float) -> HttpAnswer:
        self.asked.append(url)
        return HttpAnswer(None, error="refused")


@dataclass
class FixedServices:
    known: dict[tuple[str, str], ServiceState] = field(default_factory=dict)

    async def states(self, manager: str, names: Sequence[str]) -> Mapping[str, ServiceState]:
        return {name: self.known[manager, name] for name in names if (manager, name) in self.known}


@dataclass
class FixedHost:
    """Builds a `Host` on a real directory; every other part can be set and changed by the test."""

    directory: Path
    environment: dict[str, str] = field(default_factory=dict)
    clock: FixedClock = field(default_factory=FixedClock)
    processes: FixedProcesses = field(default_factory=FixedProcesses)
    sockets: FixedSockets = field(default_factory=FixedSockets)
    http: FixedHttp = field(default_factory=FixedHttp)
    services: FixedServices = field(default_factory=FixedServices)

    @property
    def home(self) -> Path:
        home = self.directory / "home"
        home.mkdir(exist_ok=True)
        (self.directory / "tmp").mkdir(exist_ok=True)
        return home

    def host(self) -> Host:
        return Host(
            home=self.home,
            config_dir=self.home / ".config" / "claw-tui",
            environment=self.environment,
            platform="linux",
            name="mini",
            uid=UID,
            clock=self.clock,
            processes=self.processes,
            sockets=self.sockets,
            http=self.http,
            services=self.services,
            root=self.directory,
        )

    def add_process(
        self, pid: int, *argv: str, start: int = 5000, parent: int = 1, uid: int = UID, session: int | None = None
    ) -> ProcessInfo:
        name = argv[0].rpartition("/")[2][:15]
        info = ProcessInfo(pid, start, self.clock.at, parent, uid, name, argv, session)
        self.processes.processes.append(info)
        return info

    def listen(self, pid: int | None, *ports: int, address: str = "127.0.0.1") -> None:
        self.sockets.sockets.extend(ListeningSocket(address, port, pid) for port in ports)
