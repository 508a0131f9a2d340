"""Ports, their holders and lists of names, in words for people."""

from collections.abc import Iterable, Mapping

from gateway_core.ports.claimants import UNREADABLE, HiddenPorts, unknown_ports
from gateway_core.snapshot import Listener, Problem, Snapshot

_MOST_NAMES = 5


def unknown_ports_text(unknown: Mapping[str, str]) -> str:
    """Say why ports could not be told: `the config of openclaw:dev is invalid`; `unknown` maps instances to reasons."""
    by_reason: dict[str, list[str]] = {}
    for name, reason in unknown.items():
        by_reason.setdefault(reason, []).append(name)
    return "; ".join(
        reason.replace("the config", f"the config of {listed(names)}") for reason, names in by_reason.items()
    )


def hidden_ports_text(hidden: HiddenPorts) -> str:
    """Say what hides ports: `this user may not read the config of openclaw:dev`, or what could not be listed."""
    instances = unknown_ports_text(dict.fromkeys(hidden.instances, UNREADABLE))
    return hidden.listeners or "; ".join(filter(None, (instances, unseen_text(hidden.places))))


def unseen_text(problems: Iterable[Problem]) -> str:
    """Say what was not seen: `/home/me: The home directory could not be listed …`."""
    return "; ".join(f"{problem.where}: {problem.message.rstrip('.')}" for problem in problems)


def untold_text(snapshot: Snapshot) -> str | None:
    """Say why there may be a conflict that is not found: what was not seen, and whose ports are not known."""
    listeners = snapshot.listeners_unseen
    places = unseen_text(problem for problem in snapshot.unseen if problem.message != listeners)
    return "; ".join(filter(None, (listeners, places, unknown_ports_text(unknown_ports(snapshot))))) or None


def process_name(listener: Listener) -> str:
    """`python3 (pid 77)`, with what else is known of it, or that it could not be told."""
    if listener.pid is None:
        return "a process that could not be told"
    return f"{listener.process or 'a process'} ({shown_pid(listener)})"


def shown_pid(listener: Listener) -> str:
    """`pid 77`, with the gateway that it outlived, or the container that it runs in or publishes the port for."""
    if listener.outlived:
        return f"pid {listener.pid}, which outlived the gateway of {listener.instance}"
    return f"pid {listener.pid}" if listener.place is None else f"pid {listener.pid}, of {listener.place}"


def ports_text(start: int, end: int) -> str:
    """`18789`, or `18800–18899`."""
    return str(start) if start == end else f"{start}–{end}"


def listed(names: Iterable[str]) -> str:
    """`a`, `a and b`, `a, b and c`; the tail of a long list is counted."""
    words = list(dict.fromkeys(names))
    if len(words) > _MOST_NAMES + 1:
        words = [*words[:_MOST_NAMES], f"{len(words) - _MOST_NAMES} more"]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
