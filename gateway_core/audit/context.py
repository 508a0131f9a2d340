"""What all checks look at: the instances of one moment, and the host that they live on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from gateway_core.assembly.facts import Facts
from gateway_core.audit.groups import Groups, read_groups
from gateway_core.audit.mounts import Mount, read_mounts
from gateway_core.config import GatewaySettings
from gateway_core.discovery.survey import DiscoveredInstance
from gateway_core.distributions import DEFAULT_PROFILE, Distribution, Distributions
from gateway_core.host import Host
from gateway_core.services.reader import ServiceDefinition
from gateway_core.snapshot import Instance, Snapshot


@dataclass(frozen=True, slots=True)
class Subject:
    """One instance: as its files show it, and as the snapshot concluded it."""

    discovered: DiscoveredInstance
    instance: Instance

    @property
    def id(self) -> str:
        """The instance's id."""
        return self.discovered.id

    @property
    def distribution(self) -> Distribution:
        """Which product it is."""
        return self.discovered.installation.distribution

    @property
    def settings(self) -> GatewaySettings:
        """What its config says."""
        return self.discovered.config.settings

    @property
    def state_dir(self) -> Path | None:
        """Where it keeps its state."""
        return self.discovered.installation.state_dir

    @property
    def config_path(self) -> Path | None:
        """Where its config is."""
        return self.discovered.installation.config_path

    @property
    def services(self) -> Sequence[ServiceDefinition]:
        """Every definition that starts it."""
        return self.discovered.installation.services

    @property
    def oauth_dir(self) -> Path | None:
        """Where its service tells it to keep logins, instead of in the state dir."""
        return next((service.oauth_dir for service in self.services if service.oauth_dir), None)

    @property
    def command(self) -> str:
        """How to call its command so that it acts on it."""
        profile, product = self.discovered.installation.profile, self.distribution.command
        named = self.discovered.installation.in_scheme and profile not in (None, DEFAULT_PROFILE)
        return f"{product} --profile {profile}" if named else product


@dataclass(frozen=True)
class AuditContext:
    """One moment of a host. Looking at its files may block: checks run in a thread."""

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
        """What is mounted where, as this process sees it; nothing where that cannot be told."""
        return read_mounts(self.host)

    @cached_property
    def groups(self) -> Groups:
        """Who is in which group of this machine."""
        return read_groups(self.host)

    def expanded(self, path: str) -> Path:
        """A configured path, with `~` replaced by the home."""
        if path == "~" or path.startswith("~/"):
            return self.host.home / path[2:]
        return Path(path)
