"""The instance that the calling environment names, with `OPENCLAW_CONFIG_PATH` and the like."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gateway_core.dirs import expand_home
from gateway_core.discovery.evidence import Evidence, FoundBy
from gateway_core.discovery.naming import config_owners, profile_of
from gateway_core.distributions import DEFAULT_PROFILE, Distribution, Distributions
from gateway_core.host import Host


@dataclass(frozen=True, slots=True)
class _NamedPlace:
    """What one distribution's own variables say."""

    distribution: Distribution
    state_dir: Path | None
    config_path: Path | None


def environment_evidence(host: Host, distributions: Distributions) -> Iterator[Evidence]:
    """One piece of evidence per distribution whose own variables are set.

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
    """Whether both mean one config: the same path of it, else the same dir for it to lie in."""
    if one.config_path or other.config_path:
        return one.config_path == other.config_path
    return one.state_dir is not None and one.state_dir == other.state_dir


def _owners(host: Host, place: _NamedPlace, rivals: list[Distribution]) -> list[Distribution]:
    """Whose config that is: of those that are named like it, else of the first that would read it."""
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
