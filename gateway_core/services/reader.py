"""Reads the services of a host from their files, and keeps what has not changed. Blocks."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from gateway_core.accounts import account_home, account_uid
from gateway_core.distributions.loader import Distributions
from gateway_core.files import FileIdentity, FittingPaths, identify
from gateway_core.host import Host, ManagerName
from gateway_core.processes.command_line import switched_user
from gateway_core.services.definitions import ServiceDefinition, recognise
from gateway_core.services.files import DefinitionFiles, ServiceDirs, ServiceName, paths_fitting
from gateway_core.services.gatewayless import Gatewayless, gatewayless
from gateway_core.services.manager import DefinitionError, Manager, ServiceContent
from gateway_core.services.managers import all_managers, manager_named
from gateway_core.services.specifiers import UnitName
from gateway_core.services.templates import implied_instances, is_one_of_its_own
from gateway_core.snapshot import Problem


@dataclass(frozen=True, slots=True)
class FoundServices:
    """The services that start gateways, and the templates of such, each as its manager and its name."""

    definitions: tuple[ServiceDefinition, ...] = ()
    templates: frozenset[tuple[ManagerName, str]] = frozenset()
    problems: tuple[Problem, ...] = ()
    gatewayless: tuple[Gatewayless, ...] = ()


class ServiceFiles:
    """Reads the service definitions of a host; a file is parsed again only when it has changed. Blocks."""

    def __init__(self) -> None:
        self._known: dict[tuple[ManagerName, str], _Parsed] = {}

    def read(self, host: Host, distributions: Distributions, awake: Collection[tuple[str, str]] = ()) -> FoundServices:
        """All services that start gateways. `awake`: what the managers said to run, each as manager and name.

        Of a template, which is none itself, these are those instances of it that run, that are enabled, or for which
        the files are there that its text names.
        """
        problems: list[Problem] = []
        look = _Look(host, distributions, self._known, problems)
        definitions: list[ServiceDefinition] = []
        templates: set[tuple[ManagerName, str]] = set()
        for manager in all_managers(host.uid):
            dirs = ServiceDirs(manager.search_path(host), look.commands, problems)
            definitions.extend(look.definitions(manager, dirs))
            for template in dirs.templates():
                found = look.parsed(template, manager)
                look.note_if_gatewayless(found, manager, template)
                if found.definition is not None and found.content is not None:
                    templates.add((manager.name, template.text))
                    running = {name for by, name in awake if by == manager.name}
                    definitions.extend(look.instances(found.content, found.definition, template, dirs, running))
        self._known = {key: parsed for key, parsed in look.seen.items() if parsed.settled}
        return FoundServices(tuple(definitions), frozenset(templates), tuple(problems), tuple(look.gatewayless))


def service_dirs(host: Host) -> tuple[Path, ...]:
    """Every directory that may hold service definitions, there or not."""
    return tuple(directory for manager in all_managers(host.uid) for directory in manager.search_path(host).dirs)


@dataclass(frozen=True, slots=True)
class _Parsed:
    """The content of the files of a service, and the files as they were then."""

    paths: tuple[Path, ...]
    identities: tuple[tuple[Path, FileIdentity], ...]
    patterns: tuple[tuple[str, FittingPaths], ...]
    settled: bool
    content: ServiceContent | None
    definition: ServiceDefinition | None
    problems: tuple[Problem, ...]

    def is_current(self, paths: tuple[Path, ...]) -> bool:
        same = self.paths == paths and all(identify(path) == identity for path, identity in self.identities)
        return same and all(paths_fitting(pattern) == found for pattern, found in self.patterns)


class _Look:
    """One look at the services of a host."""

    def __init__(
        self,
        host: Host,
        distributions: Distributions,
        known: Mapping[tuple[ManagerName, str], _Parsed],
        problems: list[Problem],
    ) -> None:
        self.seen: dict[tuple[ManagerName, str], _Parsed] = {}
        self.gatewayless: list[Gatewayless] = []
        self.commands = [distribution.command for distribution in distributions]
        self._family = [*self.commands, *(item.environment_prefix.lower() for item in distributions)]
        self._host = host
        self._distributions = distributions
        self._known = known
        self._problems = problems

    def definitions(self, manager: Manager, dirs: ServiceDirs) -> Iterator[ServiceDefinition]:
        """Those with a file of their own."""
        for service in dirs.services():
            found = self.parsed(service, manager)
            self.note_if_gatewayless(found, manager, service)
            if found.definition is not None:
                yield found.definition

    def note_if_gatewayless(self, parsed: _Parsed, manager: Manager, service: ServiceName) -> None:
        content = parsed.content
        if parsed.definition is not None or content is None:
            return
        name, home = content.name or service.text, _home(_account(content, manager), self._host)
        found = gatewayless(content, manager, name, service.paths[0], home, self._distributions)
        if found is not None:
            self.gatewayless.append(found)

    def instances(
        self,
        content: ServiceContent,
        template: ServiceDefinition,
        name: ServiceName,
        dirs: ServiceDirs,
        running: Collection[str],
    ) -> Iterator[ServiceDefinition]:
        """The instances of a template, which is given by its content, its definition and its name."""
        manager = manager_named(template.manager, self._host.uid)
        stated = {*dirs.enabled_instances(name.text), *dirs.instances_among(name.text, running)}
        implied = {*dirs.described_instances(name.text), *self._implied(content, template, name.text)}
        for instance in sorted(stated | implied):
            service = dirs.service(instance)
            found = self.parsed(service, manager).definition if service is not None else None
            if found is not None and (instance in stated or is_one_of_its_own(found, template, self._distributions)):
                yield found if instance in stated else replace(found, implied=True)

    def _implied(self, content: ServiceContent, template: ServiceDefinition, name: str) -> Iterator[str]:
        distribution = self._distributions.named(template.distribution)
        if distribution is None:
            return
        for found in implied_instances(content, template, name, distribution, self._host):
            if isinstance(found, Problem):
                self._problems.append(found)
            else:
                yield found

    def parsed(self, service: ServiceName, manager: Manager) -> _Parsed:
        key = (manager.name, service.text)
        if key not in self.seen:
            known = self._known.get(key)
            current = known is not None and known.is_current(service.paths)
            self.seen[key] = known if known is not None and current else self._parse(service, manager)
            self._problems.extend(self.seen[key].problems)
            self._problems.extend(self._unlisted(service, self.seen[key].definition))
        return self.seen[key]

    def _unlisted(self, service: ServiceName, definition: ServiceDefinition | None) -> Iterator[Problem]:
        """What of a gateway's service cannot be listed; what other services hide is none of our business."""
        for directory, fault in service.unlisted if definition is not None or self._is_named(service.text) else ():
            may = "they may set other places or another port"
            message = f"The drop-ins of {service.text} cannot be seen, and {may}: {fault}"
            yield Problem(where=str(directory), message=message, unseen=True)

    def _is_named(self, name: str) -> bool:
        """Whether a service is called like one of the family."""
        return any(command in name for command in self.commands)

    def _parse(self, service: ServiceName, manager: Manager) -> _Parsed:
        files = DefinitionFiles(service, self._family)
        try:
            content = manager.read(files, self._host)
            definition = self._recognised(content, manager, files) if content is not None else None
        except DefinitionError as error:
            files.faults.append((files.path, str(error)))
            content = definition = None
        except (OSError, ValueError, LookupError, RecursionError) as error:
            # Whatever is wrong with one file, the others are still told. Its words may be those of the file.
            files.faults.append((files.path, f"could not be understood ({type(error).__name__})"))
            content = definition = None
        return _Parsed(
            files.paths,
            tuple(files.identities),
            tuple(files.patterns),
            files.settled,
            content,
            definition,
            tuple(self._faults(files, definition)),
        )

    def _recognised(
        self, content: ServiceContent, manager: Manager, files: DefinitionFiles
    ) -> ServiceDefinition | None:
        account = _account(content, manager)
        found = recognise(content, manager, files.path, _home(account, self._host), self._distributions)
        if found is None:
            return None
        uid = self._host.uid if account is None else account_uid(self._host.root, account)
        named = replace(found, name=content.name or files.name, uid=uid)
        return replace(named, files=_files_of(files), drop_ins=tuple(files.paths[1:]))

    def _faults(self, files: DefinitionFiles, definition: ServiceDefinition | None) -> Iterator[Problem]:
        for path, fault in files.faults:
            if _is_reported(path, self._host, self._distributions):
                unseen = definition is not None or self._is_named(path.name)
                yield Problem(where=str(path), message=f"This service definition {fault}.", unseen=unseen)
        for path, fault in files.environment_faults if definition is not None else ():
            if UnitName(files.name).is_template and "%" in path.name:
                continue  # which file an instance has is asked for each instance
            message = f"This environment file of {files.name} {fault}: it may hold other places or another port."
            yield Problem(where=str(path), message=message, unseen=True)


def _files_of(files: DefinitionFiles) -> tuple[Path, ...]:
    return tuple(dict.fromkeys((*files.paths, *(path for path, _ in files.identities))))


def _account(content: ServiceContent, manager: Manager) -> str | None:
    """The account that a service runs as, also by `sudo` and the like in its command; `None`: the caller."""
    return switched_user(content.argv) or (None if manager.per_user else content.user or "root")


def _home(account: str | None, host: Host) -> Path:
    """The home of that account, as its service has it; that of the caller if it is not listed."""
    return (account_home(host.root, account) if account is not None else None) or host.home


def _is_reported(path: Path, host: Host, distributions: Distributions) -> bool:
    """Whether a fault there is reported: of the system's own services, only for those that seem to be of the family."""
    return path.is_relative_to(host.home) or any(item.command in str(path) for item in distributions)
