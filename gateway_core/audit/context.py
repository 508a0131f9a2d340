"""The context of all checks: the instances of one moment, and their host with its groups and mounts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from gateway_core.accounts import Groups, read_groups
from gateway_core.assembly.facts import HostFacts
from gateway_core.config.model import GatewaySettings
from gateway_core.dirs import expand_home
from gateway_core.discovery.instances import DiscoveredInstance
from gateway_core.distributions.loader import Distributions
from gateway_core.distributions.model import Distribution, profile_options
from gateway_core.files import read_text_file
from gateway_core.host import Host
from gateway_core.services.definitions import ServiceDefinition
from gateway_core.shell_commands import ShellCommand, shell_command
from gateway_core.snapshot import Instance, Snapshot
from gateway_core.system.mounts import LARGEST_MOUNTINFO, Mount, mount_over, parse_mounts


def bound_at(path: Path, mounts: Sequence[Mount]) -> Path | None:
    """The mount point at or above `path` where only a part of a file system is mounted: a bind mount."""
    mount = mount_over(str(path), mounts)
    return Path(mount.point) if mount is not None and mount.root != "/" and mount.point != "/" else None


@dataclass(frozen=True, slots=True)
class Subject:
    """An audited instance: as its files show it, and as the snapshot concluded."""

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

    def expand(self, path: str) -> Path:
        """The path that its config or its product means, with `~` for the home that its gateway is given."""
        return expand_home(path, self.discovered.installation.home)

    @property
    def oauth_dir(self) -> Path | None:
        """The directory where a service has the gateway keep logins, instead of in the state dir."""
        return next((service.oauth_dir for service in self.services if service.oauth_dir), None)

    def command(self, *words: str) -> ShellCommand:
        """The product's command with the options that make it act on this instance, and those words."""
        installation = self.discovered.installation
        profile = installation.profile if installation.in_scheme else None
        return shell_command((self.distribution.command, *profile_options(profile), *words))


@dataclass(frozen=True)
class AuditContext:
    """A host at one moment. Looking at its files may block: checks run in a thread."""

    host: Host
    distributions: Distributions
    facts: HostFacts
    snapshot: Snapshot

    @cached_property
    def subjects(self) -> Sequence[Subject]:
        """The instances of the snapshot, in its order."""
        known = {discovered.id: discovered for discovered in self.facts.instances}
        return [Subject(known[item.id], item) for item in self.snapshot.instances if item.id in known]

    @cached_property
    def mounts(self) -> Sequence[Mount]:
        """The mounts that this process sees (proc(5)); none where there is no `/proc`."""
        text = read_text_file(self.host.root / "proc" / "self" / "mountinfo", LARGEST_MOUNTINFO).text or ""
        return list(parse_mounts(text))

    @cached_property
    def groups(self) -> Groups:
        return read_groups(self.host.root)
