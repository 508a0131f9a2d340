"""A night for tests: what became of six gateways between two dashboards."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from gateway_core.events.looking_back import Absence
from gateway_core.events.model import Event, Kind, Plain
from tests.snapshots import NOW

MORNING = NOW
EVENING = NOW - timedelta(hours=9)


def event(instance: str, kind: Kind, detail: Mapping[str, Plain], cause: str | None = None) -> Event:
    known = {"seen_before": EVENING.isoformat(), **detail}
    return Event(at=MORNING, instance=instance, kind=kind, cause=cause, detail=known)


def at(hours: float) -> str:
    """So many hours after the evening."""
    return (EVENING + timedelta(hours=hours)).isoformat()


def stopped(instance: str, **detail: Plain) -> Event:
    known: Mapping[str, Plain] = {"from": "running", "to": "stopped", "reason": "nothing runs"}
    return event(instance, Kind.STATE_CHANGED, {**known, **detail})


LAST_LINE = "FATAL JavaScript heap out of memory: the process is about to end, and so is this line"
AS_ASKED = (
    event(
        "openclaw:dev",
        Kind.DIED,
        {"ended": "exited 0", "happened_at": at(1), "asked_by": "systemctl"},
        "systemd was told to stop openclaw-gateway-dev.service",
    ),
    stopped("openclaw:dev", happened_at=at(1)),
)
CRASHES = (
    event(
        "openclaw:default",
        Kind.DIED,
        {"ended": "exited 1", "count": 3, "first_at": at(3), "happened_at": at(3.1)},
        "exited 1",
    ),
    event("openclaw:default", Kind.STARTED, {"pid": 5, "happened_at": at(3.1)}),
)
UNEXPLAINED = (
    event("clawdbot:old", Kind.DIED, {"after": at(0), "before": at(9), "last_line": LAST_LINE}),
    stopped("clawdbot:old"),
)
MOVED = (
    event("moltbot:default", Kind.VERSION_CHANGED, {"from": "2026.1.27-1", "to": "2026.1.28"}),
    event(
        "moltbot:default",
        Kind.CONFIG_CHANGED,
        {"keys": ("gateway.port",), "from": 19289, "to": 19389, "happened_at": at(2)},
    ),
)
KILLED = (
    event("openclaw:rescue", Kind.DIED, {"ended": "killed by signal 9", "happened_at": at(8)}, "killed by signal 9"),
    stopped("openclaw:rescue", happened_at=at(8)),
)
NEW = (
    event("mazelclaw:default", Kind.APPEARED, {"state": "running"}),
    event(
        "mazelclaw:default", Kind.STARTED, {"pid": 9, "happened_at": at(8.5)}, "started by mazel.service (systemd-user)"
    ),
)


def absence(*events: Event) -> Absence:
    return Absence(EVENING, MORNING, events)


NIGHT = absence(*AS_ASKED, *CRASHES, *UNEXPLAINED, *MOVED, *KILLED, *NEW)
