"""Where service managers keep their definitions, and which files there make up one service."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from gateway_core.files import read_text_file
from gateway_core.host import Host
from gateway_core.snapshot import Problem

ServiceManager = Literal["systemd-user", "systemd-system", "launchd-agent", "launchd-daemon"]

_LARGEST_PASSWD = 1 << 20
_NOWHERE = os.path.realpath(os.devnull)


@dataclass(frozen=True, slots=True)
class ServicePlace:
    """Directories of one manager; a definition in an earlier one hides those of the same name in later ones."""

    manager: ServiceManager
    dirs: tuple[Path, ...]
    suffix: str


@dataclass(frozen=True, slots=True)
class ServiceFileSet:
    """The files of one service: the definition, then its drop-ins in the order in which they are read."""

    manager: ServiceManager
    path: Path
    drop_ins: tuple[Path, ...] = ()


def service_places(host: Host) -> tuple[ServicePlace, ...]:
    """Every place of this host, those of a foreign system too: they are looked at by content, and cost nothing."""
    systemd = host.root / "etc" / "systemd"
    user_dirs = (
        host.home / ".config" / "systemd" / "user",
        systemd / "user",
        host.home / ".local" / "share" / "systemd" / "user",
    )
    library = host.root / "Library"
    return (
        ServicePlace("systemd-user", user_dirs, ".service"),
        ServicePlace("systemd-system", (systemd / "system",), ".service"),
        ServicePlace("launchd-agent", (host.home / "Library" / "LaunchAgents", library / "LaunchAgents"), ".plist"),
        ServicePlace("launchd-daemon", (library / "LaunchDaemons",), ".plist"),
    )


def list_services(place: ServicePlace, problems: list[Problem]) -> Iterator[ServiceFileSet]:
    """Each service of that place once: without masked ones, templates, and further names of the same service."""
    listings = [_Listing(directory, _list(directory, problems)) for directory in place.dirs]
    taken: set[str] = set()
    targets: set[str] = set()
    for listing in listings:
        for name in sorted(listing.entries):
            if not name.endswith(place.suffix) or name.endswith(f"@{place.suffix}") or name in taken:
                continue
            taken.add(name)
            if not listing.entries[name] or _is_first_name(listing.directory / name, place.dirs, targets):
                drop_ins = tuple(_drop_ins(f"{name}.d", listings, problems))
                yield ServiceFileSet(place.manager, listing.directory / name, drop_ins)


def account_home(host: Host, user: str) -> Path | None:
    """The home directory of an account that is listed in `/etc/passwd`; others are not asked for over a network."""
    fields = (entry for entry in _accounts(host) if entry[0] == user)
    return next((Path(entry[5]) for entry in fields if entry[5].startswith("/")), None)


def account_name(host: Host) -> str | None:
    """What the calling user is called: as `/etc/passwd` says, else as the environment does."""
    listed = (entry[0] for entry in _accounts(host) if entry[2] == str(host.uid))
    return next(listed, None) or host.environment.get("USER") or host.environment.get("LOGNAME")


def _accounts(host: Host) -> Iterator[list[str]]:
    """The entries of `/etc/passwd`: name, password, uid, gid, comment, home, shell."""
    text = read_text_file(host.root / "etc" / "passwd", _LARGEST_PASSWD).text or ""
    return (entry for line in text.splitlines() if len(entry := line.split(":")) > 5)


@dataclass(frozen=True, slots=True)
class _Listing:
    """A directory's entries; the value says whether it is a symbolic link."""

    directory: Path
    entries: dict[str, bool]


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


def _is_first_name(link: Path, dirs: Iterable[Path], targets: set[str]) -> bool:
    """Whether a symbolic link is a service of its own: not masked, no alias, and the first to lead where it does."""
    target = os.path.realpath(link)
    in_place = os.path.dirname(target) in {os.path.realpath(directory) for directory in dirs}  # noqa: PTH120
    if target == _NOWHERE or in_place or target in targets:
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
