"""Which logs an instance has.

The vendors' own file (`logging.file`, else by distribution, version and profile); what a service prints: systemd's
journal, or under launchd two files in the state dir; and what a gateway prints that claw-tui started without a service.
All but the first hold the same lines again for people, and besides what a gateway says before it has a log.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from gateway_core.host import Host
from gateway_core.lifecycle.output import output_path
from gateway_core.logs.dated import LogPath
from gateway_core.logs.traces import Traces, traces_of
from gateway_core.snapshot import Instance, Snapshot


class Origin(StrEnum):
    """Who keeps a log."""

    FILE = "file"
    """the gateway itself"""
    JOURNAL = "journal"
    """systemd"""
    SERVICE = "service"
    """launchd, in files"""
    OUTPUT = "output"
    """claw-tui, of a gateway that it started without a service"""


@dataclass(frozen=True, slots=True)
class FileLog:
    """A log in files."""

    origin: Origin
    log: LogPath
    writers: tuple[Traces, ...]
    """Everybody who writes there, asked for or not."""

    @property
    def name(self) -> str:
        """What it is called."""
        return str(self.log.path)


@dataclass(frozen=True, slots=True)
class JournalLog:
    """What systemd keeps of one unit's output."""

    unit: str
    user: bool
    """A unit of the user's own manager."""
    writers: tuple[Traces, ...]
    origin: Origin = Origin.JOURNAL

    @property
    def name(self) -> str:
        """What it is called."""
        return f"journal of {self.unit}"


Log = FileLog | JournalLog


def logs_of(instance: Instance, snapshot: Snapshot, host: Host) -> tuple[Log, ...]:
    """All logs that the instance has or would have, the vendor's own first. Whether they exist is not looked at."""
    return tuple(_logs(instance, snapshot, host))


def _logs(instance: Instance, snapshot: Snapshot, host: Host) -> Iterator[Log]:
    alone = (traces_of(instance, host.home),)
    if instance.log_file is not None:
        yield FileLog(Origin.FILE, LogPath(Path(instance.log_file)), _writers(instance.log_file, snapshot, host))
    for service in (instance.signals.service, *instance.signals.other_services):
        if service is not None and service.manager.startswith("systemd-"):
            yield JournalLog(service.name, service.manager == "systemd-user", alone)
        elif service is not None and instance.state_dir is not None:
            directory = Path(instance.state_dir, "logs")
            for name in ("gateway.log", "gateway.err.log"):
                yield FileLog(Origin.SERVICE, LogPath(directory / name), alone)
    yield FileLog(Origin.OUTPUT, LogPath(output_path(host, instance.id)), alone)


def _writers(log_file: str, snapshot: Snapshot, host: Host) -> tuple[Traces, ...]:
    sharing: Sequence[Instance] = [other for other in snapshot.instances if other.log_file == log_file]
    return tuple(traces_of(other, host.home) for other in sharing)


async def present(logs: Sequence[Log]) -> list[Log]:
    """Those that exist; of a journal only systemd could tell, so it counts as there."""
    return await asyncio.to_thread(lambda: [log for log in logs if isinstance(log, JournalLog) or log.log.existing()])


async def preferred(logs: Sequence[Log]) -> Log:
    """The log to show if nobody says which: the gateway's own, else the first that is there, else where one will be."""
    return (await choose(logs)).shown[0]


@dataclass(frozen=True, slots=True)
class Choice:
    """Which of some logs are read, and which there are."""

    shown: tuple[Log, ...]
    """All of one origin: launchd writes two files."""
    there: tuple[Log, ...]
    known: tuple[Log, ...]


async def choose(logs: Sequence[Log], origin: Origin | None = None) -> Choice:
    """The logs of that origin; without one, or if there are none of it, those that would be shown unasked."""
    there = await present(logs)
    candidates = there or logs
    shown = [log for log in candidates if log.origin is origin]
    if not shown:
        shown = [log for log in candidates if log.origin is candidates[0].origin]
    return Choice(tuple(shown), tuple(there), tuple(logs))
