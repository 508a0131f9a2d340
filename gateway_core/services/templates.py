"""The instances that a template of services implies: those whose files its text names, and which are there."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from gateway_core.accounts import accounts
from gateway_core.dirs import expand_home
from gateway_core.distributions.loader import Distributions
from gateway_core.distributions.model import DEFAULT_PROFILE, Distribution, profile_suffix
from gateway_core.files import MOST_ENTRIES, listing_of
from gateway_core.host import Host
from gateway_core.services.definitions import ServiceDefinition
from gateway_core.services.manager import ServiceContent
from gateway_core.services.specifiers import escaped, instance_of
from gateway_core.snapshot import Problem

_SPECIFIER = re.compile(r"%([iI])")
_INSTANCE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9:_.\\@-]*", re.ASCII)
"""A hidden directory is hardly meant: systemd would allow it."""
_MOST_WILDCARDS = 1  # of one name; the time to fit more of them to a name grows with its length to that power


def implied_instances(
    content: ServiceContent, template: ServiceDefinition, name: str, distribution: Distribution, host: Host
) -> Iterator[str | Problem]:
    """The names of instances for which a place is there that the template's text gives to them, or why none is known.

    `content` and `template` are what was read without knowing an instance: `%i` and `%I` stand in it as written.
    """
    places = [*content.environment.values(), *content.environment_files]
    if template.profile is not None and _SPECIFIER.search(template.profile):
        places.append(f"{template.home}/{distribution.state_dir_stem}-{template.profile}")
    looked = [found for place in places for found in _instances_at(place, template.home)]
    found = [instance for instance in looked if isinstance(instance, str)]
    yield from (problem for problem in looked if isinstance(problem, Problem))
    if content.user is not None and _SPECIFIER.fullmatch(content.user):
        found += _accounts_with_state_dirs(distribution, template.profile, host)
    yield from (instance_of(name, instance) for instance in dict.fromkeys(found) if _INSTANCE.fullmatch(instance))


def _accounts_with_state_dirs(distribution: Distribution, profile: str | None, host: Host) -> Iterator[str]:
    """The accounts in whose home there is a state dir: no more of the template is read for all the others."""
    stems = (distribution.state_dir_stem, *distribution.legacy_state_dir_stems)
    for name, home in ((entry[0], entry[5]) for entry in accounts(host.root)):
        suffix = profile_suffix(profile and _SPECIFIER.sub(name, profile))
        if any(os.path.lexists(f"{home}/{stem}{suffix}") for stem in stems):
            yield name


def _instances_at(place: str, home: Path) -> Iterator[str | Problem]:
    """The instances for which the first part of the path that depends on the instance is there; why it is not known."""
    path = str(expand_home(place, home))
    found = _SPECIFIER.search(path)
    if found is None or not path.startswith("/"):
        return
    directory, _, begun = path[: found.start()].rpartition("/")
    part = begun + path[found.start() :].partition("/")[0]
    if part.count("*") > _MOST_WILDCARDS:
        yield _missing(place, "It has several wildcards in one name and is not looked for")
        return
    pattern, found_there = _pattern(part), listing_of(directory or "/", MOST_ENTRIES)
    if found_there.fault is not None:
        yield _missing(directory, f"It cannot be listed ({found_there.fault})")
    elif found_there.cut:
        yield _missing(directory, f"Only {MOST_ENTRIES} entries of it were looked at")
    for entry in found_there.names:
        match = pattern.fullmatch(entry)
        if match is not None:
            yield match["i"] if found[1] == "i" else escaped(match["i"])


def _pattern(part: str) -> re.Pattern[str]:
    """What entries of a directory look like that `part`, which holds `%i` and perhaps wildcards, stands for."""
    text, named = "", False
    for piece in re.split(r"(%[iI]|\*)", part):
        if _SPECIFIER.fullmatch(piece):
            text, named = text + ("(?P=i)" if named else "(?P<i>.{1,255})"), True
        else:
            text += ".*?" if piece == "*" else re.escape(piece)
    return re.compile(text, re.DOTALL)


def _missing(where: str, why: str) -> Problem:
    return Problem(where=where, message=f"{why}, so instances of a template of services may be missing.", unseen=True)


def is_one_of_its_own(instance: ServiceDefinition, template: ServiceDefinition, distributions: Distributions) -> bool:
    """Whether a gateway is set up where an instance would run one, and the instance is what tells its place."""
    distribution = distributions.named(instance.distribution)
    return (
        distribution is not None
        and not instance.missing_files
        and _places(instance) != _places(template)
        and any(os.path.lexists(config) for config in _configs(instance, distribution))
    )


def _places(item: ServiceDefinition) -> tuple[Path | str | None, ...]:
    return (item.home, item.state_dir, item.config_path, item.profile)


def _configs(item: ServiceDefinition, distribution: Distribution) -> Iterator[Path]:
    """The paths where the config of that service may be."""
    if item.config_path is not None:
        yield item.config_path
        return
    is_default = item.profile in (None, DEFAULT_PROFILE)
    stems = (distribution.state_dir_stem, *(distribution.legacy_state_dir_stems if is_default else ()))
    dirs = [item.home / f"{stem}{profile_suffix(item.profile)}" for stem in stems]
    for directory in [item.state_dir] if item.state_dir is not None else dirs:
        yield from (directory / name for name in distribution.config_names)
