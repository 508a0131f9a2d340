"""The interface of a service manager: its name, its files and how they are read, its commands and answers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from gateway_core.distributions.model import Distribution
from gateway_core.host import Host, ManagerName, ServiceState
from gateway_core.processes.run import Reply
from gateway_core.redaction.commands import shown_command
from gateway_core.redaction.text import redact
from gateway_core.services.files import DefinitionFiles, SearchPath
from gateway_core.shell_commands import ShellCommand

Command = tuple[str, ...]
ServiceVerb = Literal["stop", "restart", "enable"]
Ask = Callable[[Command], Awaitable[Reply]]  # runs a command that only reads; raises `NoReplyError`


class Manager(ABC):
    """A service manager, as the models name it. It knows the commands; whoever acts runs them.

    A service is given by its name, the unit's file name or the launchd label, and by the path of its definition.
    """

    name: ManagerName
    short_name: str  # for a narrow column
    program: str
    per_user: bool  # whether services run as the user, in the user's home; else as root or the account that they name
    needs_linger: bool = False  # whether services end when the user logs out, unless the user lingers

    @abstractmethod
    def search_path(self, host: Host) -> SearchPath:
        """The directories where definitions lie, there or not. Those of a foreign system cost nothing."""

    @abstractmethod
    def installed_path(self, home: Path, distribution: Distribution, profile: str) -> Path:
        """Return where the product's own `gateway install` puts the definition of that profile."""

    @abstractmethod
    def read(self, files: DefinitionFiles, host: Host) -> ServiceContent | None:
        """Return what a definition and its drop-ins say; `None` if they cannot be read. Raises `DefinitionError`."""

    @abstractmethod
    async def states(self, names: Sequence[str], ask: Ask) -> Mapping[str, ServiceState]:
        """The states of these services, each named once. Never raises: what failed is in the state."""

    @abstractmethod
    def start_commands(self, name: str, path: str, loaded: bool) -> tuple[Command, ...]:
        """The commands that start a service, one after the other. `loaded`: as its state says."""

    @abstractmethod
    def command(self, verb: ServiceVerb, name: str) -> Command:
        """The command that ends a service for good, restarts it in one go, or makes it start by itself from now on."""

    @abstractmethod
    def removal_command(self, name: str, path: Path) -> ShellCommand:
        """The command with which a user ends a service by hand and keeps it from starting by itself."""

    def by_hand(self, command: Command) -> ShellCommand:
        """A command of the manager for the user to paste: with `sudo`, where only root may give it."""
        return shown_command(command if self.per_user else ("sudo", *command))

    def forget_failures_command(self, _name: str) -> Command | None:
        """The command that lets a service start again which the manager has given up on; `None` if it never does."""
        return None

    def reload_command(self) -> Command | None:
        """The command that has the manager read changed definitions; `None` if it reads them at every start."""
        return None

    def journal_command(self, _name: str, *_options: str) -> Command | None:
        """The command that reads the output of a service; `None` if the manager does not keep it."""
        return None


class DefinitionError(Exception):
    """Raised where a file is no definition of a service; the message completes the sentence "The file …"."""


@dataclass(frozen=True, slots=True)
class ServiceContent:
    """A service as its files describe it."""

    argv: tuple[str, ...] = field(repr=False)  # may hold secrets: for recognising the program only, never kept
    environment: Mapping[str, str]  # the variables that are worth keeping, and no others
    holds_secret: bool  # whether a token, password or key stands in the environment in clear
    user: str | None = None  # the account that it runs as, if the definition names one
    occasional: bool = False  # runs to its end now and then, as a backup does, and is no daemon
    name: str | None = None  # its name, if the content says so
    files: Mapping[str, Path] = field(default_factory=dict)  # the file that each of these variables comes from
    secret_files: tuple[Path, ...] = ()  # those of several files that hold a secret in their environment
    command_file: Path | None = None  # the file that the command line comes from
    environment_files: tuple[str, ...] = ()  # the files, or patterns of files, that more variables are read from
    missing_files: tuple[str, ...] = ()  # those of them without which the manager does not start it
    own_network: bool = False  # its processes are put into a network namespace of their own


_KEPT_VARIABLES = (
    "STATE_DIR",
    "CONFIG_PATH",
    "HOME",
    "OAUTH_DIR",
    "PROFILE",
    "GATEWAY_PORT",
    "SERVICE_MARKER",
    "SERVICE_KIND",
    "SERVICE_VERSION",
    "EAGER_BROWSER_CONTROL_SERVER",
)
"""Behind a distribution's prefix. Of everything else in a service's environment only these are looked at:"""
_KEPT_AS_THEY_ARE = ("HOME", "TMPDIR")
_PLACING_VARIABLES = ("_HOME", "_STATE_DIR", "_CONFIG_PATH", "_PROFILE", "_GATEWAY_PORT")
"""Behind a distribution's prefix. Of the environment files, which exist to hold secrets, only these and HOME count."""
_SECRET_VARIABLES = ("_TOKEN", "_PASSWORD", "_KEY", "_SECRET")
_LONGEST_VALUE = 4096


def is_secret(name: str) -> bool:
    """Whether a variable of that name holds a token, password or key."""
    return name.endswith(_SECRET_VARIABLES)


def kept_environment(variables: Iterable[tuple[str, str]]) -> tuple[dict[str, str], bool]:
    """The variables worth keeping, and whether there was a secret among the others."""
    kept: dict[str, str] = {}
    secret = False
    for name, value in variables:
        if name in _KEPT_AS_THEY_ARE or name.endswith(tuple(f"_{suffix}" for suffix in _KEPT_VARIABLES)):
            if value.isprintable() and len(value) <= _LONGEST_VALUE:
                kept[name] = value
        elif is_secret(name) and value.strip():
            secret = True
    return kept, secret


def placing_environment(variables: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Of the variables of an environment file those that say where a gateway's files are, and its port."""
    kept, _ = kept_environment(item for item in variables if item[0] == "HOME" or item[0].endswith(_PLACING_VARIABLES))
    return kept


def refusal(program: str, reply: Reply) -> str:
    """Return why a command of the manager failed, in its own words."""
    return f"{program}: {redact(reply.first_error) or f'exit {reply.status}'}"
