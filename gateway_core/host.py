"""The one door to the outside: time, home, environment, processes, sockets, HTTP and service managers.

Everything in the core that looks at the machine takes a `Host`, so that a test gives its own and nothing has to be
monkey-patched. The protocols and plain data are here; what implements them on a real machine is in `system/`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal, NamedTuple, Protocol, get_args

Platform = Literal["linux", "darwin"]
ManagerName = Literal["systemd-user", "systemd-system", "launchd-agent", "launchd-daemon"]
MANAGER_NAMES: tuple[ManagerName, ...] = get_args(ManagerName)

DEMO_VARIABLE = "DEMO_GATEWAY_HOME"
"""Every process that runs with this variable belongs to the demo home that it names, and ends with it."""


class Clock(Protocol):
    """Wall time for people, monotonic time for deadlines and durations."""

    def now(self) -> datetime:
        """The current time, in UTC."""

    def monotonic(self) -> float:
        """Seconds since an arbitrary moment, the same for all processes until the machine is restarted; never set."""


class Identity(NamedTuple):
    """A pid and a start time, which tell a process from a later one with the same pid."""

    pid: int
    start: int
    """Linux: clock ticks since boot (field 22 of `/proc/<pid>/stat`), as lock files record it.
    Elsewhere: milliseconds since the epoch."""


@dataclass(frozen=True, slots=True)
class ProcessInfo:
    """A process of the process table."""

    pid: int
    start: int  # as in its `Identity`
    started_at: datetime
    parent: int
    uid: int
    name: str  # the kernel's short name, cut to 15 characters on Linux
    argv: tuple[str, ...]  # the command line as it stands now, unredacted: never shown or logged without `redaction`
    session: int | None = None  # the pid that leads its session, in which a terminal or a service runs it

    @property
    def identity(self) -> Identity:
        return Identity(self.pid, self.start)


@dataclass(frozen=True, slots=True)
class ProcessUsage:
    """Memory now, and CPU time so far."""

    rss_bytes: int
    cpu_seconds: float
    waiting_seconds: float = 0.0  # in which its main thread could have run, but got no core; only Linux tells


@dataclass(frozen=True, slots=True)
class Placement:
    """The namespaces of a process, compared to those of claw-tui, and its control groups."""

    own_pids: bool | None = True  # it is in the same pid namespace; `None`, here and below: that may not be seen
    own_network: bool | None = True  # its ports are ports of this host
    own_mounts: bool | None = True  # its paths are paths of this host
    files: Path | None = None  # the directory under which its paths are found here, where they are others
    own_files: bool = True  # where its paths are others: what it works in is of this host all the same
    inner_pid: int | None = None  # its pid in its own namespace, where that is another one
    cgroups: tuple[str, ...] = ()  # its paths in the trees of control groups, that of systemd first


class ProcessTable(Protocol):
    """The processes of this host. Every method may be called from any thread; none raises for a vanished process."""

    def scan(self) -> Sequence[ProcessInfo]:
        """Return all processes now. Cheap when called again: what is known of a living process is kept."""

    def find(self, pid: int) -> ProcessInfo | None:
        """The process of that pid, read afresh; `None` if it is gone."""

    def usage(self, pid: int) -> ProcessUsage | None:
        """`None` if the process is gone or may not be seen."""

    def open_files(self, pid: int) -> tuple[Path, ...] | None:
        """The regular files that the process holds open, none deleted; `None` if they may not be seen or it is gone."""

    def working_dir(self, pid: int) -> Path | None:
        """The directory that the process works in; `None` if it may not be seen or it is gone."""

    def environment(self, pid: int, names: frozenset[str]) -> Mapping[str, str] | None:
        """The named variables of the environment at exec; `None` if this user may not see them."""

    def placement(self, process: ProcessInfo) -> Placement | None:
        """The namespaces and control groups of the process; `None` if it is gone or they may not be seen.

        Cheap when called again: it is kept as long as the process lives under the same command line.
        """

    def shares_file(self, pid: int, path: Path, ours: Path) -> bool | None:
        """Whether what is `path` for the process is the very file or directory that is `ours` here.

        `None` if that cannot be seen, or one of the two is not there.
        """

    def mounts(self, pid: int, ours: Path) -> bool:
        """Whether the directory that is `ours` here is itself mounted for the process; seen by every user."""


@dataclass(frozen=True, slots=True)
class ListeningSocket:
    """A listening TCP socket as the kernel lists it."""

    address: str
    port: int
    pid: int | None  # `None` when this user may not see the owner
    v6_only: bool = False  # takes no IPv4 connection, as one on `::` does otherwise; only Linux tells


@dataclass(frozen=True, slots=True)
class SocketScan:
    """The listening TCP sockets, and what could not be seen, in plain words."""

    sockets: tuple[ListeningSocket, ...]
    problems: tuple[str, ...] = ()
    failure: str | None = None  # the reason why there is no list at all: then no port can be called free


@dataclass(frozen=True, slots=True)
class PortLimits:
    """The kernel's limits on port numbers."""

    ephemeral_start: int = 32768
    ephemeral_end: int = 60999  # outgoing connections take ports from this inclusive range
    first_unprivileged: int = 1024


class SocketTable(Protocol):
    """The listening sockets of this host. May be called from any thread."""

    def limits(self) -> PortLimits: ...

    def scan(self) -> SocketScan:
        """Return all listening TCP sockets now, of IPv4 and IPv6, with their owners where they can be seen."""


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """A status and the first bytes of a body, or why there is nothing."""

    status: int | None
    body: bytes = b""
    error: str | None = None
    """In plain words: `refused`, `no answer within 2.0 s`, `not HTTP` …; `None` if `status` is set."""


class Conversation(Protocol):
    """A conversation with a loopback server, one question after the other. Follows no redirect, never raises."""

    async def get(self, url: str, *, deadline: float) -> HttpAnswer:
        """Send one GET; it has `deadline` seconds, and at most 64 KiB of body are read."""


class HttpTransport(Protocol):
    """The way to ask loopback servers. Uses no proxy, checks no certificate, never raises.

    Between two conversations it holds nothing, so there is nothing to close: a host may be shared, and simply dropped.
    """

    def conversation(self) -> AbstractAsyncContextManager[Conversation]:
        """Questions to one server. Nothing of it stays open afterwards."""

    async def first_websocket_frame(self, url: str, *, deadline: float) -> HttpAnswer:
        """Upgrade, read one text frame into `body`, close. `deadline` seconds for all of it."""


@dataclass(frozen=True, slots=True)
class ServiceState:
    """The state of a service, as its manager says."""

    active: str | None = None
    enabled: bool | None = None
    main_pid: int | None = None
    restarts: int | None = None
    exit_status: int | None = None
    error: str | None = None  # why the manager did not answer; then all else is `None`
    no_manager: bool = False  # with `error`: there is no such manager on this system, so it runs nothing
    last_end: str | None = None
    """The end of its last process, where the manager tells: `exited 78`, `killed by signal 9`."""
    loaded: bool = True  # the manager knows the service; launchd has to be told of it before it can run it
    result: str | None = None  # systemd's word for how its last run ended: `success`, `exit-code`, `start-limit-hit` …
    needs_reload: bool = False  # its files have changed since the manager read them
    path: str | None = None  # of the file that defines it, as the manager says
    drop_ins: str | None = None  # the paths of the drop-ins that the manager has read, in one line
    restart_delay_s: float | None = None  # the time until the manager starts it again; `None`: never, or not known
    transient: bool = False  # no file defines it: once nothing of it is left, it is gone, and cannot be started
    triggered_by: tuple[str, ...] = ()  # timers and other units by which its manager starts it, also after a stop


class ServiceManagers(Protocol):
    """Reads, and only reads, the state of services."""

    async def states(self, manager: str, names: Sequence[str]) -> Mapping[str, ServiceState]:
        """The state of each named service of the manager of that `ManagerName`."""


@dataclass(frozen=True, slots=True)
class Host:
    """A machine as seen by one user."""

    home: Path
    config_dir: Path
    environment: Mapping[str, str] = field(repr=False)
    """The calling environment. May hold secrets: read single names from it, never show or pass on the whole."""
    platform: Platform
    name: str
    uid: int
    clock: Clock
    processes: ProcessTable
    sockets: SocketTable
    http: HttpTransport
    services: ServiceManagers
    root: Path = Path("/")
    """The directory that holds `/etc`, `/Library`, `/tmp` and `/proc`; tests give one of their own."""

    @property
    def demo_home(self) -> str | None:
        """The demo home from which this machine is seen: there, gateways of others are processes like any other."""
        return self.environment.get(DEMO_VARIABLE)

    @property
    def temporary_dirs(self) -> tuple[Path, ...]:
        """The directories where gateways may keep lock files: the caller's TMPDIR and the system's own."""
        usual = self.root / "tmp"
        own = self.environment.get("TMPDIR")
        return (usual,) if not own or Path(own) == usual else (Path(own), usual)
