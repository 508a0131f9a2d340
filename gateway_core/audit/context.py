"""What all checks look at: the instances of one moment, and the host that they live on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from gateway_core.assembly.facts import Facts
from gateway_core.audit.machine import Groups, Mount, read_groups, read_mounts
from gateway_core.config import GatewaySettings
from gateway_core.dirs import expand_home
from gateway_core.discovery.survey import DiscoveredInstance
from gateway_core.distributions import DEFAULT_PROFILE, Distribution, Distributions
from gateway_core.host import Host
from gateway_core.services.definitions import ServiceDefinition
from gateway_core.snapshot import Instance, Snapshot


@dataclass(frozen=True, slots=True)
class Subject:
    """One instance as the audit sees it: what its files show, and what the snapshot concluded."""

    discovered: DiscoveredInstance
    instance: Instance

    @property
    def id(self) -> str:
        return self.discovered.id

    @property
    def distribution(self) -> Distribution:
        return self.discovered.installation.distribution

    @property
    def settings(self) -> GatewaySettings:
        return self.discovered.config.settings

    @property
    def state_dir(self) -> Path | None:
        return self.discovered.installation.state_dir

    @property
    def config_path(self) -> Path | None:
        return self.discovered.installation.config_path

    @property
    def services(self) -> Sequence[ServiceDefinition]:
        return self.discovered.installation.services

    @property
    def oauth_dir(self) -> Path | None:
        """Where a service tells the gateway to keep logins, instead of in the state dir."""
        return next((service.oauth_dir for service in self.services if service.oauth_dir), None)

    @property
    def command(self) -> str:
        """The product's command with the options that make it act on this instance."""
        profile, product = self.discovered.installation.profile, self.distribution.command
        named = self.discovered.installation.in_scheme and profile not in (None, DEFAULT_PROFILE)
        return f"{product} --profile {profile}" if named else product


@dataclass(frozen=True)
class AuditContext:
    """What all checks look at: one moment of a host. Looking at its files may block: checks run in a thread."""

    host: Host
    distributions: Distributions
    facts: Facts
    snapshot: Snapshot

    @cached_property
    def subjects(self) -> Sequence[Subject]:
        """All instances of the snapshot, in its order."""
        known = {discovered.id: discovered for discovered in self.facts.instances}
        return [Subject(known[item.id], item) for item in self.snapshot.instances if item.id in known]

    @cached_property
    def mounts(self) -> Sequence[Mount]:
        return read_mounts(self.host)

    @cached_property
    def groups(self) -> Groups:
        return read_groups(self.host)

    def expand(self, path: str) -> Path:
        return expand_home(path, self.host.home)
