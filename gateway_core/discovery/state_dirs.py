"""State dirs in the home, by the naming scheme of each distribution, and those that the calling environment names."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gateway_core.dirs import expand_home
from gateway_core.discovery.installations import DiskFacts, Evidence, FoundBy
from gateway_core.discovery.naming import config_owners, profile_of
from gateway_core.distributions import DEFAULT_PROFILE, Distribution, Distributions
from gateway_core.host import Host
from gateway_core.snapshot import Problem, SupportDir


def find_state_dirs(host: Host, distributions: Distributions) -> DiskFacts:
    """Every directory of the home that bears the name of a state dir; links behind the dirs that they point to."""
    try:
        with os.scandir(host.home) as entries:
            found = sorted((entry.is_symlink(), entry.name) for entry in entries if _may_be_state_dir(entry))
    except OSError as error:
        message = f"The home directory could not be listed, so profiles may be missing: {error.strerror}"
        return DiskFacts(problems=(Problem(where=str(host.home), message=message),))
    evidence: list[Evidence] = []
    support_dirs: list[SupportDir] = []
    for is_link, name in found:
        for item in _examine(host, distributions, host.home / name):
            if isinstance(item, Evidence):
                evidence.append(item)
            elif not is_link:
                support_dirs.append(item)
    return DiskFacts(tuple(evidence), tuple(support_dirs))


def _may_be_state_dir(entry: os.DirEntry[str]) -> bool:
    return entry.name.startswith(".") and (entry.is_dir() or entry.is_symlink())


def _examine(host: Host, distributions: Distributions, path: Path) -> Iterator[Evidence | SupportDir]:
    """Yield one piece of evidence per distribution that would read a config in that dir.

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


@dataclass(frozen=True, slots=True)
class _NamedPlace:
    """The place that one distribution's own variables name."""

    distribution: Distribution
    state_dir: Path | None
    config_path: Path | None


def environment_evidence(host: Host, distributions: Distributions) -> Iterator[Evidence]:
    """Yield one piece of evidence per distribution whose own variables are set.

    Where several share them, the config that is there tells which one is meant. Only a distribution's own prefix
    counts: openclaw also reads `CLAWDBOT_*`, but there it means clawdbot first.
    """
    named = [_named_place(host, distribution) for distribution in distributions]
    for place in named:
        rivals = [other.distribution for other in named if _names_the_same(place, other)]
        if place.distribution in _owners(host, place, rivals):
            yield Evidence(FoundBy.ENVIRONMENT, place.distribution.name, place.state_dir, place.config_path)


def _named_place(host: Host, distribution: Distribution) -> _NamedPlace:
    state_dir, config_path = (_named_path(host, distribution, name) for name in ("STATE_DIR", "CONFIG_PATH"))
    return _NamedPlace(distribution, state_dir, config_path)


def _names_the_same(one: _NamedPlace, other: _NamedPlace) -> bool:
    """Whether both name the same config path or, where neither names one, the same state dir."""
    if one.config_path or other.config_path:
        return one.config_path == other.config_path
    return one.state_dir is not None and one.state_dir == other.state_dir


def _owners(host: Host, place: _NamedPlace, rivals: list[Distribution]) -> list[Distribution]:
    """Return the distributions that read the config of that place; the first rival where nothing tells."""
    if place.config_path is not None:
        found = [item for item in rivals if item.config_names[0] == place.config_path.name]
    elif place.state_dir is not None:
        state_dir = place.state_dir
        candidates = [(item, profile_of(item, host.home, state_dir) or DEFAULT_PROFILE) for item in rivals]
        found = [distribution for distribution, _, _ in config_owners(state_dir, candidates)]
    else:
        return []
    return found or rivals[:1]


def _named_path(host: Host, distribution: Distribution, name: str) -> Path | None:
    for prefix in (*distribution.override_prefixes, distribution.environment_prefix):
        value = host.environment.get(prefix + name, "").strip()
        if value:
            return expand_home(value, host.home).absolute()
    return None
