"""The processes that claw-tui itself has started, by the records of its operations: known before they prove anything.

Some versions take their lock only 15 to 40 s into a cold start, long after their title has dropped their arguments
(seen in openclaw 2026.1.30, 2026.3.13 and 2026.4.15).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from gateway_core.decoding import decode_model
from gateway_core.dirs import operation_name, operations_dir
from gateway_core.files import listing_of
from gateway_core.host import Host, Identity
from gateway_core.own_files import read_own_text

_LONGEST_RECORD = 1 << 14


class _Part(BaseModel):
    model_config = ConfigDict(defer_build=True)  # on most hosts nothing was started from here


class _Mark(_Part):
    pid: int
    start: int


class _Record(_Part):
    """The part of a record that is read here; `lifecycle.locking` knows all of it."""

    launched: _Mark | None = None
    asked_to_stop: _Mark | None = None
    took_s: float | None = None
    to_end_it: str | None = None


@dataclass(frozen=True, slots=True)
class OwnDeeds:
    """What claw-tui has done last to processes of an instance, whether or not they still live."""

    launched: Identity | None = None
    asked_to_stop: Identity | None = None
    known: bool = False  # it has been started or ended from here at some time, by whatever means


class OwnRecords:
    """The records of claw-tui's operations that are there at one moment. Blocks."""

    def __init__(self, host: Host) -> None:
        self._dir = operations_dir(host)
        self._names = frozenset(listing_of(self._dir).names)

    def of(self, config_path: Path | None) -> OwnDeeds:
        """What the record says of the instance with that config."""
        if config_path is None or not self._names:
            return OwnDeeds()
        name = operation_name(config_path)
        return _read(self._dir / name) if name in self._names else OwnDeeds()


def _read(path: Path) -> OwnDeeds:
    text = read_own_text(path, _LONGEST_RECORD).text
    try:
        record = decode_model(_Record, text or "{}", padded=True)  # a longer record may still end behind it
    except ValueError:
        return OwnDeeds()
    known = record != _Record()
    return OwnDeeds(_identity(record.launched), _identity(record.asked_to_stop), known)


def _identity(mark: _Mark | None) -> Identity | None:
    return None if mark is None else Identity(mark.pid, mark.start)
