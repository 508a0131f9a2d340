"""The frozen models that every front end reads: one immutable picture of the host at one moment.

Field names and meanings are the public JSON contract, schema 1: fields may be added, never renamed. Absent is
`None`, never a made-up value. Nothing in here holds a secret.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from gateway_core.host import Identity, PortLimits

SCHEMA_VERSION = 1


class Role(StrEnum):
    """The purpose of a port."""

    GATEWAY = "gateway"
    BRIDGE = "bridge"
    BROWSER_CONTROL = "browser-control"
    EXTENSION_RELAY = "extension-relay"
    CANVAS = "canvas"
    CDP = "cdp"
    MCP_SANDBOX = "mcp-sandbox"
    WEBHOOK = "webhook"  # what other services call: of a channel, a hook or a plugin
    VOICE = "voice"  # what a telephone provider calls
    CHANNEL_HELPER = "channel-helper"  # a program that the gateway starts for a channel
    TAILNET_ROUTE = "tailnet-route"  # what `tailscale serve` or `funnel` leads to the gateway, on the tailnet's address
    OTHER = "other"  # named as a port in the config, for what is not known


class Binding(StrEnum):
    """The condition under which a claimed port is really bound."""

    ALWAYS = "always"  # bound while the gateway runs
    ON_DEMAND = "on-demand"  # bound when a feature starts
    RESERVED = "reserved"  # documented for this version, not known to be bound
    POSSIBLE = "possible"  # a number in the config that looks like a port: shown, never judged


class Source(StrEnum):
    """The origin of a value."""

    ARGV = "argv"
    SERVICE = "service"
    ENV = "env"
    CONFIG = "config"
    PROFILE_HASH = "profile-hash"
    DEFAULT = "default"
    DERIVED = "derived"
    LOCK = "lock"
    LISTENER = "listener"


class State(StrEnum):
    """The one word concluded from the signals of an instance."""

    RUNNING = "running"
    DEGRADED = "degraded"
    STARTING = "starting"
    STOPPING = "stopping"
    WEDGED = "wedged"
    FOREIGN = "foreign"
    CRASH_LOOPING = "crash-looping"
    STOPPED = "stopped"
    BLOCKED = "blocked"
    INCOMPLETE = "incomplete"
    UNKNOWN = "unknown"


class Grade(StrEnum):
    """Grades of port conflicts, from worst to mildest."""

    ACTIVE = "active"
    CERTAIN = "certain"
    SQUATTER = "squatter"
    POSSIBLE = "possible"
    OVERLAP = "overlap"
    RESERVED = "reserved"
    EPHEMERAL = "ephemeral"
    INVALID = "invalid"


class Proof(StrEnum):
    """The evidence that ties a process to an instance."""

    LOCK = "lock"  # the lock file names its pid and start time
    OPEN_FILES = "open-files"  # it holds the lock file open
    SERVICE = "service"  # the service manager names it, or what launched it, as the main process of the service
    LAUNCH = "launch"  # claw-tui has started it for the instance, or what launched it, and wrote down which process
    ENVIRONMENT = "environment"  # its environment at exec names the state dir or config path
    ARGUMENTS = "arguments"  # its command line, or that of what launched it, named the profile while it started
    WORKING_PLACE = "working-place"  # it works in the state dir, or holds a file there open, and names no other place
    SOCKET = "socket"  # it is titled as a gateway of this distribution and owns the instance's base port


class Model(BaseModel):
    """Base of all snapshot models: immutable, and strict about its fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True, allow_inf_nan=False)


class PortValue(Model):
    """A port together with where it came from."""

    value: int
    source: Source
    file: str | None = None
    """The file that decides it, where a service does: its definition, a drop-in or an environment file."""


class PortRange(Model):
    """An inclusive range of ports."""

    start: int
    end: int


class Claim(Model):
    """A port, or an inclusive range of ports, that an instance holds or may take."""

    role: Role
    start: int
    end: int
    binding: Binding
    source: Source
    address: str  # the bind address: `127.0.0.1` stands for both loopbacks, `0.0.0.0` for every interface
    pinned_by: str | None = None  # the config path of an override, such as `browser.profiles.work.cdpPort`
    attached: bool = False  # a browser that somebody else runs is expected there; the gateway binds nothing
    at_next_start: bool = False
    """The gateway runs on another base port than its next start would use, and takes this only then."""
    needed_start: int | None = Field(default=None, exclude=True, repr=False)
    """The port that follows from the base port, if it leaves 1–65535; the gateway takes a constant instead."""


class Listener(Model):
    """A listening TCP socket of this host; the same port on several addresses of one owner is one listener."""

    port: int
    addresses: tuple[str, ...]
    pid: int | None
    """The owner, whose name and redacted command line follow; `None` when this user may not see it."""
    process: str | None
    command: str | None
    instance: str | None
    outlived: bool = False  # a browser that outlived the gateway which started it: that of `instance`, now down
    v6_only: bool = False
    """Its socket on `::` takes no IPv4 connection, so that another program may have the port there."""
    place: str | None = None  # the container or other namespace that its owner runs in or publishes it for, in words

    @property
    def held_for(self) -> str | None:
        """The instance that has the port by it: that of `instance`, unless it outlived the gateway of that."""
        return None if self.outlived else self.instance


class ConfigIssue(Model):
    """A fault of a config; `path` is the config path, or empty for the file as a whole."""

    path: str
    message: str


@dataclass(frozen=True, slots=True)
class ConfigKeys:
    """The keys of a config, to compare two looks by. It is in no document, and worth nothing outside this process."""

    digests: Mapping[str, bytes] = field(repr=False, hash=False)
    """Config path → keyed hash of the value, `""` for the whole. What has no name counts for the object around it."""


class ConfigStatus(Model):
    """Whether an instance's config is there and usable."""

    exists: bool
    valid: bool
    issues: tuple[ConfigIssue, ...] = ()
    forbidden: bool = False
    keys: ConfigKeys | None = Field(default=None, exclude=True, repr=False)


class ServiceSignal(Model):
    """The state of one service of the instance, as its manager says."""

    manager: str  # a `ManagerName`
    name: str
    active: str | None
    """The manager's own word (`active`, `inactive`, `failed`, `activating` …); `None` if it did not answer."""
    enabled: bool | None
    restarts: int | None
    path: str
    port: int | None = None  # the port that this definition passes to the gateway
    main_pid: int | None = None
    detached_pid: int | None = None  # the gateway in its control group that its main process does not simply run
    last_end: str | None = None
    """The end of its last process, where the manager tells: `exited 78`, `killed by signal 9`."""
    result: str | None = None
    """The manager's word for how its last run ended: `success`, `exit-code`, `start-limit-hit` …"""
    needs_reload: bool = False
    """Its files have changed since the manager read them; a start or restart by claw-tui has it read them first."""
    decided_in: dict[str, str] = {}
    """The file that decides what the service passes to its gateway (`port`, `state_dir`, `config_path`, `home` …)."""
    missing_files: tuple[str, ...] = ()
    """Environment files that are not there, and without which the manager does not start it."""
    restart_delay_s: float | None = None
    """Seconds until the manager starts it again after it has ended by itself; `None`: never, or not known."""
    triggered_by: tuple[str, ...] = ()  # timers and other units by which its manager starts it, also after a stop
    unseen: str | None = None  # why its manager, which is there, did not answer: it may be about to start it


class ProcessSignal(Model):
    """The gateway process of the instance."""

    pid: int
    start: int | None = Field(default=None, exclude=True, repr=False)  # as in its `Identity`; in no document
    ancestors: tuple[int, ...] = Field(default=(), exclude=True, repr=False)
    """The pids above it, the parent first: early versions run the gateway in a child of what a service started."""
    started_at: datetime
    rss_bytes: int | None
    cpu_percent: float | None  # share of one core since the previous look; `None` at the first
    proof: Proof | None  # `None` if nothing ties it to the instance yet

    @property
    def identity(self) -> Identity | None:
        return None if self.start is None else Identity(self.pid, self.start)

    @property
    def lineage(self) -> tuple[int, ...]:
        """The pids of the gateway and of those above it: a service may have started any of them."""
        return (self.pid, *self.ancestors)

    def is_run_by(self, service: ServiceSignal) -> bool:
        return service.main_pid in self.lineage or service.detached_pid == self.pid


class Owner(Model):
    """A program that runs an instance, and would start it again."""

    kind: str
    """`unit` (of a service manager), `supervisor`, or `script`: one that runs it in a loop, and may start it again."""
    name: str
    manager: str | None = None  # of a unit: a `ManagerName`
    pid: int | None = None  # of a supervisor or script
    stop: str | None = None  # the command that ends the gateway there, where it is known


class SocketSignal(Model):
    """The holder of the instance's port."""

    bound: bool | None  # `None` where the listeners could not be listed
    addresses: tuple[str, ...] = ()
    owner_pid: int | None = None


class HttpSignal(Model):
    """The gateway's answer, judged by the body."""

    live: bool
    ready: bool | None  # `None` for versions that have no readiness answer
    answered: bool = False  # something spoke HTTP there, whatever it was
    failing: tuple[str, ...] = ()
    not_ready: str | None = None  # what is failing, in plain words
    uptime_s: float | None = None
    event_loop_degraded: bool = False
    event_loop_delay_s: float | None = None  # how late its event loop was lately, in all but the worst hundredth
    starting: bool = False  # live, but by its own word still starting up (openclaw from 2026.8.1)
    draining: bool = False
    version: str | None = None
    error: str | None = None  # why there was no usable answer, in plain words


class Signals(Model):
    """The four signals of life, each seen by itself."""

    service: ServiceSignal | None = None
    process: ProcessSignal | None = None
    process_unseen: str | None = None  # why it could not be told whether there is a process
    socket: SocketSignal = SocketSignal(bound=False)
    http: HttpSignal | None = None
    other_services: tuple[ServiceSignal, ...] = ()  # such as a system unit beside a user unit

    @property
    def services(self) -> tuple[ServiceSignal, ...]:
        return (*((self.service,) if self.service else ()), *self.other_services)


class LockStatus(Model):
    """A lock file of the instance."""

    path: str
    pid: int
    stale: bool | None  # the owner is gone or its pid was reused; `None` if that could not be told
    place: str | None = None
    """Where the gateway runs that wrote it, in words, if not on this host itself: then `pid` is a pid of that place."""


class Instance(Model):
    """A gateway installation on this host: distribution + state dir + config path."""

    id: str
    distribution: str
    profile: str | None
    version: str | None
    state_dir: str | None
    config_path: str | None
    workspace: str | None
    config: ConfigStatus
    base_port: PortValue | None  # of the next start, through its service if it has one
    configured_port: PortValue | None  # by environment, config or default, whatever the service says
    live_port: int | None
    claims: tuple[Claim, ...]
    state: State
    reason: str
    signals: Signals
    conflicts: tuple[str, ...] = ()
    log_file: str | None = None
    control_url: str | None = None  # the Control UI's address on this host, without a token
    command: str | None = None  # absolute path of the distribution's command, if it is installed
    found_by: tuple[str, ...] = ()
    """The kinds of evidence: state-dir, service, lock, process, registration, environment."""
    account: str | None = None  # the user that it runs as, if that is not the caller
    home: str | None = None
    """The home that its default paths are in: that of its service, its process, its state dir or the caller."""
    locks: tuple[LockStatus, ...] = ()
    owner: Owner | None = None  # what runs it and would start it again; `None` while it is down, and if nothing would
    own: bool = True  # of the caller's home, or registered by the caller: of others, none is meant unless it is named
    demo: bool = False  # of a demo that runs elsewhere, and ends with it

    def claim(self, role: Role) -> Claim | None:
        return next((claim for claim in self.claims if claim.role is role), None)


class InstanceParty(Model):
    """An instance as one side of a conflict."""

    instance: str
    role: Role


class PortOwner(Model):
    """A process of this host that holds a port."""

    pid: int | None
    name: str | None
    command: str | None
    instance: str | None = None


class ProcessParty(Model):
    """A process as one side of a conflict."""

    process: PortOwner


class KernelParty(Model):
    """A limit of the kernel or of TCP as one side of a conflict."""

    kernel: str


class Conflict(Model):
    """Two parties that want one port, or a claim that the kernel will not honour."""

    id: str
    grade: Grade
    ports: PortRange
    parties: tuple[InstanceParty | ProcessParty | KernelParty, ...]
    why: str
    remedy: str | None
    commands: tuple[str, ...] = ()
    """Any one carries the remedy out, where the product's command is known to; a gateway that runs needs a restart."""
    prevents: tuple[str, ...] = ()  # the ids of those whose start would fail


class Problem(Model):
    """Something that could not be seen or read; shown to the user, never swallowed."""

    where: str
    message: str
    unseen: bool = False  # a gateway, or a port that one takes, may be hidden there: what is not found may still be


class GatewayElsewhere(Model):
    """A gateway in a container or another namespace: it is shown, and never touched."""

    distribution: str
    pid: int
    started_at: datetime
    place: str  # where it runs, in words: `docker container 3f2a1b0c9d8e`, `another namespace`
    engine: str | None
    container: str | None  # the name of the container, or the beginning of its id
    port: int | None  # its port on this host, if it shares the network of it and listens
    instances: tuple[str, ...] = ()  # the instances of this host in whose state dir it works


class PlannedInstance(Model):
    """An instance that an onboarding under way will have, by its plan. It is in no document."""

    model_config = ConfigDict(extra="ignore")

    instance: str
    distribution: str
    base_port: int
    claims: tuple[Claim, ...]
    state_dir: str
    config_path: str
    workspace: str


class SupportDir(Model):
    """A directory that bears the name of a state dir, and is no instance."""

    distribution: str
    path: str
    kind: Literal["shared", "copy", "parent", "unnamed", "ignored"] = "shared"
    """What profiles share; a backup by its name, from which nothing runs; a parent of state dirs; one whose name
    belongs to no profile; the config of a gateway that the user does not want to see."""


class Snapshot(Model):
    """An immutable picture of the whole host at one moment."""

    taken_at: datetime
    host: str
    instances: tuple[Instance, ...] = ()
    listeners: tuple[Listener, ...] = ()
    listeners_unseen: str | None = None  # why listeners could not be listed; then no port may be called free
    conflicts: tuple[Conflict, ...] = ()
    problems: tuple[Problem, ...] = ()
    support_dirs: tuple[SupportDir, ...] = ()
    elsewhere: tuple[GatewayElsewhere, ...] = ()
    planned: tuple[PlannedInstance, ...] = Field(default=(), exclude=True)  # without what is among the instances
    port_limits: PortLimits = PortLimits()

    def __repr__(self) -> str:
        """Short on purpose: `asyncio.run` formats what it returns, twice (seen in CPython 3.11)."""
        counted = f"{len(self.instances)} instances, {len(self.conflicts)} conflicts"
        return f"<Snapshot of {self.host} at {self.taken_at}: {counted}>"

    @property
    def unseen(self) -> tuple[Problem, ...]:
        return tuple(problem for problem in self.problems if problem.unseen)

    def instance(self, instance_id: str) -> Instance | None:
        return next((instance for instance in self.instances if instance.id == instance_id), None)
