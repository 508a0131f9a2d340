"""The modes of the dashboard: the screens between which a number key switches."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mode:
    """One mode."""

    name: str
    key: str
    title: str


INSTANCES = Mode("instances", "1", "Instances")
PORTS = Mode("ports", "2", "Ports")
LOGS = Mode("logs", "3", "Logs")
EVENTS = Mode("events", "4", "Events")

MODES = (INSTANCES, PORTS, LOGS, EVENTS)
"""Those that exist, in the order of their keys."""
