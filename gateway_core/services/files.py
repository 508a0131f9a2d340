"""The files of services: where service managers keep them, and which of them make up one service."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gateway_core.files import (
    FileContent,
    FileIdentity,
    FittingPaths,
    files_fitting,
    listing_of,
    read_file,
    read_text_file,
    real_path,
)
from gateway_core.services.specifiers import SUFFIX, UnitName
from gateway_core.snapshot import Problem

_LARGEST_FILE = 1 << 20
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_PULLING = (".wants", ".requires", ".upholds")
_NOWHERE = real_path(os.devnull)


@dataclass(frozen=True, slots=True)
class SearchPath:
    """Directories of one manager; a definition in an earlier one hides those of the same name in later ones."""

    dirs: tuple[Path, ...]
    suffix: str
    packaged: tuple[Path, ...] = ()
    """The `dirs` full of the operating system's own services: only names of the family are looked at there."""


@dataclass(frozen=True, slots=True)
class ServiceName:
    """A service as its directories show it: its name, its definition, and its drop-ins in the manager's order."""

    text: str
    paths: tuple[Path, ...]
    unlisted: tuple[tuple[Path, str], ...] = ()  # directories of drop-ins that cannot be listed, each with why


class DefinitionFiles:
    """The files of one service, while they are read: the definition, its drop-ins, and files with its variables."""

    def __init__(self, service: ServiceName, family: Collection[str] = ("",)) -> None:
        self.name = service.text
        self.path = service.paths[0]
        self.paths = service.paths
        self._family = family  # words of which one is in the name or the text of every service of the family
        self.identities: list[tuple[Path, FileIdentity]] = []
        self.patterns: list[tuple[str, FittingPaths]] = []  # those of environment files, and what fitted them
        self.settled = True
        self.faults: list[tuple[Path, str]] = []  # each completes the sentence "This service definition …"
        self.environment_faults: list[tuple[Path, str]] = []  # the same of "This environment file …"

    def text(self, path: Path) -> str | None:
        return self._noted(read_text_file(path, _LARGEST_FILE), self.faults).text

    def data(self, path: Path) -> bytes | None:
        return self._noted(read_file(path, _LARGEST_FILE), self.faults).data

    def environment(self, pattern: str) -> Iterator[tuple[Path, str]]:
        """The environment files that a path or pattern leads to; one that cannot be read says nothing."""
        found = paths_fitting(pattern)
        self.patterns.append((pattern, found))
        if found.faults:
            self.environment_faults.append((Path(pattern), f"cannot be looked for everywhere ({found.faults[0]})"))
        for path in found.paths:
            content = self._noted(read_text_file(path, _LARGEST_FILE), self.environment_faults)
            if content.exists:
                yield path, content.text or ""

    def concern_family(self, texts: Iterable[tuple[Path, str]]) -> bool:
        """Whether they seem to be of a gateway: the variables of other services are none of our business."""
        spoken = [self.name.lower(), *(text.lower() for _, text in texts)]
        return any(word in text for word in self._family for text in spoken)

    def _noted(self, file: FileContent, faults: list[tuple[Path, str]]) -> FileContent:
        self.identities.append((file.path, file.identity))
        self.settled = self.settled and file.settled
        if file.exists and file.fault is not None:
            faults.append((file.path, file.fault))
        return file


def paths_fitting(pattern: str) -> FittingPaths:
    """The files that a pattern fits, by name, as glob(3) has it; a path without wildcards stands for itself."""
    if not glob.has_magic(_ESCAPED.sub("", pattern)):
        return FittingPaths((Path(_ESCAPED.sub(r"\1", pattern)),))
    literal = _ESCAPED.sub(lambda match: glob.escape(match[1]), pattern)
    return files_fitting(literal)


class ServiceDirs:
    """The directories of one manager as they are now. `commands` are those of the distributions.

    A packaged service is looked at only if its name has one of them in it.
    """

    def __init__(self, search_path: SearchPath, commands: Collection[str], problems: list[Problem]) -> None:
        self._suffix = search_path.suffix
        self._problems = problems
        self._listings = [
            _Listing(
                directory, _list(directory, problems), tuple(commands) if directory in search_path.packaged else None
            )
            for directory in search_path.dirs
        ]
        self._real = {real_path(listing.directory): listing for listing in self._listings}

    def services(self) -> Iterator[ServiceName]:
        """Every service with a file of its own, but for masked ones, templates and further names of the same."""
        taken: set[str] = set()
        targets: set[str] = set()
        for listing in self._listings:
            for name in listing.services(self._suffix):
                if name in taken:
                    continue
                taken.add(name)
                path = listing.directory / name
                if not listing.entries[name] or _is_first_name(path, self._real, targets):
                    yield self._service(name, path)

    def templates(self) -> Iterator[ServiceName]:
        """Every template of services, but for masked ones."""
        names = dict.fromkeys(name for listing in self._listings for name in listing.templates())
        return (found for name in names if (found := self.service(name)) is not None)

    def service(self, name: str) -> ServiceName | None:
        """The service of that name, which may be an instance of a template; `None` if it has no file, or is masked."""
        own, template = self._definition(name), UnitName(name).template
        path = self._definition(template) if own is None and template is not None else own
        if path is None or real_path(path) == _NOWHERE:
            return None
        return self._service(name, path)

    def enabled_instances(self, template: str) -> Iterator[str]:
        """The instances of a template that something pulls in, or that have a link of their own to it."""
        for listing in self._listings:
            yield from _instances(template, (name for name, is_link in listing.entries.items() if is_link))
            for folder in listing.entries:
                if folder.endswith(_PULLING):
                    yield from _instances(template, _list(listing.directory / folder, self._problems))

    def described_instances(self, template: str) -> Iterator[str]:
        """The instances of a template that have drop-ins of their own."""
        folders = (name for listing in self._listings for name in listing.entries if name.endswith(f"{self._suffix}.d"))
        return _instances(template, (name.removesuffix(".d") for name in folders))

    def instances_among(self, template: str, names: Iterable[str]) -> Iterator[str]:
        """Those of the names that are instances of the template."""
        return _instances(template, names)

    def _definition(self, name: str) -> Path | None:
        return next((listing.directory / name for listing in self._listings if name in listing.entries), None)

    def _service(self, name: str, path: Path) -> ServiceName:
        drop_ins, unlisted = _drop_ins(name, self._suffix, self._listings)
        return ServiceName(name, (path, *drop_ins), unlisted)


def _instances(template: str, names: Iterable[str]) -> Iterator[str]:
    return (name for name in names if name.endswith(SUFFIX) and UnitName(name).template == template)


@dataclass(frozen=True, slots=True)
class _Listing:
    directory: Path
    entries: dict[str, bool]  # by name; whether it is a symbolic link
    family: tuple[str, ...] | None  # if given, only services whose name has one of these in it are looked at here

    def services(self, suffix: str) -> list[str]:
        names = (name for name in self.entries if name.endswith(suffix) and not UnitName(name).is_template)
        return sorted(name for name in names if self.covers(name))

    def templates(self) -> list[str]:
        return sorted(name for name in self.entries if UnitName(name).is_template and self.covers(name))

    def covers(self, name: str) -> bool:
        return self.family is None or any(word in name for word in self.family)


def _list(directory: Path, problems: list[Problem]) -> dict[str, bool]:
    found = listing_of(directory)
    if found.fault is not None:
        message = f"The services in this directory cannot be seen: {found.fault}."
        problems.append(Problem(where=str(directory), message=message, unseen=True))
    return {name: name in found.links for name in found.names if name.isprintable()}


def _is_first_name(link: Path, listings: Mapping[str, _Listing], targets: set[str]) -> bool:
    """Whether a symbolic link is a service of its own: not masked, no alias, and the first to lead where it does.

    One that leads to the same name in a weaker directory hides that, and so stands for it.
    """
    target = real_path(link)
    folder, name = os.path.split(target)
    listing = listings.get(folder)
    hides_it = name == link.name and listing is not None and listing.directory != link.parent
    is_alias = listing is not None and listing.covers(name) and not hides_it
    if target == _NOWHERE or is_alias or target in targets:
        return False
    targets.add(target)
    return True


def _drop_ins(name: str, suffix: str, listings: Sequence[_Listing]) -> tuple[list[Path], tuple[tuple[Path, str], ...]]:
    """The drop-ins of a unit by name; one in an earlier directory hides those of the same name in later ones.

    Behind them the directories that cannot be listed, each with why.
    """
    folders = [(listing, folder) for listing in listings for folder in UnitName(name).drop_in_dirs]
    folders += [(listing, f"{suffix.removeprefix('.')}.d") for listing in listings]
    found: dict[str, Path] = {}
    unlisted: list[tuple[Path, str]] = []
    for listing, folder in folders:
        if folder in listing.entries:
            directory = listing.directory / folder
            inside = listing_of(directory)
            unlisted += [(directory, inside.fault)] if inside.fault is not None else []
            for entry in inside.names:
                if entry.endswith(".conf") and entry.isprintable():
                    found.setdefault(entry, directory / entry)
    return [found[name] for name in sorted(found) if real_path(found[name]) != _NOWHERE], tuple(unlisted)
