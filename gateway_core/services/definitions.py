"""Service definitions of gateways, recognised by what they contain, whatever their files are called."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from gateway_core.config.parsing import is_switched_on, port_from_variable
from gateway_core.config.start_rules import BINDS
from gateway_core.dirs import expand_home
from gateway_core.distributions.homes import gateway_home
from gateway_core.distributions.model import Distribution
from gateway_core.files import absolute_path
from gateway_core.host import ManagerName, ServiceState
from gateway_core.processes.command_line import (
    RUN,
    ProgramCall,
    assignments,
    bind_option,
    find_call,
    port_option,
    runs_elsewhere,
    starts_unconfigured,
)
from gateway_core.processes.scripts import script_given
from gateway_core.redaction.terminal import printable
from gateway_core.services.manager import DefinitionError, Manager, ServiceContent, kept_environment
from gateway_core.services.specifiers import UnitName

_GATEWAY = "gateway"
_HOME_VARIABLE = re.compile(r"\$(?:HOME\b|\{HOME\})")


@dataclass(frozen=True, slots=True)
class ServiceDefinition:
    """A unit or property list that starts a gateway. Holds no secret, only which of its files do."""

    manager: ManagerName
    name: str  # the unit's file name, or the launchd label
    path: Path
    distribution: str
    profile: str | None
    state_dir: Path | None
    config_path: Path | None
    port: int | None  # the port that the definition passes to the gateway, whatever the config says
    environment_port: int | None  # `<PREFIX>GATEWAY_PORT` of the environment; a port on the command line wins over it
    run_port: bool  # `port` stands behind `gateway run`, where some versions ignore it
    oauth_dir: Path | None  # the directory for logins, if not in the state dir
    switched_on: frozenset[str]  # those of the distribution's `switches` that the environment turns on
    version: str | None  # the version that wrote the definition, if it says so
    program: str | None  # what it starts; behind a shell, its script
    home: Path  # the home that the gateway's default paths are in: from the definition, else its account's
    temporary_dir: Path | None  # TMPDIR, if the definition sets it
    decided_in: Mapping[str, Path] = field(default_factory=dict, hash=False)
    """The file that decides a field of this: the definition, a drop-in or an environment file."""
    missing_files: tuple[str, ...] = ()  # environment files without which the manager does not start it
    files: tuple[Path, ...] = field(default=(), compare=False)  # all that was read, and what would be if it were there
    drop_ins: tuple[Path, ...] = ()  # those of its files that change what its definition says
    token_files: tuple[Path, ...] = ()  # the files of the definition in which a token, password or key stands
    bind: str | None = None  # the `--bind` that the definition passes to the gateway, which beats the config
    own_network: bool = False  # the manager puts it into a network namespace of its own
    uid: int | None = field(default=None, compare=False)  # the user that its manager runs it as; `None`: not known
    unconfigured: bool = False  # it starts the gateway without a config, or without `gateway.mode` in it, too
    implied: bool = False  # only its template says that it could be started: nothing has enabled or started it

    @property
    def holds_token(self) -> bool:
        """Whether a token, password or key stands in the definition in clear."""
        return bool(self.token_files)

    @property
    def of_template(self) -> bool:
        """Whether it is an instance of a template, which defines others, too."""
        return UnitName(self.name).template == self.path.name


def unread_by_managers(
    services: Iterable[ServiceDefinition], states: Mapping[tuple[str, str], ServiceState]
) -> dict[tuple[str, str], ServiceState]:
    """The states of those with a drop-in that their manager has not read: systemd does not notice a new `.d` directory.

    Then it does not say either that it needs a reload.
    """
    found: dict[tuple[str, str], ServiceState] = {}
    for service in services:
        state = states.get((service.manager, service.name))
        known = state.drop_ins if state is not None else None
        if state is not None and known is not None and any(f"/{path.name}" not in known for path in service.drop_ins):
            found[service.manager, service.name] = replace(state, needs_reload=True)
    return found


def without_ignored_port(
    service: ServiceDefinition, distribution: Distribution, version: str | None
) -> ServiceDefinition:
    """The definition as that version obeys it: early ones ignore the `--port` of `gateway run`."""
    if not service.run_port or distribution.takes_run_port(version) is not False:
        return service
    return replace(service, port=service.environment_port)


def recognise(
    content: ServiceContent, manager: Manager, path: Path, home: Path, distributions: Iterable[Distribution]
) -> ServiceDefinition | None:
    """The definition, or `None` if it does not start a gateway. `home` is the one that the manager gives it."""
    known = tuple(distributions)
    content = _with_assignments(content, path, home, known)
    call = find_call(content.argv, known)
    distribution = _distribution(content, call, known)
    profile = printable(call.profile or "") if call is not None else ""
    if distribution is not None and "$" in profile:
        raise DefinitionError(f"starts a gateway of a profile that its files do not tell ({profile})")
    return None if distribution is None else _described(content, manager, path, home, distribution, call)


def _with_assignments(content: ServiceContent, path: Path, home: Path, known: Iterable[Distribution]) -> ServiceContent:
    """The content with the variables that the command line itself sets: they win over those of the environment."""
    inherited = content.environment.get("HOME", str(home))
    pairs = [(name, _HOME_VARIABLE.sub(lambda _: inherited, value)) for name, value in assignments(content.argv, known)]
    kept, secret = kept_environment(pairs)
    unclear = next((name for name, value in kept.items() if "$" in value or "`" in value), None)
    if unclear is not None:
        raise DefinitionError(f"starts a gateway with a {unclear} that its files do not tell")
    file = content.command_file or path
    return replace(
        content,
        environment={**content.environment, **kept},
        files={**content.files, **(dict.fromkeys(kept, file) if content.command_file else {})},
        holds_secret=content.holds_secret or secret,
        secret_files=(*content.secret_files, file) if secret else content.secret_files,
    )


def _described(
    content: ServiceContent,
    manager: Manager,
    path: Path,
    home: Path,
    distribution: Distribution,
    call: ProgramCall | None,
) -> ServiceDefinition:
    """The definition of a service of that distribution, whose command line is `call` if it shows the gateway."""
    value = partial(_value, content.environment, distribution)
    home = gateway_home(distribution, content.environment, home)
    state_dir, config_path = _path(value("STATE_DIR"), home), _path(value("CONFIG_PATH"), home)
    # A profile that only a variable names does not move the state dir: then it is the default profile's.
    inherited = value("PROFILE") if state_dir or config_path else None
    given, inherited_port = port_option(content.argv), port_from_variable(value("GATEWAY_PORT"))
    script = script_given(content.argv)
    started = script.file if script is not None and script.file else next(iter(content.argv), "")
    program = call.program if call else started
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
        run_port=given is not None and call is not None and call.verb == RUN,
        oauth_dir=_path(value("OAUTH_DIR"), home),
        switched_on=frozenset(name for name in distribution.switches if is_switched_on(value(name))),
        version=value("SERVICE_VERSION"),
        program=printable(program) or None,
        home=home,
        temporary_dir=absolute_path(content.environment.get("TMPDIR")),
        token_files=_token_files(content, path, in_call=call is not None and call.secret),
        decided_in=_deciders(content, distribution, port_is_given=given is not None),
        missing_files=content.missing_files,
        bind=_bind(content.argv),
        unconfigured=starts_unconfigured(content.argv),
        own_network=content.own_network,
    )


def _token_files(content: ServiceContent, path: Path, *, in_call: bool) -> tuple[Path, ...]:
    called = (content.command_file or path,) if in_call else ()
    variables = content.secret_files or ((path,) if content.holds_secret else ())
    return tuple(dict.fromkeys((*variables, *called)))


def _bind(argv: Sequence[str]) -> str | None:
    """The `--bind` of a command line, if it is one that gateways know."""
    given = bind_option(argv)
    return given if given in BINDS else None


def _deciders(content: ServiceContent, distribution: Distribution, *, port_is_given: bool) -> dict[str, Path]:
    """The file that decides each field of the definition whose value a variable or the command line gives."""

    def setter(name: str) -> Path | None:
        variables = (item for item in distribution.variables(name) if content.environment.get(item, "").strip())
        return content.files.get(next(variables, ""))

    inherited = setter("GATEWAY_PORT")
    found = {
        "port": content.command_file if port_is_given else inherited,
        "environment_port": inherited,
        "state_dir": setter("STATE_DIR"),
        "config_path": setter("CONFIG_PATH"),
        "home": setter("HOME") or content.files.get("HOME"),
        "program": content.command_file,
    }
    return {name: file for name, file in found.items() if file is not None}


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
        is_gateway = not content.occasional and (call is None or call.runs_gateway)
    if not is_gateway or (call is None and runs_elsewhere(content.argv)):
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
