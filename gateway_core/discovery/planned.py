"""Instances that onboardings under way will have, by the journals that are written before anything is touched."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel

from gateway_core.decoding import decode_model
from gateway_core.dirs import journals_dir
from gateway_core.files import FileIdentity, identify, listing_of
from gateway_core.host import Host
from gateway_core.own_files import read_own_text
from gateway_core.snapshot import Instance, PlannedInstance, Problem
from gateway_core.trusted_places import why_untrusted

LARGEST_JOURNAL = 64 << 20  # it lists all that was there before
_REMEDY = "What that run has made can neither be resumed nor undone by claw-tui; look at it, then move the file away."


class RunOutcome(StrEnum):
    """The point that the run of an onboarding came to."""

    UNFINISHED = "unfinished"
    DONE = "done"
    UNDONE = "undone"


class _Journal(BaseModel):
    """The part of a journal that is read here; `onboarding.journal` knows all of it."""

    plan: PlannedInstance
    outcome: RunOutcome = RunOutcome.UNFINISHED


class PlannedInstances:
    """The instances of the onboardings of one host, by their journals, which are read again only when written."""

    def __init__(self, host: Host) -> None:
        self._dir = journals_dir(host)
        self._read: dict[Path, tuple[FileIdentity | None, _Journal]] = {}

    def look(self) -> tuple[tuple[PlannedInstance, ...], tuple[Problem, ...]]:
        """Those of runs that are under way, were killed or failed, or are done where the instance is there. Blocks.

        A journal that cannot be used is a problem.
        """
        files = listing_of(self._dir)
        problems: list[Problem] = []
        if files.fault is not None:
            message = f"Onboardings that are under way cannot be seen: {files.fault}."
            problems.append(Problem(where=str(self._dir), message=message, unseen=True))
        if self._read and why_untrusted(self._dir) is not None:
            self._read = {}  # somebody else may have written them by now
        before, self._read = self._read, {}
        for path in files.paths(".json"):
            known = before.get(path)
            if known is not None and identify(path) == known[0]:
                self._read[path] = known
            else:
                problems += self._look_into(path)
        found = (journal.plan for _, journal in self._read.values() if _is_planned(journal))
        return tuple(found), tuple(problems)

    def _look_into(self, path: Path) -> Iterator[Problem]:
        read = read_own_text(path, LARGEST_JOURNAL)
        try:
            journal = decode_model(_Journal, read.text or "")
        except ValueError:
            if read.exists:
                why = read.fault or "is no journal"
                message = f"This journal of an onboarding {why}. {_REMEDY}"
                yield Problem(where=str(path), message=message, unseen=True)
        else:
            self._read[path] = (read.identity if read.settled else None), journal


def _is_planned(journal: _Journal) -> bool:
    made = journal.outcome is RunOutcome.DONE and os.path.lexists(journal.plan.config_path)
    return made or journal.outcome is RunOutcome.UNFINISHED


def not_there_yet(planned: Iterable[PlannedInstance], instances: Iterable[Instance]) -> tuple[PlannedInstance, ...]:
    """Return the planned instances that are not among those, or claim no ports there yet."""
    shown = {instance.id for instance in instances if instance.claims}
    return tuple(item for item in planned if item.instance not in shown)
