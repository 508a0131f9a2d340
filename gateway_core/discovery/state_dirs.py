"""State dirs in the home, by the naming scheme of each distribution."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gateway_core.discovery.evidence import Evidence, FoundBy
from gateway_core.discovery.naming import config_owners, profile_of
from gateway_core.distributions import DEFAULT_PROFILE, Distributions
from gateway_core.host import Host
from gateway_core.snapshot import Problem, SupportDir


@dataclass(frozen=True, slots=True)
class StateDirs:
    """What the home's listing says."""

    evidence: tuple[Evidence, ...] = ()
    support_dirs: tuple[SupportDir, ...] = ()
    problems: tuple[Problem, ...] = ()


def find_state_dirs(host: Host, distributions: Distributions) -> StateDirs:
    """Every directory of the home that bears the name of a state dir; links behind the dirs that they point to."""
    try:
        with os.scandir(host.home) as entries:
            found = sorted((entry.is_symlink(), entry.name) for entry in entries if _may_be_state_dir(entry))
    except OSError as error:
        message = f"The home directory could not be listed, so profiles may be missing: {error.strerror}"
        return StateDirs(problems=(Problem(where=str(host.home), message=message),))
    evidence: list[Evidence] = []
    support_dirs: list[SupportDir] = []
    for is_link, name in found:
        for item in _examine(host, distributions, host.home / name):
            if isinstance(item, Evidence):
                evidence.append(item)
            elif not is_link:
                support_dirs.append(item)
    return StateDirs(tuple(evidence), tuple(support_dirs))


def _may_be_state_dir(entry: os.DirEntry[str]) -> bool:
    return entry.name.startswith(".") and (entry.is_dir() or entry.is_symlink())


def _examine(host: Host, distributions: Distributions, path: Path) -> Iterator[Evidence | SupportDir]:
    """One piece of evidence per distribution that would read a config in that dir.

    Two products share `~/.clawdbot*`: the config file's name decides between them. A default dir without a config only
    holds what profiles share (seen in all five products); a named one is an onboarding that was not finished.
    """
    candidates = [
        (distribution, profile)
        for distribution in distributions
        if (profile := profile_of(distribution, host.home, path))
    ]
    owners = config_owners(path, candidates)
    for distribution, profile, config in owners:
        yield Evidence(FoundBy.STATE_DIR, distribution.name, path, config, profile)
    if not owners and candidates:
        distribution, profile = candidates[0]
        if profile == DEFAULT_PROFILE and os.access(path, os.R_OK | os.X_OK):
            yield SupportDir(distribution=distribution.name, path=str(path))
        else:
            yield Evidence(FoundBy.STATE_DIR, distribution.name, path, path / distribution.config_names[0], profile)
