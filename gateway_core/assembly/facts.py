"""The facts that the collectors found, side by side and not yet judged: the input of a snapshot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from gateway_core.discovery.elsewhere import DiscoveredElsewhere
from gateway_core.discovery.installations import DiskFacts
from gateway_core.discovery.instances import DiscoveredInstance
from gateway_core.discovery.processes import GatewayProcess
from gateway_core.health.work import Work
from gateway_core.host import Identity, ManagerName, Placement, PortLimits, ProcessInfo, ServiceState, SocketScan
from gateway_core.processes.supervisors import Supervision
from gateway_core.snapshot import HttpSignal, Problem


@dataclass(frozen=True, slots=True)
class Usage:
    """The memory and CPU that a process uses now."""

    rss_bytes: int | None = None
    cpu_percent: float | None = None
    work: Work | None = None


@dataclass(frozen=True, slots=True)
class HttpLook:
    """An answer, and whom it was asked of: it says nothing about another process or port."""

    identity: Identity | None
    port: int
    signal: HttpSignal
    challenged: bool | None = None  # sent the WebSocket challenge; `None`: not asked or no answer

    def is_same_but_older(self, before: HttpLook) -> bool:
        """Whether nothing but the time that it is up, and how busy it was, has changed since that look."""
        now = {"uptime_s": self.signal.uptime_s, "event_loop_delay_s": self.signal.event_loop_delay_s}
        older = before.signal.model_copy(update=now)
        return self == replace(before, signal=older)


@dataclass(frozen=True, slots=True)
class HostFacts:
    """The facts that were seen of a host. Each collector replaces its own part; nothing in here is a conclusion."""

    disk: DiskFacts = field(default_factory=DiskFacts)
    instances: tuple[DiscoveredInstance, ...] = ()
    processes: Mapping[int, ProcessInfo] = field(default_factory=dict)
    processes_unseen: str | None = None  # the reason: then nothing can be called stopped
    gateways: tuple[GatewayProcess, ...] = ()
    elsewhere: tuple[DiscoveredElsewhere, ...] = ()
    """Gateways in containers and other namespaces, none of which is among `gateways`."""
    placements: Mapping[int, Placement] = field(default_factory=dict)
    """The namespaces and control groups of gateways, what is above them, holders of ports and owners of locks."""
    supervisions: Mapping[int, Supervision] = field(default_factory=dict)  # by the pid of the gateway
    units: Mapping[int, tuple[ManagerName, str]] = field(default_factory=dict)
    """The service whose control group a gateway is in, by its pid."""
    unit_members: Mapping[tuple[ManagerName, str], frozenset[int]] = field(default_factory=dict)
    """All processes of a service whose gateway is not below its main process, or that has lost its gateway."""
    usages: Mapping[int, Usage] = field(default_factory=dict)
    sockets: SocketScan = field(default_factory=lambda: SocketScan(()))
    limits: PortLimits = field(default_factory=PortLimits)
    services: Mapping[tuple[str, str], ServiceState] = field(default_factory=dict)  # by manager and name
    http: Mapping[str, HttpLook] = field(default_factory=dict)  # by instance id
    recent_restarts: Mapping[tuple[str, str], int] = field(default_factory=dict)  # by manager and name
    ports_lost_at: Mapping[Identity, float] = field(default_factory=dict)
    """The time (monotonic seconds) at which a gateway that is still up was first seen without any listener."""
    unwritten: Mapping[Path, str] = field(default_factory=dict)  # the memories that could not be written, and why
    problems: tuple[Problem, ...] = ()  # looks that have failed
    commands: Mapping[str, str | None] = field(default_factory=dict)  # by distribution: the path of its command
