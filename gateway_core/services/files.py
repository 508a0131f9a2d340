"""The files of services: where service managers keep them, and which of them make up one service."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from gateway_core.files import FileContent, FileIdentity, read_file, read_text_file
from gateway_core.snapshot import Problem

_LARGEST_FILE = 1 << 20
_NOWHERE = os.path.realpath(os.devnull)


@dataclass(frozen=True, slots=True)
class SearchPath:
    """Directories of one manager; a definition in an earlier one hides those of the same name in later ones."""

    dirs: tuple[Path, ...]
    suffix: str
    packaged: tuple[Path, ...] = ()
    """The `dirs` full of the operating system's own services: only names of the family are looked at there."""


class DefinitionFiles:
    """The files of one service, while they are read: the definition, then its drop-ins in systemd's order."""

    def __init__(self, paths: tuple[Path, ...]) -> None:
        self.path = paths[0]
        self.paths = paths
        self.identities: list[tuple[Path, FileIdentity]] = []
        self.settled = True
        self.faults: list[tuple[Path, str]] = []  # each completes the sentence "This service definition …"

    def text(self, path: Path) -> str | None:
        return self._noted(read_text_file(path, _LARGEST_FILE)).text

    def data(self, path: Path) -> bytes | None:
        return self._noted(read_file(path, _LARGEST_FILE)).data

    def _noted(self, file: FileContent) -> FileContent:
        self.identities.append((file.path, file.identity))
        self.settled = self.settled and file.settled
        if file.exists and file.fault is not None:
            self.faults.append((file.path, file.fault))
        return file


def list_services(
    search_path: SearchPath, commands: Collection[str], problems: list[Problem]
) -> Iterator[tuple[Path, ...]]:
    """The files of each service on that path: the definition, then its drop-ins.

    Masked services, templates, and further names of the same service are left out. `commands` are those of the
    distributions: a packaged service is looked at only if its name has one in it.
    """
    listings = [
        _Listing(directory, _list(directory, problems), tuple(commands) if directory in search_path.packaged else None)
        for directory in search_path.dirs
    ]
    real = {os.path.realpath(listing.directory): listing for listing in listings}
    taken: set[str] = set()
    targets: set[str] = set()
    for listing in listings:
        for name in listing.services(search_path.suffix):
            if name in taken:
                continue
            taken.add(name)
            if not listing.entries[name] or _is_first_name(listing.directory / name, real, targets):
                yield (listing.directory / name, *_drop_ins(f"{name}.d", listings, problems))


@dataclass(frozen=True, slots=True)
class _Listing:
    directory: Path
    entries: dict[str, bool]  # by name; whether it is a symbolic link
    family: tuple[str, ...] | None  # if given, only services whose name has one of these in it are looked at here

    def services(self, suffix: str) -> list[str]:
        names = (name for name in self.entries if name.endswith(suffix) and not name.endswith(f"@{suffix}"))
        return sorted(name for name in names if self.covers(name))

    def covers(self, name: str) -> bool:
        return self.family is None or any(word in name for word in self.family)


def _list(directory: Path, problems: list[Problem]) -> dict[str, bool]:
    try:
        with os.scandir(directory) as entries:
            return {entry.name: entry.is_symlink() for entry in entries if entry.name.isprintable()}
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        message = f"The services in this directory cannot be seen: {error.strerror}."
        problems.append(Problem(where=str(directory), message=message))
        return {}


def _is_first_name(link: Path, listings: Mapping[str, _Listing], targets: set[str]) -> bool:
    """Whether a symbolic link is a service of its own: not masked, no alias, and the first to lead where it does.

    One that leads to the same name in a weaker directory hides that, and so stands for it.
    """
    target = os.path.realpath(link)
    folder, name = os.path.split(target)
    listing = listings.get(folder)
    hides_it = name == link.name and listing is not None and listing.directory != link.parent
    is_alias = listing is not None and listing.covers(name) and not hides_it
    if target == _NOWHERE or is_alias or target in targets:
        return False
    targets.add(target)
    return True


def _drop_ins(folder: str, listings: Iterable[_Listing], problems: list[Problem]) -> Iterator[Path]:
    """The drop-ins of a unit by name; one in an earlier directory hides those of the same name in later ones."""
    found: dict[str, Path] = {}
    for listing in listings:
        if folder in listing.entries:
            directory = listing.directory / folder
            for name in _list(directory, problems):
                if name.endswith(".conf"):
                    found.setdefault(name, directory / name)
    return (found[name] for name in sorted(found) if os.path.realpath(found[name]) != _NOWHERE)
