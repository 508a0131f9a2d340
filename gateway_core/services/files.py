"""Where service managers keep their definitions, and which files there make up one service."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from gateway_core.dirs import xdg_dir
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
    packaged: tuple[Path, ...] = ()
    """Those of `dirs` full of the operating system's own services: only names of the family are looked at there."""


@dataclass(frozen=True, slots=True)
class ServiceFileSet:
    """The files of one service: the definition, then its drop-ins in the order in which they are read."""

    manager: ServiceManager
    path: Path
    drop_ins: tuple[Path, ...] = ()


def service_places(host: Host) -> tuple[ServicePlace, ...]:
    """Every place of this host, those of a foreign system too: they cost nothing. Units in systemd's own precedence."""
    library = host.root / "Library"
    return (
        _user_place(host),
        _system_place(host),
        ServicePlace("launchd-agent", (host.home / "Library" / "LaunchAgents", library / "LaunchAgents"), ".plist"),
        ServicePlace("launchd-daemon", (library / "LaunchDaemons",), ".plist"),
    )


def _user_place(host: Host) -> ServicePlace:
    """As `systemd-analyze --user unit-paths` lists it (systemd.unit, table 2)."""
    etc, run = host.root / "etc", host.root / "run" / "systemd"
    own, configured = _runtime_dir(host) / "systemd", _user_dirs(host, "XDG_CONFIG_HOME", ".config")
    shared = (host.root / "usr" / "local" / "share", host.root / "usr" / "share")
    packaged = (
        *(directory / "systemd" / "user" for directory in shared),
        *(directory / "user" for directory in _package_dirs(host)),
    )
    dirs = (
        *(directory.with_name("user.control") for directory in configured),
        *(own / name for name in ("user.control", "transient", "generator.early")),
        *configured,
        etc / "xdg" / "systemd" / "user",
        etc / "systemd" / "user",
        own / "user",
        run / "user",
        own / "generator",
        *_user_dirs(host, "XDG_DATA_HOME", ".local/share"),
        *packaged,
        own / "generator.late",
    )
    return ServicePlace("systemd-user", tuple(dict.fromkeys(dirs)), ".service", packaged)


def _system_place(host: Host) -> ServicePlace:
    """As `systemd-analyze --system unit-paths` lists it (systemd.unit, table 1)."""
    etc, run = host.root / "etc" / "systemd", host.root / "run" / "systemd"
    packaged = tuple(directory / "system" for directory in _package_dirs(host))
    dirs = (
        etc / "system.control",
        *(run / name for name in ("system.control", "transient", "generator.early")),
        *(directory / name for directory in (etc, run) for name in ("system", "system.attached")),
        run / "generator",
        *packaged,
        run / "generator.late",
    )
    return ServicePlace("systemd-system", dirs, ".service", packaged)


def list_services(place: ServicePlace, commands: Collection[str], problems: list[Problem]) -> Iterator[ServiceFileSet]:
    """Each service of that place once: without masked ones, templates, and further names of the same service.

    `commands` are those of the distributions: a packaged service is looked at only if its name has one in it.
    """
    listings = [
        _Listing(directory, _list(directory, problems), tuple(commands) if directory in place.packaged else None)
        for directory in place.dirs
    ]
    real = {os.path.realpath(listing.directory): listing for listing in listings}
    taken: set[str] = set()
    targets: set[str] = set()
    for listing in listings:
        for name in listing.services(place.suffix):
            if name in taken:
                continue
            taken.add(name)
            if not listing.entries[name] or _is_first_name(listing.directory / name, real, targets):
                drop_ins = tuple(_drop_ins(f"{name}.d", listings, problems))
                yield ServiceFileSet(place.manager, listing.directory / name, drop_ins)


def account_home(host: Host, user: str) -> Path | None:
    """The home directory of an account that is listed in `/etc/passwd`; others are not asked for over a network."""
    fields = (entry for entry in accounts(host) if entry[0] == user)
    return next((Path(entry[5]) for entry in fields if entry[5].startswith("/")), None)


def account_name(host: Host) -> str | None:
    """What the calling user is called: as `/etc/passwd` says, else as the environment does."""
    listed = (entry[0] for entry in accounts(host) if entry[2] == str(host.uid))
    return next(listed, None) or host.environment.get("USER") or host.environment.get("LOGNAME")


def _user_dirs(host: Host, variable: str, usual: str) -> tuple[Path, ...]:
    """Where the user's own units are: in the base directory that is named, and in the usual one.

    The manager may have been started without that variable, and the products write to the usual one whatever it says.
    A relative one is ignored (XDG Base Directory Specification).
    """
    bases = (xdg_dir(host.environment, variable, host.home / usual), host.home / usual)
    return tuple(dict.fromkeys(base / "systemd" / "user" for base in bases))


def _runtime_dir(host: Host) -> Path:
    """Where the user's manager keeps what lasts no longer than itself.

    One that is named has to be the user's own (XDG Base Directory Specification): `su` and `sudo -E` leave another's.
    """
    named = Path(host.environment.get("XDG_RUNTIME_DIR", ""))
    with suppress(OSError):
        if named.is_absolute() and named.stat().st_uid == host.uid:
            return named
    return host.root / "run" / "user" / str(host.uid)


def _package_dirs(host: Host) -> list[Path]:
    """Where packages put units, the strongest first; `/lib` counts where it is not merged into `/usr/lib`."""
    libraries = [host.root / "usr" / "local" / "lib", host.root / "usr" / "lib"]
    if not (host.root / "lib").is_symlink():
        libraries.append(host.root / "lib")
    return [library / "systemd" for library in libraries]


def accounts(host: Host) -> Iterator[list[str]]:
    """The entries of `/etc/passwd`: name, password, uid, gid, comment, home, shell."""
    text = read_text_file(host.root / "etc" / "passwd", _LARGEST_PASSWD).text or ""
    return (entry for line in text.splitlines() if len(entry := line.split(":")) > 5)


@dataclass(frozen=True, slots=True)
class _Listing:
    """A directory's entries."""

    directory: Path
    entries: dict[str, bool]
    """The value says whether it is a symbolic link."""
    family: tuple[str, ...] | None
    """If given, only services whose name has one of these in it are looked at here."""

    def services(self, suffix: str) -> list[str]:
        """The names to look at, without templates."""
        names = (name for name in self.entries if name.endswith(suffix) and not name.endswith(f"@{suffix}"))
        return sorted(name for name in names if self.minds(name))

    def minds(self, name: str) -> bool:
        """Whether a service of that name is looked at here."""
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
    place = listings.get(folder)
    hides_it = name == link.name and place is not None and place.directory != link.parent
    is_alias = place is not None and place.minds(name) and not hides_it
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
