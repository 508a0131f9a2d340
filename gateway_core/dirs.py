"""The directories and files of claw-tui itself, one set per user; and what `~` and the XDG variables mean."""

from __future__ import annotations

import hashlib
import pwd
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from gateway_core.file_locks import locked_dir
from gateway_core.files import absolute_path, real_path
from gateway_core.host import Host, Platform
from gateway_core.own_files import private_dir

APPLICATION = "claw-tui"
_PATIENCE_S = 1.0


def expand_home(path: str, home: Path) -> Path:
    """The path that was written, with a leading `~` or `~/` replaced; the `~name` of another user stays."""
    return home / path[2:] if path == "~" or path.startswith("~/") else Path(path)


def home_dir(environment: Mapping[str, str], uid: int) -> Path:
    """`HOME` if it is an absolute path, else what the account database says; `/` for a user without an account."""
    known = absolute_path(environment.get("HOME"))
    if known is not None:
        return known
    try:
        return Path(pwd.getpwuid(uid).pw_dir)
    except KeyError:  # as in a container that is run as any number; engines say the same of its home
        return Path("/")


def xdg_dir(environment: Mapping[str, str], variable: str, default: Path) -> Path:
    """The base directory that a variable such as `XDG_CONFIG_HOME` names; a relative one is ignored, as XDG asks."""
    return absolute_path(environment.get(variable)) or default


def config_dir(environment: Mapping[str, str], home: Path, platform: Platform) -> Path:
    """The directory of the user's settings, own distributions and registrations."""
    if platform == "darwin":
        return _application_support(home)
    return xdg_dir(environment, "XDG_CONFIG_HOME", home / ".config") / APPLICATION


def settings_file(config_dir: Path) -> Path:
    return config_dir / "settings.toml"


def registrations_file(config_dir: Path) -> Path:
    return config_dir / "instances.json"


def distributions_dir(config_dir: Path) -> Path:
    return config_dir / "distributions"


def state_dir(host: Host) -> Path:
    """The directory of what claw-tui remembers about this user's gateways."""
    if host.platform == "darwin":
        return _application_support(host.home)
    return xdg_dir(host.environment, "XDG_STATE_HOME", host.home / ".local" / "state") / APPLICATION


def events_database(host: Host) -> Path:
    return state_dir(host) / "events.db"


def challenges_file(host: Host) -> Path:
    return state_dir(host) / "challenges.json"


def seen_units_file(host: Host) -> Path:
    """The services that were seen to run an instance without saying so."""
    return state_dir(host) / "units.json"


def ids_file(host: Host) -> Path:
    """The ids that were given to instances outside the naming scheme."""
    return state_dir(host) / "ids.json"


def last_seen_file(host: Host) -> Path:
    """What a dashboard has last seen of this host."""
    return state_dir(host) / "last-seen.json"


def operations_dir(host: Host) -> Path:
    """The lock files of operations."""
    return state_dir(host) / "operations"


def operations_file(host: Host, key: Path | str) -> Path:
    """The lock and record of the operations on one instance; `key` is its config path, or another key of its own."""
    return operations_dir(host) / operation_name(key)


def operation_name(key: Path | str) -> str:
    """The name of that file in its directory; it does not depend on where claw-tui was started."""
    digest = hashlib.sha256(real_path(key).encode("utf-8", "surrogateescape")).hexdigest()
    return f"{digest[:16]}.lock"


def journals_dir(host: Host) -> Path:
    """The journals of onboardings."""
    return state_dir(host) / "onboarding"


def output_dir(host: Host) -> Path:
    """The output of gateways that were started without a service."""
    if host.platform == "darwin":
        return host.home / "Library" / "Logs" / APPLICATION / "gateways"
    return state_dir(host) / "log" / "gateways"


def trash_dir(host: Host) -> Path:
    """The files that undo moved away; nothing in it is ever deleted by claw-tui."""
    if host.platform == "darwin":
        return _application_support(host.home) / "trash"
    return xdg_dir(host.environment, "XDG_DATA_HOME", host.home / ".local" / "share") / APPLICATION / "trash"


@contextmanager
def one_writer(directory: Path) -> Iterator[None]:
    """Exclusive among the writers of a private directory, where that is possible; never fails. Blocks, for 1 s at most.

    So two that change what is remembered there lose nothing of each other's.
    """
    with ExitStack() as stack:
        with suppress(OSError):
            stack.enter_context(locked_dir(private_dir(directory), _PATIENCE_S))
        yield


def _application_support(home: Path) -> Path:
    return home / "Library" / "Application Support" / APPLICATION
