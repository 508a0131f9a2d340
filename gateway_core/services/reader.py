"""Service definitions of gateways, recognised by what they contain, whatever their files are called."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from gateway_core.distributions import Distributions
from gateway_core.files import FileIdentity, identify, read_file, read_text_file
from gateway_core.host import Host
from gateway_core.services.definition import ServiceContent, ServiceDefinition, recognise
from gateway_core.services.files import (
    ServiceFileSet,
    ServiceManager,
    account_home,
    list_services,
    service_places,
)
from gateway_core.services.launchd_plist import PlistError, read_plist
from gateway_core.services.systemd_unit import read_unit
from gateway_core.snapshot import Problem

__all__ = ["ServiceDefinition", "ServiceFiles", "ServiceManager", "read_service_definitions", "service_dirs"]

_LARGEST_FILE = 1 << 20


class ServiceFiles:
    """Reads the service definitions of a host; a file is parsed again only when it has changed. Blocks."""

    def __init__(self) -> None:
        self._known: dict[Path, _Look] = {}

    def read(
        self, host: Host, distributions: Distributions
    ) -> tuple[tuple[ServiceDefinition, ...], tuple[Problem, ...]]:
        """All definitions of gateways, and what could not be read of those that may be some."""
        problems: list[Problem] = []
        commands = [distribution.command for distribution in distributions]
        looks = [
            self._look(files, host, distributions)
            for place in service_places(host)
            for files in list_services(place, commands, problems)
        ]
        self._known = {look.files[0][0]: look for look in looks if look.settled}
        problems.extend(problem for look in looks for problem in look.problems)
        return tuple(look.definition for look in looks if look.definition), tuple(problems)

    def _look(self, files: ServiceFileSet, host: Host, distributions: Distributions) -> _Look:
        before = self._known.get(files.path)
        if before is not None and before.holds((files.path, *files.drop_ins)):
            return before
        return _Reading(files, host, distributions).look()


def read_service_definitions(
    host: Host, distributions: Distributions
) -> tuple[tuple[ServiceDefinition, ...], tuple[Problem, ...]]:
    """One look at all service definitions; `ServiceFiles` is for looking again and again."""
    return ServiceFiles().read(host, distributions)


def service_dirs(host: Host) -> tuple[Path, ...]:
    """Every directory that may hold service definitions, there or not."""
    return tuple(directory for place in service_places(host) for directory in place.dirs)


@dataclass(frozen=True, slots=True)
class _Look:
    """What came of one service's files, and what has to stay the same for it to hold."""

    files: tuple[tuple[Path, FileIdentity], ...]
    settled: bool
    definition: ServiceDefinition | None
    problems: tuple[Problem, ...]

    def holds(self, paths: tuple[Path, ...]) -> bool:
        same = tuple(path for path, _ in self.files) == paths
        return same and all(identify(path) == identity for path, identity in self.files)


class _Reading:
    """Reads the files of one service."""

    def __init__(self, files: ServiceFileSet, host: Host, distributions: Distributions) -> None:
        self._files = files
        self._host = host
        self._distributions = distributions
        self._read: list[tuple[Path, FileIdentity]] = []
        self._settled = True
        self._problems: list[Problem] = []

    def look(self) -> _Look:
        is_unit = self._files.manager.startswith("systemd")
        content = self._unit() if is_unit else self._plist()
        definition = self._recognised(content) if content is not None else None
        return _Look(tuple(self._read), self._settled, definition, tuple(self._problems))

    def _unit(self) -> ServiceContent | None:
        texts = [self._text(path) for path in (self._files.path, *self._files.drop_ins)]
        if texts[0] is None:
            return None
        return read_unit((text for text in texts if text is not None), self._specifiers())

    def _plist(self) -> ServiceContent | None:
        file = read_file(self._files.path, _LARGEST_FILE)
        self._note(file.path, file.identity, settled=file.settled, fault=file.fault if file.exists else None)
        try:
            return read_plist(file.data) if file.data is not None else None
        except PlistError as error:
            self._report(file.path, str(error))
            return None

    def _text(self, path: Path) -> str | None:
        file = read_text_file(path, _LARGEST_FILE)
        self._note(path, file.identity, settled=file.settled, fault=file.fault if file.exists else None)
        return file.text

    def _note(self, path: Path, identity: FileIdentity, *, settled: bool, fault: str | None) -> None:
        self._read.append((path, identity))
        self._settled = self._settled and settled
        if fault is not None:
            self._report(path, fault)

    def _report(self, path: Path, fault: str) -> None:
        """Of the system's own services, only those that seem to be of the family are worth a word."""
        commands = (distribution.command for distribution in self._distributions)
        if path.is_relative_to(self._host.home) or any(command in str(path) for command in commands):
            self._problems.append(Problem(where=str(path), message=f"This service definition {fault}."))

    def _recognised(self, content: ServiceContent) -> ServiceDefinition | None:
        files, home = self._files, self._home(content.user)
        return recognise(content, files.manager, files.path, home, self._distributions)

    def _specifiers(self) -> dict[str, str]:
        name = self._files.path.name
        return {"h": str(self._home(None)), "n": name, "N": name.removesuffix(".service")}

    def _home(self, user: str | None) -> Path:
        """The home directory that the manager gives to a service that runs as `user`, or as nobody in particular."""
        if self._files.manager in ("systemd-user", "launchd-agent"):
            return self._host.home
        return account_home(self._host, user or "root") or self._host.home
