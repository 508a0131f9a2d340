"""Instances that onboardings under way will have, by the journals that are written before anything is touched."""

from __future__ import annotations

import os
from collections.abc import Iterable

from pydantic import BaseModel, ValidationError

from gateway_core.dirs import journals_dir
from gateway_core.files import entries_in
from gateway_core.host import Host
from gateway_core.own_files import read_own_text
from gateway_core.snapshot import Instance, PlannedInstance

_LARGEST = 64 << 20  # a journal lists all that was there before


class _Journal(BaseModel):
    """The part of a journal that is read here; `onboarding.journal` knows all of it."""

    plan: PlannedInstance
    outcome: str = "unfinished"


def find_planned(host: Host) -> tuple[PlannedInstance, ...]:
    """Return the instances of onboardings: under way, killed, failed, or done where the instance is there. Blocks."""
    found = []
    for path in entries_in(journals_dir(host), ".json").files:
        try:
            journal = _Journal.model_validate_json(read_own_text(path, _LARGEST).text or "")
        except ValidationError:
            continue
        made = journal.outcome == "done" and os.path.lexists(journal.plan.config_path)
        if made or journal.outcome == "unfinished":
            found.append(journal.plan)
    return tuple(found)


def not_there_yet(planned: Iterable[PlannedInstance], instances: Iterable[Instance]) -> tuple[PlannedInstance, ...]:
    """Return the planned instances that are not among those, or claim no ports there yet."""
    shown = {instance.id for instance in instances if instance.claims}
    return tuple(item for item in planned if item.instance not in shown)
