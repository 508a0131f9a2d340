"""Everything about one instance that its state is concluded from."""

from __future__ import annotations

from dataclasses import dataclass, field

from gateway_core.snapshot import ConfigStatus, Listener, LockStatus, ServiceSignal, Signals


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceFacts:
    """What the collectors saw of one instance at one moment. Durations are in seconds."""

    title: str  # the distribution's title, such as `OpenClaw`
    command: str  # the distribution's command, such as `openclaw`
    command_installed: bool
    start_budget_s: float  # the longest time of a healthy start
    config: ConfigStatus
    gateway_mode: str | None  # `gateway.mode` of a valid config
    state_dir_exists: bool
    base_port: int | None
    live_port: int | None = None  # the port that the instance's own process holds now, if it does
    signals: Signals = field(default_factory=Signals)
    """`socket` is the live port's, else the base port's. `process` is the gateway itself, not its launcher."""
    process_age_s: float | None = None
    locks: tuple[LockStatus, ...] = ()
    holder: Listener | None = None
    """Who holds the base port, if that owner is visible and is not this instance."""
    http_asked: bool = False  # an HTTP answer has been awaited since this process bound its port
    challenged: bool | None = None
    """Whether this process answered the WebSocket challenge once; `None` if that is not known."""
    port_lost_s: float | None = None
    """How long ago this process was last seen holding its port, when it no longer does."""
    recent_restarts: int = 0  # restarts by the service manager that `RestartHistory` has seen lately
    hazard: str | None = None  # the reason of `start_hazard`: whom a start would harm
    conflict: str | None = None
    """A conflict of grade `active` or `certain` that would make a start fail, in words."""
    processes_unseen: str | None = None  # the reason why the processes could not be listed
    sockets_unseen: str | None = None  # the reason why the listeners could not be listed

    @property
    def port(self) -> int | None:
        """The port to speak of: the live one, else the one of the next start."""
        return self.live_port or self.base_port

    @property
    def services(self) -> tuple[ServiceSignal, ...]:
        return self.signals.services
