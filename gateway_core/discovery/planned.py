"""Instances that onboardings under way will have, by the journals that are written before anything is touched."""

from __future__ import annotations

import os
from collections.abc import Iterable

from pydantic import BaseModel

from gateway_core.decoding import decode_model
from gateway_core.dirs import journals_dir
from gateway_core.files import listing_of
from gateway_core.host import Host
from gateway_core.own_files import read_own_text
from gateway_core.snapshot import Instance, PlannedInstance, Problem

_LARGEST = 64 << 20  # a journal lists all that was there before
_REMEDY = "What that run has made can neither be resumed nor undone by claw-tui; look at it, then move the file away."


class _Journal(BaseModel):
    """The part of a journal that is read here; `onboarding.journal` knows all of it."""

    plan: PlannedInstance
    outcome: str = "unfinished"


def find_planned(host: Host) -> tuple[tuple[PlannedInstance, ...], tuple[Problem, ...]]:
    """The instances of onboardings: under way, killed, failed, or done where the instance is there. Blocks.

    A journal that cannot be used is a problem.
    """
    found: list[PlannedInstance] = []
    directory = journals_dir(host)
    journals = listing_of(directory)
    problems: list[Problem] = []
    if journals.fault is not None:
        message = f"Onboardings that are under way cannot be seen: {journals.fault}."
        problems.append(Problem(where=str(directory), message=message, unseen=True))
    for path in journals.paths(".json"):
        read = read_own_text(path, _LARGEST)
        try:
            journal = decode_model(_Journal, read.text or "")
        except ValueError:
            if read.exists:
                why = read.fault or "is no journal"
                message = f"This journal of an onboarding {why}. {_REMEDY}"
                problems.append(Problem(where=str(path), message=message, unseen=True))
            continue
        made = journal.outcome == "done" and os.path.lexists(journal.plan.config_path)
        if made or journal.outcome == "unfinished":
            found.append(journal.plan)
    return tuple(found), tuple(problems)


def not_there_yet(planned: Iterable[PlannedInstance], instances: Iterable[Instance]) -> tuple[PlannedInstance, ...]:
    """Return the planned instances that are not among those, or claim no ports there yet."""
    shown = {instance.id for instance in instances if instance.claims}
    return tuple(item for item in planned if item.instance not in shown)
