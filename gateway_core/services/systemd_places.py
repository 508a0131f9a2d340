"""The directories of systemd: where units lie, and those that it gives to services (systemd.unit)."""

from __future__ import annotations

import os
from pathlib import Path

from gateway_core.accounts import account_home
from gateway_core.dirs import xdg_dir
from gateway_core.files import absolute_path, path_status
from gateway_core.host import Host
from gateway_core.services.files import SearchPath
from gateway_core.services.specifiers import SUFFIX, ManagerDirs


def user_path(host: Host) -> SearchPath:
    etc, run = host.root / "etc", host.root / "run" / "systemd"
    own, configured = _runtime_dir(host) / "systemd", _user_dirs(host, "XDG_CONFIG_HOME", ".config")
    shared = (host.root / "usr" / "local" / "share", host.root / "usr" / "share")
    shared_dirs = _named_dirs(host, "XDG_DATA_DIRS", shared)
    packaged = (
        *(directory / "systemd" / "user" for directory in shared),
        *(directory / "user" for directory in _package_dirs(host)),
    )
    dirs = (
        *(directory.with_name("user.control") for directory in configured),
        *(own / name for name in ("user.control", "transient", "generator.early")),
        *configured,
        *(directory / "systemd" / "user" for directory in _named_dirs(host, "XDG_CONFIG_DIRS", (etc / "xdg",))),
        etc / "systemd" / "user",
        own / "user",
        run / "user",
        own / "generator",
        *_user_dirs(host, "XDG_DATA_HOME", ".local/share"),
        *(directory / "systemd" / "user" for directory in shared_dirs),
        *packaged,
        own / "generator.late",
    )
    return SearchPath(tuple(dict.fromkeys(dirs)), SUFFIX, packaged)


def system_path(host: Host) -> SearchPath:
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
    return SearchPath(dirs, SUFFIX, packaged)


def _user_dirs(host: Host, variable: str, usual: str) -> tuple[Path, ...]:
    """Return the directories of the user's own units: in the base directory that is named, and in the usual one.

    The manager may have been started without that variable, and the products write to the usual one whatever it says.
    A relative one is ignored (XDG Base Directory Specification).
    """
    bases = (xdg_dir(host.environment, variable, host.home / usual), host.home / usual)
    return tuple(dict.fromkeys(base / "systemd" / "user" for base in bases))


def _named_dirs(host: Host, variable: str, usual: tuple[Path, ...]) -> tuple[Path, ...]:
    """The base directories that a variable lists, strongest first, then the usual ones that it leaves out."""
    named = map(absolute_path, host.environment.get(variable, "").split(":"))
    return tuple(dict.fromkeys((*(path for path in named if path is not None), *usual)))


def _runtime_dir(host: Host) -> Path:
    """Return the directory where the user's manager keeps what lasts no longer than itself.

    One that is named has to be the user's own (XDG Base Directory Specification): `su` and `sudo -E` leave another's.
    """
    named = Path(host.environment.get("XDG_RUNTIME_DIR", ""))
    if named.is_absolute() and path_status(named).owner == host.uid:
        return named
    return host.root / "run" / "user" / str(host.uid)


def _package_dirs(host: Host) -> list[Path]:
    """Return the directories of packaged units, the strongest first; `/lib` counts unless merged into `/usr/lib`."""
    libraries = [host.root / "usr" / "local" / "lib", host.root / "usr" / "lib"]
    if not os.path.islink(host.root / "lib"):  # noqa: PTH114 - `Path.is_symlink` raises
        libraries.append(host.root / "lib")
    return [library / "systemd" for library in libraries]


def user_manager_dirs(host: Host) -> ManagerDirs:
    """The directories that the user's manager gives to its services."""
    state = _base_dir(host, "XDG_STATE_HOME", ".local/state")
    return ManagerDirs(
        home=host.home,
        runtime=_runtime_dir(host),
        state=state,
        cache=_base_dir(host, "XDG_CACHE_HOME", ".cache"),
        logs=state / "log",
        configuration=_base_dir(host, "XDG_CONFIG_HOME", ".config"),
        shared=_base_dir(host, "XDG_DATA_HOME", ".local/share"),
    )


def system_manager_dirs(host: Host) -> ManagerDirs:
    """The directories that the system's manager gives to its services."""
    var = Path("/var")
    return ManagerDirs(
        home=account_home(host.root, "root") or Path("/root"),
        runtime=Path("/run"),
        state=var / "lib",
        cache=var / "cache",
        logs=var / "log",
        configuration=Path("/etc"),
        shared=Path("/usr/share"),
    )


def _base_dir(host: Host, variable: str, usual: str) -> Path:
    return xdg_dir(host.environment, variable, host.home / usual)
