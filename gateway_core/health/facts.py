"""The facts about one instance that its state is concluded from."""

from __future__ import annotations

from dataclasses import dataclass, field

from gateway_core.health.work import Work
from gateway_core.snapshot import ConfigStatus, Listener, LockStatus, ServiceSignal, Signals


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceFacts:
    """The facts that the collectors saw of one instance at one moment. Durations are in seconds."""

    title: str  # the distribution's title, such as `OpenClaw`
    command: str  # the distribution's command, such as `openclaw`
    command_installed: bool
    start_budget_s: float  # the longest time of a healthy start
    config: ConfigStatus
    gateway_mode: str | None  # `gateway.mode` of a valid config
    state_dir_exists: bool
    unconfigured: bool = False  # its service starts it without a config, or without `gateway.mode` in it, too
    base_port: int | None
    live_port: int | None = None  # the port that the instance's own process holds now, if it does
    signals: Signals = field(default_factory=Signals)
    """`socket` is the live port's, else the base port's. `process` is the gateway itself, not its launcher."""
    unit: tuple[str, str] | None = None  # manager and name of the service in whose control group that process is
    asked_to_stop: bool = False  # claw-tui has sent SIGTERM to its process
    could_be: tuple[int, ...] = ()  # the pids of processes that start, and may be its own: nothing tells yet
    process_age_s: float | None = None
    work: Work | None = None  # of that process and its children
    locks: tuple[LockStatus, ...] = ()
    holder: Listener | None = None  # of the base port, if visible and not this instance
    http_asked: bool = False  # an HTTP answer has been awaited since this process bound its port
    challenged: bool | None = None  # the process answered the WebSocket challenge once; `None`: unknown
    own_network: bool = False  # its service runs it where its ports cannot be seen
    port_lost_s: float | None = None  # seconds since its process was last seen holding the port it lost
    recent_restarts: int = 0  # restarts by the service manager that `RestartHistory` has seen lately
    hazard: str | None = None  # the reason of `start_hazard`: whom a start would harm
    conflict: str | None = None  # one of grade `active` or `certain`, which would make a start fail
    run_instead: str | None = None  # which other instance its service runs now, in words
    used_elsewhere: str | None = None  # who works in its state dir in a container or another namespace, in words
    processes_unseen: str | None = None  # the reason why the processes could not be listed
    sockets_unseen: str | None = None  # the reason why the listeners could not be listed

    @property
    def port(self) -> int | None:
        """The port to speak of: the live one, else the one of the next start."""
        return self.live_port or self.base_port

    @property
    def services(self) -> tuple[ServiceSignal, ...]:
        return self.signals.services
