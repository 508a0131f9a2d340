"""Names for a new gateway that nobody has yet: the one that goes with its purpose, else the next free one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
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


@dataclass(frozen=True)
class FreeNames:
    """The names that nobody has yet, of those that suit the purpose of a gateway. Looks at the disk."""

    host: Host
    distributions: Distributions
    distribution: Distribution
    snapshot: Snapshot
    choices: Choices
    source: Instance | None  # the instance that it is to be like

    @property
    def first(self) -> str | None:
        """The first free one: `dev`, then `dev2`.

        The default profile has no name; where that is there already, the next ones are `main` and `main2`.
        """
        return next(filter(self.is_free, islice(_names(wanted_profile(self._asked, self.source)), _TRIED)), None)

    def is_free(self, name: str) -> bool:
        if name_problem(self._asked, name) is not None:
            return False
        places = places_of(self.host, self.distribution, name)
        if places.id in self._begun or owner_of(self.snapshot, places) is not None:
            return False
        return not any(profile_problems(self.host, self.distributions, self.snapshot, self._asked, places))

    @cached_property
    def _asked(self) -> Choices:
        return replace(self.choices, profile=None, confirm_existing=False)

    @cached_property
    def _begun(self) -> frozenset[str]:
        return frozenset(journal.plan.instance for journal in unfinished_journals(self.host))


def _names(first: str) -> Iterator[str]:
    yield first
    stem = _MAIN if first == DEFAULT_PROFILE else first
    if stem != first:
        yield stem
    yield from (f"{stem}{number}" for number in range(2, _TRIED))
