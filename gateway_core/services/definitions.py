"""Service definitions of gateways, recognised by what they contain, whatever their files are called."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from gateway_core.accounts import account_home
from gateway_core.config import is_switched_on, port_from_variable
from gateway_core.dirs import expand_home
from gateway_core.distributions import Distribution, Distributions
from gateway_core.files import FileIdentity, identify
from gateway_core.host import Host, ManagerName
from gateway_core.processes.command_line import ProgramCall, find_call, port_option
from gateway_core.redaction import printable
from gateway_core.services.files import DefinitionFiles, list_services
from gateway_core.services.manager import DefinitionError, Manager, ServiceContent
from gateway_core.services.managers import all_managers
from gateway_core.snapshot import Problem

_GATEWAY = "gateway"


@dataclass(frozen=True, slots=True)
class ServiceDefinition:
    """A unit or property list that starts a gateway. Holds no secret, only whether the file does."""

    manager: ManagerName
    name: str  # the unit's file name, or the launchd label
    path: Path
    distribution: str
    profile: str | None
    state_dir: Path | None
    config_path: Path | None
    port: int | None  # the port that the definition passes to the gateway, whatever the config says
    environment_port: int | None  # `<PREFIX>GATEWAY_PORT` of the environment; a port on the command line wins over it
    oauth_dir: Path | None  # the directory for logins, if not in the state dir
    switched_on: frozenset[str]  # those of the distribution's `switches` that the environment turns on
    version: str | None  # the version that wrote the definition, if it says so
    program: str | None
    home: Path  # the home directory that the gateway gets: from the definition, else from its account
    holds_token: bool  # whether a token, password or key stands in the definition in clear


class ServiceFiles:
    """Reads the service definitions of a host; a file is parsed again only when it has changed. Blocks."""

    def __init__(self) -> None:
        self._known: dict[Path, _Parsed] = {}

    def read(
        self, host: Host, distributions: Distributions
    ) -> tuple[tuple[ServiceDefinition, ...], tuple[Problem, ...]]:
        problems: list[Problem] = []
        commands = [distribution.command for distribution in distributions]
        services = [
            self._parsed(paths, manager, host, distributions)
            for manager in all_managers(host.uid)
            for paths in list_services(manager.search_path(host), commands, problems)
        ]
        self._known = {service.files[0][0]: service for service in services if service.settled}
        problems.extend(problem for service in services for problem in service.problems)
        return tuple(service.definition for service in services if service.definition), tuple(problems)

    def _parsed(self, paths: tuple[Path, ...], manager: Manager, host: Host, distributions: Distributions) -> _Parsed:
        known = self._known.get(paths[0])
        return known if known is not None and known.is_current(paths) else _parse(paths, manager, host, distributions)


def service_dirs(host: Host) -> tuple[Path, ...]:
    """Every directory that may hold service definitions, there or not."""
    return tuple(directory for manager in all_managers(host.uid) for directory in manager.search_path(host).dirs)


@dataclass(frozen=True, slots=True)
class _Parsed:
    """The content of the files of a service, and the files as they were then."""

    files: tuple[tuple[Path, FileIdentity], ...]
    settled: bool
    definition: ServiceDefinition | None
    problems: tuple[Problem, ...]

    def is_current(self, paths: tuple[Path, ...]) -> bool:
        same = tuple(path for path, _ in self.files) == paths
        return same and all(identify(path) == identity for path, identity in self.files)


def _parse(paths: tuple[Path, ...], manager: Manager, host: Host, distributions: Distributions) -> _Parsed:
    files = DefinitionFiles(paths)
    try:
        content = manager.read(files, _home(None, manager, host))
    except DefinitionError as error:
        files.faults.append((files.path, str(error)))
        content = None
    definition = None
    if content is not None:
        definition = recognise(content, manager, files.path, _home(content.user, manager, host), distributions)
    problems = tuple(
        Problem(where=str(path), message=f"This service definition {fault}.")
        for path, fault in files.faults
        if _is_reported(path, host, distributions)
    )
    return _Parsed(tuple(files.identities), files.settled, definition, problems)


def _home(user: str | None, manager: Manager, host: Host) -> Path:
    """The home directory that the manager gives to a service that runs as `user`, or as nobody in particular."""
    return host.home if manager.per_user else account_home(host, user or "root") or host.home


def _is_reported(path: Path, host: Host, distributions: Distributions) -> bool:
    """Whether a fault there is reported: of the system's own services, only for those that seem to be of the family."""
    return path.is_relative_to(host.home) or any(item.command in str(path) for item in distributions)


def recognise(
    content: ServiceContent, manager: Manager, path: Path, home: Path, distributions: Iterable[Distribution]
) -> ServiceDefinition | None:
    """The definition, or `None` if it does not start a gateway. `home` is the one that the manager gives it."""
    known = tuple(distributions)
    call = find_call(content.argv, known)
    distribution = _distribution(content, call, known)
    if distribution is None:
        return None
    value = partial(_value, content.environment, distribution)
    home = _path(content.environment.get("HOME"), home) or home
    state_dir, config_path = _path(value("STATE_DIR"), home), _path(value("CONFIG_PATH"), home)
    # A profile that only a variable names does not move the state dir: then it is the default profile's.
    inherited = value("PROFILE") if state_dir or config_path else None
    given, inherited_port = port_option(content.argv), port_from_variable(value("GATEWAY_PORT"))
    program = call.program if call else next(iter(content.argv), "")
    return ServiceDefinition(
        manager=manager.name,
        name=content.name or path.name,
        path=path,
        distribution=distribution.name,
        profile=(call.profile if call else None) or inherited,
        state_dir=state_dir,
        config_path=config_path,
        port=inherited_port if given is None else given,
        environment_port=inherited_port,
        oauth_dir=_path(value("OAUTH_DIR"), home),
        switched_on=frozenset(name for name in distribution.switches if is_switched_on(value(name))),
        version=value("SERVICE_VERSION"),
        program=printable(program) or None,
        home=home,
        holds_token=content.holds_secret or (call is not None and call.secret),
    )


def _distribution(
    content: ServiceContent, call: ProgramCall | None, known: Iterable[Distribution]
) -> Distribution | None:
    """The distribution whose gateway it starts: by its marker, else its program, else the variables that it sets."""
    variables = content.environment
    marked = next((item for item in known if _value(variables, item, "SERVICE_MARKER") == item.services.marker), None)
    kind = next((kind for item in known if (kind := _value(variables, item, "SERVICE_KIND"))), None)
    if kind is not None:
        is_gateway = kind == _GATEWAY
    else:
        # Without a statement of its kind, `openclaw node run` or a nightly backup of a state dir is no gateway.
        is_gateway = not content.occasional and (call is None or call.subcommand == _GATEWAY)
    if not is_gateway:
        return None
    return marked or (call.distribution if call else _owner_of_variables(variables, known))


def _owner_of_variables(environment: Mapping[str, str], known: Iterable[Distribution]) -> Distribution | None:
    """The distribution whose own variables are set; of two that share them, the one whose config is named."""
    owners = [
        distribution
        for distribution in known
        for prefix in (*distribution.override_prefixes, distribution.environment_prefix)
        if any(f"{prefix}{name}" in environment for name in ("STATE_DIR", "CONFIG_PATH", "SERVICE_KIND"))
    ]
    for owner in owners:
        if (_value(environment, owner, "CONFIG_PATH") or "").rpartition("/")[2] == owner.config_names[0]:
            return owner
    return owners[0] if owners else None


def _value(environment: Mapping[str, str], distribution: Distribution, name: str) -> str | None:
    values = (environment.get(variable, "").strip() for variable in distribution.variables(name))
    return next((value for value in values if value), None)


def _path(value: str | None, home: Path) -> Path | None:
    """An absolute path or one in the home; a relative one would depend on where the manager starts the gateway."""
    path = expand_home((value or "").strip(), home)
    return path if path.is_absolute() else None
