"""Runs that failed or were killed, for whoever shows a host's instances."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from gateway_core.dirs import journals_dir
from gateway_core.host import Host
from gateway_core.onboarding.journal import Journal, is_running, unfinished_journals
from gateway_core.operations import Failure

_Mark = tuple[str, int, int, int]
"""By which it is seen that a journal was written: name, inode, time and size of its file."""


@dataclass(frozen=True, slots=True)
class UnfinishedRun:
    """A run to be resumed or undone."""

    journal: str
    instance: str
    began_at: datetime
    step: str | None
    """The one that was begun last."""
    failure: Failure | None
    """Why it ended, also if it was stopped on purpose; `None` if its claw-tui was killed."""
    under_way: bool
    """Some claw-tui is at work on it at this moment."""


class UnfinishedRuns:
    """Those of one host. Journals are read again only when one was written."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._journals: tuple[Journal, ...] = ()
        self._read: frozenset[_Mark] = frozenset()

    def look(self) -> tuple[UnfinishedRun, ...]:
        """As it is now. Blocks."""
        there = frozenset(self._marks())
        if there != self._read:
            self._journals, self._read = unfinished_journals(self._host), there
        return tuple(self._seen(journal) for journal in self._journals)

    def _marks(self) -> Iterator[_Mark]:
        """A clock's tick may see two writes; but each of them makes a new file."""
        with suppress(OSError):
            for path in journals_dir(self._host).glob("*.json"):
                status = path.stat()
                yield path.name, status.st_ino, status.st_mtime_ns, status.st_size

    def _seen(self, journal: Journal) -> UnfinishedRun:
        return UnfinishedRun(
            journal=journal.id,
            instance=journal.plan.instance,
            began_at=journal.began_at,
            step=journal.steps[-1].name if journal.steps else None,
            failure=journal.failure,
            under_way=is_running(self._host, journal),
        )
