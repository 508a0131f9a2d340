"""Instances: the evidence on this host is collected, and each installation gets its config, its version and its id."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from gateway_core.accounts import account_of
from gateway_core.config.model import ConfigReading, GatewaySettings
from gateway_core.config.reader import ConfigReader
from gateway_core.discovery.belonging import Belonging
from gateway_core.discovery.copies import without_copies
from gateway_core.discovery.elsewhere import is_lock_of, names_same_config
from gateway_core.discovery.ids import KnownIds
from gateway_core.discovery.installations import DiskFacts, Evidence, FoundBy, Installation, join
from gateway_core.discovery.locks import LockFile, find_locks, read_lock
from gateway_core.discovery.operation_records import LastRequests, OperationRecords
from gateway_core.discovery.own_memory import OwnMemory
from gateway_core.discovery.planned import PlannedInstances
from gateway_core.discovery.processes import GatewayProcess
from gateway_core.discovery.registrations import Registration, read_registrations
from gateway_core.discovery.seen_units import SeenUnits, Unit
from gateway_core.discovery.state_dirs import environment_evidence, find_state_dirs
from gateway_core.distributions.loader import Distributions
from gateway_core.distributions.model import Distribution
from gateway_core.distributions.versions import version_key
from gateway_core.files import path_status, real_path
from gateway_core.host import Host
from gateway_core.natural_order import natural_key
from gateway_core.own_files import WriteFaults
from gateway_core.services.definitions import ServiceDefinition, without_ignored_port
from gateway_core.services.reader import ServiceFiles
from gateway_core.snapshot import Problem, SupportDir

_NAME_ONLY = frozenset({FoundBy.STATE_DIR, FoundBy.ENVIRONMENT})
"""Sources that tell products which share places apart by nothing but the config's name."""


@dataclass(frozen=True, slots=True)
class DiscoveredInstance:
    """An instance as the disk and the process table show it, before ports and health."""

    id: str
    installation: Installation
    config: ConfigReading
    version: str | None  # as the config, else the service definition says
    state_dir_exists: bool = True
    real_state_dir: str | None = None  # without links; only where another one's process could be its own
    uid: int | None = None  # of the user that it runs as, or would run as
    account: str | None = None  # the name of that user, if that is not the caller
    last_requests: LastRequests = field(default_factory=LastRequests)
    seen_unit: Unit | None = None  # the service that was last seen to run it, if only that shows whose it is
    own: bool = True  # of the caller's home, or registered
    demo: bool = False  # of a demo that runs elsewhere
    ignored: bool = False  # the user does not want to see it: it is left out once all processes have been placed

    @property
    def start_settings(self) -> GatewaySettings:
        """The settings of the next start: what its service turns on or passes beats the config."""
        settings, services = self.config.settings, self.installation.services
        if not services:
            return settings
        switched_on = settings.switched_on.union(*(service.switched_on for service in services))
        passing = self.bind_service
        return replace(settings, switched_on=switched_on, bind=passing.bind if passing else settings.bind)

    @property
    def starts_unconfigured(self) -> bool:
        """Whether its service starts it without a config, or without `gateway.mode` in it, too."""
        return any(service.unconfigured for service in self.installation.services)

    @property
    def bind_service(self) -> ServiceDefinition | None:
        """The service that passes a `--bind`, which beats the config, to the gateway."""
        return next((service for service in self.installation.services if service.bind is not None), None)


class InstanceFinder:
    """Looks at the files of one host; keeps what has not changed since the last look. Blocks: call it in a thread."""

    def __init__(self, host: Host, distributions: Distributions, faults: WriteFaults | None = None) -> None:
        """`faults` is told which ids could not be written down."""
        self._host = host
        self._distributions = distributions
        self._configs = ConfigReader()
        self._services = ServiceFiles()
        self._ids = KnownIds(host, faults or WriteFaults())
        self._memory = OwnMemory(host)
        self._planned = PlannedInstances(host)

    def look_at_files(
        self, gateways: Iterable[GatewayProcess] = (), awake: Collection[tuple[str, str]] = ()
    ) -> DiskFacts:
        """Return what files tell, those included to which the running gateways lead.

        `awake`: the services that managers run, each as manager and name.
        """
        dirs = find_state_dirs(self._host, self._distributions)
        services = self._services.read(self._host, self._distributions, awake)
        registrations, registration_problems = read_registrations(self._host)
        known = [item for item in registrations if self._distributions.named(item.distribution) and not item.ignored]
        ignored = [item for item in registrations if item.ignored]
        unknown = [item for item in registrations if not self._distributions.named(item.distribution)]
        stated = [
            *map(_registration_evidence, known),
            *map(_service_evidence, services.definitions),
            *environment_evidence(self._host, self._distributions),
            *dirs.evidence,
        ]
        running = tuple(gateways)
        kept = (Path(item.path) for item in dirs.support_dirs)  # whatever they are, a gateway may keep a lock there
        state_dirs = [*(item.state_dir for item in stated), *(item.state_dir for item in running), *kept]
        temporary = [*(item.temporary_dir for item in services.definitions), *(item.temporary_dir for item in running)]
        locks, lock_problems = find_locks(self._host, self._distributions, _known(state_dirs), _known(temporary))
        planned, journal_problems = self._planned.look()
        problems = (
            *map(_unknown_product, unknown),
            *dirs.problems,
            *services.problems,
            *registration_problems,
            *lock_problems,
            *journal_problems,
            *self._memory.problems(),
        )
        return DiskFacts(
            (*stated, *map(_lock_evidence, locks)),
            (*dirs.support_dirs, *map(_ignored, ignored)),
            planned,
            problems,
            services.templates,
            services.gatewayless,
        )

    def instances(
        self, facts: DiskFacts, gateways: Sequence[GatewayProcess], elsewhere: Sequence[GatewayProcess] = ()
    ) -> tuple[DiscoveredInstance, ...]:
        """Join those facts with the running gateways, read the configs, and give every instance its id.

        Gateways `elsewhere` are joined with nothing; a lock of theirs is left where it names a config of this host.
        """
        foreign = {
            item.lock.path: by for item in facts.evidence if item.lock for by in self._writer(item.lock, elsewhere)
        }
        own = [item.lock for item in facts.evidence if item.lock and item.lock.path not in foreign]
        stated = (
            item
            for item in facts.evidence
            if not item.lock
            or item.lock.path not in foreign
            or names_same_config(self._host, item.lock, foreign[item.lock.path])
        )
        evidence = (*stated, *self._running_evidence(own, gateways))
        installations = _without_remains(join(self._host, self._distributions, evidence))
        inherited = self._without_port_variables()
        unwanted = {real_path(item.path) for item in facts.support_dirs if item.kind == "ignored"}
        planned = {item.state_dir for item in facts.planned}
        looked = [self._read(installation, inherited) for installation in installations]
        records, units = OperationRecords(self._host), SeenUnits(self._host).recall()
        read = without_copies(looked, records, planned)
        ids = self._ids.of([installation for installation, _ in read])
        belonging = Belonging(self._host, self._distributions, gateways)
        found = (_discovered(self._host, name, *item, records, belonging) for name, item in zip(ids, read, strict=True))
        some_run = bool(gateways)
        completed = (_with_real_paths(item, unwanted, units, some_run=some_run) for item in found)
        return tuple(sorted(completed, key=lambda item: natural_key(item.id)))

    def _writer(self, lock: LockFile, elsewhere: Iterable[GatewayProcess]) -> Iterator[GatewayProcess]:
        return (gateway for gateway in elsewhere if is_lock_of(self._host, lock, gateway))

    def _running_evidence(self, locks: Sequence[LockFile], gateways: Sequence[GatewayProcess]) -> Iterator[Evidence]:
        """Each gateway with the config that its lock names, else with what it inherited or holds open."""
        for gateway in gateways:
            lock = self._lock_of(gateway, locks)
            if lock is not None and (gateway.root is None or names_same_config(self._host, lock, gateway)):
                places = (lock.state_dir, lock.config_path)
                named = Evidence(FoundBy.PROCESS, gateway.distribution, *places, home=gateway.home)
                yield replace(named, lock=lock, process=gateway)
            elif not gateway.by_name_only:
                yield _process_evidence(gateway)

    def _lock_of(self, gateway: GatewayProcess, locks: Iterable[LockFile]) -> LockFile | None:
        """The lock that names it, else one that it holds open; one that proves something comes first."""
        named = [lock for lock in locks if lock.pid == gateway.info.pid]
        held = (read_lock(path, gateway.distribution) for path in gateway.lock_paths if not named)
        seen = (*named, *(lock for lock in held if isinstance(lock, LockFile)))
        own = [
            lock for lock in seen if lock.is_credible_about(gateway.info) and lock.is_stale(gateway.info) is not True
        ]
        return min(own, key=lambda lock: not lock.proves(gateway.info), default=None)

    def _read(self, installation: Installation, inherited: Mapping[str, str]) -> tuple[Installation, ConfigReading]:
        if installation.config_path is None:
            return installation, ConfigReading(exists=False, valid=False)
        named_by_caller = FoundBy.ENVIRONMENT in installation.found_by
        reading = self._configs.read(
            installation.config_path,
            state_dir=installation.state_dir,
            environment=self._host.environment if named_by_caller else inherited,
            distribution=installation.distribution,
        )
        return self._settled(installation, reading.settings.version), reading

    def _without_port_variables(self) -> Mapping[str, str]:
        """The calling environment without the port that was set for one gateway: it must not decide for the others.

        What else a config refers to stays: a gateway that is started from here would find it, too.
        """
        ports = {name for distribution in self._distributions for name in distribution.variables("GATEWAY_PORT")}
        return {name: value for name, value in self._host.environment.items() if name not in ports}

    def _settled(self, installation: Installation, version: str | None) -> Installation:
        """Two products share `~/.clawdbot*`: the version that last wrote the config overrules the config's name."""
        own = installation.distribution
        if version is None or not _NAME_ONLY.issuperset(installation.found_by) or _in_lifetime(own, version):
            return installation
        twins = (other for other in self._distributions if other.state_dir_stem == own.state_dir_stem)
        writer = next((other for other in twins if _in_lifetime(other, version)), own)
        return replace(installation, distribution=writer)


def _known(paths: Iterable[Path | None]) -> tuple[Path, ...]:
    return tuple(dict.fromkeys(path for path in paths if path is not None))


def _ignored(item: Registration) -> SupportDir:
    return SupportDir(distribution=item.distribution, path=str(item.config_path), kind="ignored")


def _unknown_product(item: Registration) -> Problem:
    message = f"It was registered as a gateway of “{item.distribution}”, a product that is not known."
    return Problem(where=str(item.config_path), message=message)


def _registration_evidence(item: Registration) -> Evidence:
    return Evidence(FoundBy.REGISTRATION, item.distribution, item.state_dir, item.config_path, label=item.label)


def _service_evidence(item: ServiceDefinition) -> Evidence:
    places = (item.state_dir, item.config_path, item.profile, item.home)
    return Evidence(FoundBy.SERVICE, item.distribution, *places, service=item)


def _lock_evidence(lock: LockFile) -> Evidence:
    return Evidence(FoundBy.LOCK, lock.distribution, lock.state_dir, lock.config_path, lock=lock)


def _process_evidence(gateway: GatewayProcess) -> Evidence:
    """A profile alone says nothing: in whose home it lies must be known too."""
    profile = gateway.profile if gateway.state_dir or gateway.config_path or gateway.home else None
    places = (gateway.state_dir, gateway.config_path, profile)
    return Evidence(FoundBy.PROCESS, gateway.distribution, *places, home=gateway.home, process=gateway)


def _in_lifetime(distribution: Distribution, version: str) -> bool:
    release = version_key(version)[:3]
    first, last = distribution.first_version, distribution.last_version
    return (first is None or version_key(first) <= release) and (last is None or release <= version_key(last))


def _without_remains(installations: Sequence[Installation]) -> list[Installation]:
    """Drop what is no instance of its own.

    That is a config-less dir that is only the state dir of an instance whose config lies elsewhere, and the lock that
    an early version left behind for a config that has since been removed.
    """
    used = {
        real_path(item.state_dir)
        for item in installations
        if item.state_dir and item.config_path and item.config_path.parent != item.state_dir
    }

    def remains(item: Installation) -> bool:
        if os.path.lexists(item.config_path or ""):
            return False
        if item.found_by == (FoundBy.LOCK,):
            return True
        return item.found_by == (FoundBy.STATE_DIR,) and real_path(item.state_dir or "") in used

    return [item for item in installations if not remains(item)]


def _discovered(
    host: Host,
    name: str,
    installation: Installation,
    config: ConfigReading,
    records: OperationRecords,
    belonging: Belonging,
) -> DiscoveredInstance:
    own = belonging.is_own(installation)
    version = config.settings.version or _service_version(installation)
    state_dir, uid = installation.state_dir, _uid(installation, host)
    return DiscoveredInstance(
        id=name,
        installation=_as_obeyed(installation, version),
        config=config,
        version=version,
        state_dir_exists=state_dir is not None and os.path.isdir(state_dir),  # noqa: PTH112
        uid=uid,
        account=None if uid == host.uid else account_of(host.root, uid),
        last_requests=records.of(installation.config_path),
        own=own,
        demo=belonging.is_of_demo(installation, own=own),
    )


def _with_real_paths(
    found: DiscoveredInstance, unwanted: Collection[str], units: Mapping[str, Unit], *, some_run: bool
) -> DiscoveredInstance:
    """The instance with what goes by the real paths of its config and, where it may be what runs, of its state dir."""
    state_dir = found.installation.state_dir if some_run and not found.installation.processes else None
    if not unwanted and not units and state_dir is None:
        return found
    config = real_path(found.installation.config_path or "")
    real_state_dir = None if state_dir is None else real_path(state_dir)
    return replace(found, seen_unit=units.get(config), ignored=config in unwanted, real_state_dir=real_state_dir)


def _as_obeyed(installation: Installation, version: str | None) -> Installation:
    """The installation with its services as that version obeys them."""
    if not installation.services:
        return installation
    services = (without_ignored_port(item, installation.distribution, version) for item in installation.services)
    return replace(installation, services=tuple(services))


def _uid(installation: Installation, host: Host) -> int:
    """The user that the gateway runs as: that of its process, else of its service, else its state dir's owner."""
    told = (*(item.info.uid for item in installation.processes), *(item.uid for item in installation.services))
    if (uid := next((uid for uid in told if uid is not None), None)) is not None:
        return uid
    owner = None if installation.state_dir is None else path_status(installation.state_dir).owner
    return host.uid if owner is None else owner


def _service_version(installation: Installation) -> str | None:
    return next((service.version for service in installation.services if service.version), None)
