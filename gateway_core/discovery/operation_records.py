"""The records of claw-tui's operations, one for each instance: what it has started, and asked to stop.

By them a process is known before it proves anything. Some versions take their lock only 15 to 40 s into a cold start,
long after their title has dropped their arguments (seen in openclaw 2026.1.30, 2026.3.13 and 2026.4.15).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from pathlib import Path

from pydantic import ConfigDict

from gateway_core.decoding import decode_model
from gateway_core.dirs import operation_name, operations_dir, operations_file
from gateway_core.files import listing_of
from gateway_core.host import Clock, Host, Identity, ProcessTable
from gateway_core.own_files import read_own_text
from gateway_core.processes.boot import boot_id
from gateway_core.snapshot import Model
from gateway_core.timestamps import Timestamp

LONGEST_RECORD = 1 << 14
_ROUNDING = timedelta(seconds=2)  # Linux tells its boot, from which starts are counted, in whole seconds


class ProcessMark(Model):
    """A process, and when something was done to it."""

    model_config = ConfigDict(extra="ignore")  # another version may have written it

    pid: int
    start: int
    boot: str = ""  # the boot that `start` is counted from
    at: Timestamp | None = None
    monotonic: float | None = None  # the same moment by the monotonic clock, which all processes here share

    @classmethod
    def now(cls, host: Host, identity: Identity) -> ProcessMark:
        """Something is done to that process at this moment. Blocks."""
        clock = host.clock
        return cls(
            pid=identity.pid, start=identity.start, boot=boot_id(host), at=clock.now(), monotonic=clock.monotonic()
        )

    def identity_in(self, boot: str, processes: ProcessTable) -> Identity | None:
        """The process, if it is one of that boot: in another one its pid and start may be those of any other.

        Earlier versions of claw-tui did not tell the boot. Then it is the process that still has that pid and start,
        and had begun before the mark was made.
        """
        if self.boot == boot:
            return Identity(self.pid, self.start)
        info = None if self.boot or self.at is None else processes.find(self.pid)
        if info is None or self.at is None or info.start != self.start:
            return None
        return info.identity if info.started_at <= self.at + _ROUNDING else None

    def age_s(self, clock: Clock) -> float | None:
        """Seconds since the mark, whatever was done to the wall clock; `None` if it does not tell."""
        if self.monotonic is None or self.monotonic > clock.monotonic():
            return None  # of another version of claw-tui, or made before the machine was started
        return clock.monotonic() - self.monotonic


class LockRecord(Model):
    """The content of the lock file of an instance, also while nobody holds it."""

    model_config = ConfigDict(extra="ignore")  # another version may have written it

    holder: int = 0  # the pid of the claw-tui that holds or held the lock
    operation: str | None = None  # the name of an `Operation`: a look at the host needs no more of those
    launched: ProcessMark | None = None  # last started by claw-tui; it may not be recognisable as a gateway yet
    asked_to_stop: ProcessMark | None = None  # the process that was last sent SIGTERM, and when
    took_s: float | None = None  # seconds that its last start took, until it was live
    to_end_it: str | None = None  # the last stop, restart or kill: still known when the next one has begun

    @property
    def tells_something(self) -> bool:
        """Whether the instance has been started or ended from here at some time, by whatever means."""
        return self != LockRecord(holder=self.holder, operation=self.operation)


def decode_record(text: str | bytes) -> LockRecord:
    """The record in the content of a lock file: an empty one if it is new, or its writer was killed amid a write.

    One killed between a write and the cut after it leaves the end of a longer record behind the new one.
    """
    try:
        return decode_model(LockRecord, text, padded=True)
    except ValueError:
        return LockRecord()


def last_record(host: Host, key: Path | str) -> LockRecord:
    """The record of the instance with that config path, or other key, read without its lock. Blocks."""
    return _read(operations_file(host, key))


@dataclass(frozen=True, slots=True)
class LastRequests:
    """The last launch and stop that claw-tui asked for, of processes of this boot, whether or not they still live."""

    launched: Identity | None = None
    asked_to_stop: Identity | None = None
    known: bool = False  # it has been started or ended from here at some time, by whatever means


class OperationRecords:
    """The records of claw-tui's operations that are there at one moment. Blocks."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._dir = operations_dir(host)
        self._names = frozenset(listing_of(self._dir).names)

    def of(self, config_path: Path | None) -> LastRequests:
        """What the record says of the instance with that config."""
        name = operation_name(config_path) if config_path is not None and self._names else None
        if name not in self._names:
            return LastRequests()
        record = _read(self._dir / name)
        return LastRequests(
            self._identity(record.launched), self._identity(record.asked_to_stop), known=record.tells_something
        )

    def _identity(self, mark: ProcessMark | None) -> Identity | None:
        return None if mark is None else mark.identity_in(self._boot, self._host.processes)

    @cached_property
    def _boot(self) -> str:
        return boot_id(self._host)


def _read(path: Path) -> LockRecord:
    return decode_record(read_own_text(path, LONGEST_RECORD).text or "")
