"""Runs that failed or were killed, for whoever shows a host's instances."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from gateway_core.host import Host
from gateway_core.onboarding.journal import Journal, is_running, unfinished_journals
from gateway_core.onboarding.places import journals_dir
from gateway_core.onboarding.progress import Failure


@dataclass(frozen=True, slots=True)
class UnfinishedRun:
    """A run to be resumed or undone."""

    journal: str
    instance: str
    began_at: datetime
    step: str | None
    """The one that was begun last."""
    failure: Failure | None
    """Why it ended, unless it was killed."""
    under_way: bool
    """Some claw-tui is at work on it at this moment."""


class UnfinishedRuns:
    """Those of one host. Journals are read again only when one was written."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._journals: tuple[Journal, ...] = ()
        self._read_at: int | None = None

    def look(self) -> tuple[UnfinishedRun, ...]:
        """As it is now. Blocks."""
        written_at = self._written_at()
        if written_at != self._read_at:
            self._journals, self._read_at = unfinished_journals(self._host), written_at
        return tuple(self._seen(journal) for journal in self._journals)

    def _written_at(self) -> int | None:
        """Each journal is replaced as a whole, which changes its directory."""
        with suppress(OSError):
            return journals_dir(self._host).stat().st_mtime_ns
        return None

    def _seen(self, journal: Journal) -> UnfinishedRun:
        return UnfinishedRun(
            journal=journal.id,
            instance=journal.plan.instance,
            began_at=journal.began_at,
            step=journal.steps[-1].name if journal.steps else None,
            failure=journal.failure,
            under_way=is_running(self._host, journal),
        )
