"""The words of verdicts: ports, processes, services and durations for people."""

from __future__ import annotations

from collections.abc import Sequence

from gateway_core.distributions.model import Distribution
from gateway_core.health.facts import InstanceFacts
from gateway_core.ports.wording import shown_pid
from gateway_core.snapshot import HttpSignal, Instance, Listener, ServiceSignal

NOT_SAID = "it is not ready, and does not say why"


def spoken_duration(seconds: float) -> str:
    """`80` → `1m 20s`: the two largest units."""
    minutes, second = divmod(max(0, int(seconds)), 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    if days:
        return f"{days}d {hour}h"
    if hours:
        return f"{hours}h {minute}m"
    return f"{minutes}m {second}s" if minutes else f"{second}s"


def spoken_port(facts: InstanceFacts) -> str:
    """Name the port that the instance holds, else the one that it would."""
    return f"port {facts.port}" if facts.port is not None else "its port"


def spoken_holder(holder: Listener) -> str:
    owner = holder.held_for or holder.process
    if holder.pid is None:
        return f"port {holder.port} is held by {owner or 'a process that this user may not see'}"
    return f"port {holder.port} is held by {f'{owner} ({shown_pid(holder)})' if owner else shown_pid(holder)}"


def spoken_failing(failing: Sequence[str], distribution: Distribution) -> str:
    """Say what keeps a live gateway of that product from being ready: `channel discord is not connected`."""
    channels = [name for name in failing if name in distribution.channels]
    which = f"channel {channels[0]} is" if len(channels) == 1 else f"channels {' and '.join(channels)} are"
    said = (f"{which} not connected",) if channels else ()
    known = {check.name: check.means for check in distribution.readiness_checks}
    others = (known.get(name, f"its check “{name}” fails") for name in failing if name not in channels)
    return "; ".join((*said, *others)) or NOT_SAID


def spoken_unready(http: HttpSignal | None) -> str:
    return (http.not_ready if http is not None else None) or NOT_SAID


def spoken_pids(pids: Sequence[int]) -> str:
    """`pid 62 is`; `pid 62 and pid 63 are`."""
    named = [f"pid {pid}" for pid in pids]
    if len(named) == 1:
        return f"{named[0]} is"
    return f"{', '.join(named[:-1])} and {named[-1]} are"


def spoken_service(service: ServiceSignal) -> str:
    """A service together with its manager: two scopes may hold the same name."""
    return f"{service.name} ({service.manager})"


def spoken_restarts(service: ServiceSignal) -> str:
    count = service.restarts or 0
    return f"{count} restart" if count == 1 else f"{count} restarts"


def spoken_run_instead(service: ServiceSignal, other: Instance) -> str:
    """The words for a service that was edited while it runs the gateway of another instance."""
    pid = other.signals.process.pid if other.signals.process is not None else 0
    return f"{spoken_service(service)} still runs {other.id} (pid {pid}), which it was for before"
