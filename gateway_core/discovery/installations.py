"""Installations: evidence from many sources, joined to one installation per config, before any config is read."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from gateway_core.accounts import account_of
from gateway_core.discovery.labels import account_label, place_labels
from gateway_core.discovery.locks import LockFile
from gateway_core.discovery.naming import config_path_in, profile_of, standard_state_dir
from gateway_core.discovery.processes import GatewayProcess
from gateway_core.distributions.homes import caller_home
from gateway_core.distributions.loader import Distributions
from gateway_core.distributions.model import Distribution
from gateway_core.files import real_path
from gateway_core.host import Host, ManagerName
from gateway_core.services.control_groups import unit_of
from gateway_core.services.definitions import ServiceDefinition
from gateway_core.services.gatewayless import Gatewayless
from gateway_core.services.specifiers import UnitName
from gateway_core.snapshot import PlannedInstance, Problem, SupportDir


class FoundBy(StrEnum):
    """A source that tells of an instance; declared from the most to the least trusted about what it is."""

    REGISTRATION = "registration"
    PROCESS = "process"
    LOCK = "lock"
    SERVICE = "service"
    STATE_DIR = "state-dir"
    ENVIRONMENT = "environment"


@dataclass(frozen=True, slots=True)
class Evidence:
    """The evidence of one source for an instance: a state dir, a config path, a profile, or only its process."""

    found_by: FoundBy
    distribution: str
    state_dir: Path | None = None
    config_path: Path | None = None
    profile: str | None = None
    home: Path | None = None  # the home that its default paths are in, if this source tells
    label: str | None = None
    service: ServiceDefinition | None = None
    lock: LockFile | None = None
    process: GatewayProcess | None = None


@dataclass(frozen=True, slots=True)
class DiskFacts:
    """The evidence of instances that files give, and what else was found with it."""

    evidence: tuple[Evidence, ...] = ()
    support_dirs: tuple[SupportDir, ...] = ()
    planned: tuple[PlannedInstance, ...] = ()  # the instances of onboardings that are under way or done
    problems: tuple[Problem, ...] = ()
    templates: frozenset[tuple[ManagerName, str]] = frozenset()  # of services that start gateways
    gatewayless: tuple[Gatewayless, ...] = ()


_TRUST = {source: rank for rank, source in enumerate(FoundBy)}


@dataclass(frozen=True, slots=True)
class Installation:
    """A gateway installation on this host, before its config is read."""

    distribution: Distribution
    profile: str | None
    state_dir: Path | None
    config_path: Path | None
    home: Path  # what is not said otherwise lies in here: the workspace, `~` in its config
    in_scheme: bool  # state dir and config lie where the naming scheme of the caller's home puts those of `profile`
    found_by: tuple[FoundBy, ...]
    label: str = ""  # the part of the id after `@`, where the scheme gives it none of its own
    long_label: str = ""  # the label where that one is another's, too; empty if the user gave it
    aliases: tuple[Path, ...] = ()  # the state dirs of other profiles that lead to this config
    services: tuple[ServiceDefinition, ...] = ()
    locks: tuple[LockFile, ...] = ()
    processes: tuple[GatewayProcess, ...] = ()

    @property
    def scheme_name(self) -> str:
        """The id that the naming scheme gives to its profile."""
        return f"{self.distribution.name}:{self.profile}"

    @property
    def temporary_dirs(self) -> tuple[Path, ...]:
        """The temporary directories that its services and processes were given, the strongest first."""
        told = (*(item.temporary_dir for item in self.services), *(item.temporary_dir for item in self.processes))
        return tuple(dict.fromkeys(path for path in told if path is not None))


def join(host: Host, distributions: Distributions, evidence: Iterable[Evidence]) -> tuple[Installation, ...]:
    """Make one installation per config file; symlinks to the same file are one."""
    groups: dict[str, list[Evidence]] = defaultdict(list)
    real: dict[Path, str] = {}  # most evidence is about a config that other evidence has named
    for item in _with_leftovers([_complete(host, distributions, item) for item in evidence]):
        groups[_identity(item, real)].append(item)
    trusted = [sorted(group, key=lambda item: _TRUST[item.found_by]) for group in groups.values()]
    merged = [_merge(host, distributions, group) for group in trusted]
    # Of products that share a place, the version in the config may still tell that it is the other's.
    names = Counter((item.distribution.state_dir_stem, item.profile) for item in merged if item.in_scheme)
    shared = {name for name, count in names.items() if count > 1}
    return tuple(
        _labelled(host, distributions, group, item)
        if not item.in_scheme or (item.distribution.state_dir_stem, item.profile) in shared
        else item
        for group, item in zip(trusted, merged, strict=True)
    )


def _complete(host: Host, distributions: Distributions, item: Evidence) -> Evidence:
    """Fill in what the naming scheme says about the missing half."""
    distribution = _named(distributions, item.distribution)
    state_dir, config_path = item.state_dir, item.config_path
    if state_dir is None and config_path is None and (item.profile or item.service):
        state_dir = standard_state_dir(distribution, _home(host, distribution, item), item.profile)
    profile = item.profile
    if profile is None and state_dir is not None:
        profile = profile_of(distribution, _home(host, distribution, item), state_dir)
    if config_path is None and state_dir is not None:
        config_path = config_path_in(distribution, state_dir, profile)
    return replace(item, state_dir=state_dir, config_path=config_path, profile=profile)


def _with_leftovers(completed: list[Evidence]) -> list[Evidence]:
    """The evidence; a service whose config is not there counts for the gateway that is in its state dir.

    A product that was renamed leaves a link for its state dir, and the service of its older name, behind.
    """
    lost = [one.service is not None and not os.path.lexists(one.config_path or "") for one in completed]
    if not any(lost):
        return completed
    owners = {
        real_path(one.state_dir): one
        for one in completed
        if one.state_dir is not None and one.config_path is not None and os.path.lexists(one.config_path)
    }
    return [
        _of_gateway(one, owners.get(real_path(one.state_dir))) if leftover and one.state_dir is not None else one
        for leftover, one in zip(lost, completed, strict=True)
    ]


def _of_gateway(item: Evidence, owner: Evidence | None) -> Evidence:
    if owner is None:
        return item
    places = (owner.distribution, owner.state_dir, owner.config_path, owner.profile)
    return Evidence(item.found_by, *places, home=owner.home, service=item.service)


def _identity(item: Evidence, real: dict[Path, str]) -> str:
    if item.config_path is not None:
        return real.get(item.config_path) or real.setdefault(item.config_path, real_path(item.config_path))
    return f"process {item.process.info.identity}" if item.process else f"{item.found_by} {item.label}"


def _merge(host: Host, distributions: Distributions, group: Sequence[Evidence]) -> Installation:
    distribution = _named(distributions, group[0].distribution)
    placed = _places_first(group)
    config_path = next((item.config_path for item in placed if item.config_path), None)
    state_dir = next((item.state_dir for item in placed if item.state_dir), None)
    if state_dir is None and config_path is not None:
        state_dir = config_path.parent
    caller = caller_home(host, distribution)
    named = profile_of(distribution, caller, state_dir) if state_dir else None
    usual = config_path_in(distribution, state_dir, named) if state_dir and named else None
    in_scheme = usual is not None and config_path == usual
    return Installation(
        distribution=distribution,
        profile=named if in_scheme else next((item.profile for item in group if item.profile), None),
        state_dir=state_dir,
        config_path=config_path,
        home=_home_told(group) or (caller if named else _home_around(distribution, state_dir, caller)),
        in_scheme=in_scheme,
        aliases=_aliases(group, distribution, state_dir),
        found_by=tuple(dict.fromkeys(item.found_by for item in group)),
        services=_services(group, distribution),
        locks=tuple(item.lock for item in group if item.lock),
        processes=tuple(item.process for item in group if item.process),
    )


def _services(group: Sequence[Evidence], distribution: Distribution) -> tuple[ServiceDefinition, ...]:
    """The services that start it, its own product's first; one that a template implies counts if there is no other."""
    found = sorted(
        (item.service for item in group if item.service), key=lambda one: one.distribution != distribution.name
    )
    return tuple(service for service in found if not service.implied) or tuple(found)


def _places_first(group: Sequence[Evidence]) -> list[Evidence]:
    """A state dir seen in the home is named as it stands there; a lock may still hold the path of a link to it.

    Of several that lead to one config, the one that the config lies in comes first.
    """

    def rank(item: Evidence) -> tuple[bool, bool]:
        seen = item.found_by is FoundBy.STATE_DIR
        return not seen, seen and item.config_path is not None and os.path.islink(item.config_path)  # noqa: PTH114

    return sorted(group, key=rank) if len(group) > 1 else list(group)


def _aliases(group: Iterable[Evidence], distribution: Distribution, state_dir: Path | None) -> tuple[Path, ...]:
    """The state dirs of further profiles that lead to the same config; a link that a migration left is none."""
    seen = [item for item in group if item.found_by is FoundBy.STATE_DIR and item.distribution == distribution.name]
    own = {item.profile for item in seen if item.state_dir == state_dir}
    return tuple(item.state_dir for item in seen if item.state_dir and own and item.profile not in own)


def _labelled(host: Host, distributions: Distributions, group: Sequence[Evidence], item: Installation) -> Installation:
    label, long_label = _labels(host, distributions, group, item.state_dir, item.config_path)
    return replace(item, label=label, long_label=long_label)


def _labels(
    host: Host,
    distributions: Distributions,
    group: Sequence[Evidence],
    state_dir: Path | None,
    config_path: Path | None,
) -> tuple[str, str]:
    """The label that the user gave, else what the place says; and a longer one, should it be taken.

    Of a gateway whose place may not be seen, the account tells something that lasts; of one's own, only the pid.
    """
    given = next((item.label for item in group if item.label), None)
    if given is not None:
        return given, ""
    if state_dir is not None:
        return place_labels(distributions, state_dir, config_path, _runner_name(host, group))
    process = next((item.process for item in group if item.process), None)
    if process is None:
        return "unnamed", ""
    if process.info.uid == host.uid:
        return f"pid-{process.info.pid}", ""
    unit = unit_of(process.placement, ())
    account = account_of(host.root, process.info.uid)
    return account_label(distributions, account, process.profile, unit[1] if unit else None), ""


def _runner_name(host: Host, group: Sequence[Evidence]) -> str:
    """What the unit calls its instance, else the account that it runs as, if either tells something."""
    services = [item.service for item in group if item.service]
    instance = next((name for item in services if (name := UnitName(item.name).instance)), "")
    accounts = (account_of(host.root, item.uid) for item in services if item.uid not in (None, 0, host.uid))
    return instance or next(accounts, "")


def _home(host: Host, distribution: Distribution, item: Evidence) -> Path:
    """Return the home of its profiles: a service and a process may have been given another than the caller's."""
    return item.home or caller_home(host, distribution)


_HOME_TELLERS = (FoundBy.SERVICE, FoundBy.PROCESS, FoundBy.ENVIRONMENT)
"""The sources that were told a home, the strongest first: a service decides about every start to come."""


def _home_told(group: Iterable[Evidence]) -> Path | None:
    """The home that an installation was given."""
    told = {item.found_by: item.home for item in group if item.home is not None}
    return next((told[source] for source in _HOME_TELLERS if source in told), None)


def _home_around(distribution: Distribution, state_dir: Path | None, caller: Path) -> Path:
    """The home in which the state dir would be a profile's; else that of the caller."""
    in_its_home = state_dir is not None and profile_of(distribution, state_dir.parent, state_dir) is not None
    return state_dir.parent if state_dir is not None and in_its_home else caller


def _named(distributions: Distributions, name: str) -> Distribution:
    distribution = distributions.named(name)
    if distribution is None:
        raise LookupError(f"no distribution is called {name}")
    return distribution
