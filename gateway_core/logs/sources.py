"""The logs of an instance.

The vendors' own file (`logging.file`, else by distribution, version and profile); what a service prints: systemd's
journal, or under launchd two files in the state dir; and what a gateway prints that claw-tui started without a service.
All but the first hold the same lines again for people, and besides what a gateway says before it has a log.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path

from gateway_core.files import listing_of
from gateway_core.host import Host
from gateway_core.logs.output import output_path
from gateway_core.logs.writers import Writer, writer_of
from gateway_core.services.manager import Command
from gateway_core.services.managers import manager_named
from gateway_core.snapshot import Instance, Snapshot

_DAY = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True, slots=True)
class LogPath:
    """The path of a log: one file for ever, or one per day, with the day in its name (`path`: of some day)."""

    path: Path

    @property
    def daily(self) -> bool:
        return _DAY.search(self.path.name) is not None

    def on(self, day: date) -> Path:
        return self.path.with_name(_DAY.sub(day.isoformat(), self.path.name, count=1))

    def current(self, today: date) -> tuple[Path, ...]:
        """The files that may be written to now, the newest last.

        A gateway that runs over midnight may stay with the file of the day before, and days may be counted in UTC.
        """
        if not self.daily:
            return (self.path,)
        return tuple(self.on(today + timedelta(days=distance)) for distance in (-1, 0, 1))

    def existing(self) -> list[Path]:
        """The files that are there, the newest first; none if the directory cannot be listed. Blocks."""
        if not self.daily:
            return [self.path] if os.path.lexists(self.path) else []
        return sorted(self._days(), reverse=True)

    def _days(self) -> Iterator[Path]:
        head, tail = _DAY.split(self.path.name, maxsplit=1)
        for name in listing_of(self.path.parent).names:
            day = name.removeprefix(head).removesuffix(tail)
            if _DAY.fullmatch(day) and name == f"{head}{day}{tail}":
                yield self.path.with_name(name)


class Origin(StrEnum):
    """The keepers of logs."""

    FILE = "file"  # the gateway itself
    JOURNAL = "journal"  # systemd
    SERVICE = "service"  # launchd, in files
    OUTPUT = "output"  # claw-tui, of a gateway that it started without a service


@dataclass(frozen=True, slots=True)
class FileLog:
    """A log in files."""

    origin: Origin
    log: LogPath
    writers: tuple[Writer, ...]  # all that write there, asked for or not

    @property
    def name(self) -> str:
        return str(self.log.path)


@dataclass(frozen=True, slots=True)
class JournalLog:
    """The output of one unit, kept by systemd."""

    unit: str
    command: Command
    writers: tuple[Writer, ...]
    origin: Origin = Origin.JOURNAL

    @property
    def name(self) -> str:
        return f"journal of {self.unit}"


Log = FileLog | JournalLog


def logs_of(instance: Instance, snapshot: Snapshot, host: Host) -> tuple[Log, ...]:
    """Return the logs that the instance has or would have, the vendor's own first; they need not exist."""
    return tuple(_logs(instance, snapshot, host))


def _logs(instance: Instance, snapshot: Snapshot, host: Host) -> Iterator[Log]:
    alone = (writer_of(instance, host.home),)
    if instance.log_file is not None:
        yield FileLog(Origin.FILE, LogPath(Path(instance.log_file)), _writers(instance.log_file, snapshot, host))
    for service in instance.signals.services:
        journal = manager_named(service.manager, host.uid).journal_command(service.name)
        if journal is not None:
            yield JournalLog(service.name, journal, alone)
        elif instance.state_dir is not None:
            directory = Path(instance.state_dir, "logs")
            for name in ("gateway.log", "gateway.err.log"):
                yield FileLog(Origin.SERVICE, LogPath(directory / name), alone)
    yield FileLog(Origin.OUTPUT, LogPath(output_path(host, instance.id)), alone)


def _writers(log_file: str, snapshot: Snapshot, host: Host) -> tuple[Writer, ...]:
    return tuple(writer_of(other, host.home) for other in snapshot.instances if other.log_file == log_file)


async def existing_logs(logs: Sequence[Log]) -> list[Log]:
    """The logs that exist; of a journal only systemd could tell, so it counts as existing."""
    return await asyncio.to_thread(lambda: [log for log in logs if isinstance(log, JournalLog) or log.log.existing()])


@dataclass(frozen=True, slots=True)
class LogChoice:
    """The logs of one origin that are shown (launchd writes two files), those that exist, and all that may."""

    shown: tuple[Log, ...]
    there: tuple[Log, ...]
    known: tuple[Log, ...]


async def choose_logs(logs: Sequence[Log], origin: Origin | None = None) -> LogChoice:
    """The logs of an origin; without one, or if there are none of it, those of the first that is there, or will be."""
    there = await existing_logs(logs)
    candidates = there or logs
    shown = [log for log in candidates if log.origin is origin]
    if not shown:
        shown = [log for log in candidates if log.origin is candidates[0].origin]
    return LogChoice(tuple(shown), tuple(there), tuple(logs))
