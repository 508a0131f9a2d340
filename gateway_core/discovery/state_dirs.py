"""State dirs in the home, by the naming scheme of each distribution, and those that the calling environment names."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from gateway_core.dirs import expand_home
from gateway_core.discovery.installations import DiskFacts, Evidence, FoundBy
from gateway_core.discovery.naming import config_owners, is_named_like_copy, profile_of
from gateway_core.distributions.homes import caller_home, caller_homes
from gateway_core.distributions.loader import Distributions
from gateway_core.distributions.model import DEFAULT_PROFILE, Distribution
from gateway_core.files import Listing, from_working_dir, listing_of, path_status
from gateway_core.host import Host
from gateway_core.snapshot import Problem, SupportDir

_MOST_INSIDE = 200  # so many directories of a parent of state dirs are looked into


def find_state_dirs(host: Host, distributions: Distributions) -> DiskFacts:
    """Every directory of a home that bears the name of a state dir; links behind the dirs that they point to."""
    evidence: list[Evidence] = []
    support_dirs: list[SupportDir] = []
    problems: list[Problem] = []
    for home in caller_homes(host, distributions):
        for is_link, path in _candidates(home, distributions, problems):
            for item in _examine(distributions, home, path):
                if isinstance(item, Evidence):
                    evidence.append(item)
                elif isinstance(item, Problem):
                    problems.append(item)
                elif not is_link:
                    support_dirs.append(item)
    return DiskFacts(tuple(evidence), tuple(support_dirs), problems=tuple(problems))


def _candidates(home: Path, distributions: Distributions, problems: list[Problem]) -> list[tuple[bool, Path]]:
    """The directories that may be state dirs, links last; each with whether it is one.

    Where a home may be entered but not listed, these are the usual state dirs, whose names are known.
    """
    found = listing_of(home)
    fault = found.fault or (None if found.names or path_status(home).exists else "it is not there")
    if fault is not None:
        message = f"The home directory could not be listed, so profiles may be missing: {fault}"
        problems.append(Problem(where=str(home), message=message, unseen=True))
        stems = (stem for item in distributions for stem in (item.state_dir_stem, *item.legacy_state_dir_stems))
        return [(False, home / stem) for stem in dict.fromkeys(stems) if path_status(home / stem).is_directory]
    hidden = [name for name in found.names if name.startswith(".")]
    directories = [(False, home / name) for name in hidden if name in found.directories]
    return [*directories, *((True, home / name) for name in hidden if name in found.links)]


def _examine(distributions: Distributions, home: Path, path: Path) -> Iterator[Evidence | SupportDir | Problem]:
    """Yield one piece of evidence per distribution that would read a config in that dir.

    Two products share `~/.clawdbot*`: the config file's name decides between them. A default dir without a config only
    holds what profiles share (seen in all five products); a named one is an onboarding that was not finished.
    """
    candidates = [
        (distribution, profile) for distribution in distributions if (profile := profile_of(distribution, home, path))
    ]
    if not candidates:
        yield from _outside_scheme(distributions, path)
        return
    owners = config_owners(path, candidates)
    for distribution, profile, config in owners:
        yield Evidence(FoundBy.STATE_DIR, distribution.name, path, config, profile)
        if is_named_like_copy(distribution, path.name):
            yield SupportDir(distribution=distribution.name, path=str(path), kind="copy")
    if not owners:
        distribution, profile = candidates[0]
        listing = listing_of(path)
        inside = list(_state_dirs_inside(distribution, path, listing))
        if inside:
            yield from _not_looked_into(path, listing)
            yield from inside
            yield SupportDir(distribution=distribution.name, path=str(path), kind="parent")
            return
        if profile == DEFAULT_PROFILE and os.access(path, os.R_OK | os.X_OK):
            yield SupportDir(distribution=distribution.name, path=str(path))
        else:
            yield Evidence(FoundBy.STATE_DIR, distribution.name, path, path / distribution.config_names[0], profile)


def _outside_scheme(distributions: Distributions, path: Path) -> Iterator[Evidence | SupportDir | Problem]:
    """What a directory is that begins like a state dir, but has the name of no profile: a copy, or full of others."""
    for distribution in distributions:
        rest = path.name.removeprefix(distribution.state_dir_stem)
        if rest == path.name or rest[:1].isalnum():
            continue
        listing = listing_of(path)
        inside = list(_state_dirs_inside(distribution, path, listing))
        holds_config = os.path.lexists(path / distribution.config_names[0])
        if is_named_like_copy(distribution, path.name):
            yield SupportDir(distribution=distribution.name, path=str(path), kind="copy")
        elif holds_config:
            yield SupportDir(distribution=distribution.name, path=str(path), kind="unnamed")
        elif inside:
            yield from _not_looked_into(path, listing)
            yield from inside
            yield SupportDir(distribution=distribution.name, path=str(path), kind="parent")
        elif listing.fault is not None:
            message = f"It is named like a state dir, and cannot be listed, so gateways may be missing: {listing.fault}"
            yield Problem(where=str(path), message=message, unseen=True)
        return


def _not_looked_into(parent: Path, listing: Listing) -> Iterator[Problem]:
    """What is left out of a parent of state dirs; where the first of many are none, it is a state dir itself."""
    if len(listing.directories) > _MOST_INSIDE:
        looked = f"only {_MOST_INSIDE} of the {len(listing.directories)} directories in it were looked into"
        message = f"It is named like a state dir, and {looked}, so gateways may be missing."
        yield Problem(where=str(parent), message=message, unseen=True)


def _state_dirs_inside(distribution: Distribution, parent: Path, listing: Listing) -> Iterator[Evidence]:
    """The state dirs in a directory that is none itself: each child with a config, or with a state dir in it."""
    own = distribution.config_names[0]
    children = (name for name in listing.names if name in listing.directories)
    for name in islice(children, _MOST_INSIDE):
        for state_dir in (parent / name, parent / name / distribution.state_dir_stem):
            if os.path.lexists(state_dir / own) and not name.startswith("workspace"):
                yield Evidence(FoundBy.STATE_DIR, distribution.name, state_dir, state_dir / own)
                break


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
            home = caller_home(host, place.distribution)
            places = (place.state_dir, place.config_path)
            yield Evidence(FoundBy.ENVIRONMENT, place.distribution.name, *places, home=home)


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
        homes = [caller_home(host, item) for item in rivals]
        profiles = [profile_of(item, home, state_dir) for item, home in zip(rivals, homes, strict=True)]
        candidates = [(item, name or DEFAULT_PROFILE) for item, name in zip(rivals, profiles, strict=True)]
        found = [distribution for distribution, _, _ in config_owners(state_dir, candidates)]
    else:
        return []
    return found or rivals[:1]


def _named_path(host: Host, distribution: Distribution, name: str) -> Path | None:
    for prefix in (*distribution.override_prefixes, distribution.environment_prefix):
        value = host.environment.get(prefix + name, "").strip()
        if value:
            return from_working_dir(expand_home(value, caller_home(host, distribution)))
    return None
