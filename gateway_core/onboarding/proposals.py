"""Names for a new gateway that nobody has yet: the one that goes with its purpose, else the next free one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from gateway_core.distributions.loader import Distributions
from gateway_core.distributions.model import DEFAULT_PROFILE, Distribution
from gateway_core.host import Host
from gateway_core.onboarding.choices import Choices
from gateway_core.onboarding.journal import unfinished_journals
from gateway_core.onboarding.rules.profile import (
    name_problem,
    owner_of,
    places_of,
    profile_problems,
    wanted_profile,
)
from gateway_core.snapshot import Instance, Snapshot

_MAIN = "main"
_TRIED = 100


def free_profile(
    host: Host,
    distributions: Distributions,
    distribution: Distribution,
    snapshot: Snapshot,
    choices: Choices,
    source: Instance | None,
) -> str | None:
    """Return the first name that suits the purpose and is free: `dev`, then `dev2`. Looks at the disk.

    The default profile has no name; where that is there already, the next ones are `main` and `main2`.
    """
    choices = replace(choices, profile=None, confirm_existing=False)
    begun = {journal.plan.instance for journal in unfinished_journals(host)}

    def is_free(name: str) -> bool:
        if name_problem(choices, name) is not None:
            return False
        places = places_of(host, distribution, name)
        if places.id in begun or owner_of(snapshot, places) is not None:
            return False
        return not any(profile_problems(host, distributions, snapshot, choices, places))

    return next(filter(is_free, islice(_names(wanted_profile(choices, source)), _TRIED)), None)


def _names(first: str) -> Iterator[str]:
    yield first
    stem = _MAIN if first == DEFAULT_PROFILE else first
    if stem != first:
        yield stem
    yield from (f"{stem}{number}" for number in range(2, _TRIED))
