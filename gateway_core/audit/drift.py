"""Compares what config, service and running gateway say about one thing.

They drift apart in silence: a service keeps its port when the config changes, a running gateway keeps everything that
it was started with, and an update replaces the program under it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from gateway_core.audit.context import AuditContext, Subject
from gateway_core.audit.model import AnyRemedy, Drift, WordedRemedy, worded, worded_command
from gateway_core.decoding import json_object
from gateway_core.distributions.model import Distribution
from gateway_core.distributions.versions import version_key
from gateway_core.files import read_text_file, real_path
from gateway_core.processes.command_line import find_call
from gateway_core.services.definitions import ServiceDefinition
from gateway_core.shell_commands import ShellCommand, own_command
from gateway_core.snapshot import Proof

_LARGEST_RECORD = 1 << 20
_DEEPEST = 4  # directories between a program and the package that it is in: `dist/cli/index.js` has two
Value = int | str | None


@dataclass(frozen=True, slots=True)
class Program:
    """A command or script, and the npm package that it is in."""

    path: str  # without symbolic links
    package: str | None = None
    """The package's directory; `None` for a wrapper that leads to no known package."""
    version: str | None = None


def program_at(path: str | None, distribution: Distribution) -> Program | None:
    """The program at an absolute path, found without running it; `None` without a path, or if nothing is there."""
    if path is None or not path.startswith("/") or not os.path.exists(path):  # noqa: PTH110 - it comes as text
        return None
    real = real_path(path)
    for directory in Path(real).parents[:_DEEPEST]:
        found = _package(directory, distribution.package)
        if found is not None:
            return Program(real, str(directory), found)
    return Program(real)


def _package(directory: Path, name: str) -> str | None:
    """The version in the package.json of a directory, if that is the package of that name."""
    text = read_text_file(directory / "package.json", _LARGEST_RECORD).text
    record = json_object(text or "")
    if record is None or record.get("name") != name:
        return None
    version = record.get("version")
    return version if isinstance(version, str) and version.isprintable() else None


@dataclass(frozen=True, slots=True)
class Values:
    """A value as config, service and running gateway state it; `None` for each that does not say."""

    configured: Value
    service: Value
    live: Value

    @property
    def drifts(self) -> bool:
        return len({value for value in (self.configured, self.service, self.live) if value is not None}) > 1

    @property
    def service_differs(self) -> bool:
        """Whether the service would start something else than a start from a shell."""
        return self.service is not None and self.configured is not None and self.service != self.configured


def find_drift(context: AuditContext) -> Iterator[Drift]:
    for subject in context.subjects:
        if subject.config_path is None:
            continue  # a gateway of which only the process is known: nothing says what it should be
        for what, claimed, remedy in (*_ports(subject), *_places(context, subject), *_programs(context, subject)):
            if claimed.drifts:
                told, values = worded(remedy), asdict(claimed)
                yield Drift(instance=subject.id, what=what, remedy=told.text, command=told.command, **values)


Comparison = tuple[str, Values, AnyRemedy]


def _ports(subject: Subject) -> Iterator[Comparison]:
    instance = subject.instance
    stated = instance.configured_port if instance.config.exists else None
    configured = stated.value if stated is not None else None
    service = next((item for item in subject.services if item.port is not None), None)
    base = Values(configured, service.port if service else None, instance.live_port)
    yield "base port", base, _port_remedy(subject, base)
    if service is not None and service.environment_port is not None and service.port != service.environment_port:
        inherited = Values(service.port, service.environment_port, None)
        yield "port variable of the service", inherited, _mend_service(subject, "environment_port")


def _port_remedy(subject: Subject, port: Values) -> AnyRemedy:
    if port.service_differs:
        change = _mend_service(subject, "port")
        return _within(f"to use {port.configured}: ", change, f"; to keep {port.service}: set gateway.port to it")
    lead = f"it runs on the port it was started with; to use {port.configured or port.service}: "
    return worded_command(_restart(subject), before=lead)


def _places(context: AuditContext, subject: Subject) -> Iterator[Comparison]:
    services, live = subject.services, _running_places(context, subject)
    dirs = [service.state_dir for service in services], [state_dir for state_dir, _ in live]
    configs = [service.config_path for service in services], [config_path for _, config_path in live]
    yield _place_row(subject, "state dir", "state_dir", subject.state_dir, *dirs)
    yield _place_row(subject, "config path", "config_path", subject.config_path, *configs)


def _running_places(context: AuditContext, subject: Subject) -> list[tuple[Path | None, Path | None]]:
    """The state dir and config of what runs: as its lock says, else as its environment did when it was started."""
    installation, alive = subject.discovered.installation, context.facts.processes
    held = [lock for lock in installation.locks if lock.is_stale(alive.get(lock.pid)) is False]
    if held:
        return [(lock.state_dir, lock.config_path) for lock in held]
    told = (process for process in installation.processes if process.placed_by is Proof.ENVIRONMENT)
    return [(process.state_dir, process.config_path) for process in told]


def _place_row(
    subject: Subject, what: str, name: str, own: Path | None, service: list[Path | None], live: list[Path | None]
) -> Comparison:
    """Compare paths; those that lead to the same place are not different."""
    real = real_path(own) if own else None

    def other(paths: list[Path | None]) -> str | None:
        known = [str(path) for path in paths if path is not None]
        away = (path for path in known if real_path(path) != real)
        return next(away, str(own) if known and own else None)

    claimed = Values(str(own) if own else None, other(service), other(live))
    return what, claimed, _mend_service(subject, name) if claimed.service_differs else _restart(subject)


def _programs(context: AuditContext, subject: Subject) -> Iterator[Comparison]:
    service = next((item for item in subject.services if item.program), None)
    shell = program_at(subject.instance.command, subject.distribution)
    by_service = program_at(service.program if service else None, subject.distribution)
    running = program_at(_running_program(context, subject), subject.distribution)
    http = subject.instance.signals.http
    live_version = http.version if http else None
    program = Values(*_comparable(shell, by_service, running))
    yield "program", program, _program_remedy(subject, program)
    installed = Values(_version(shell), _version(by_service), live_version)
    yield "installed version", installed, _installed_remedy(subject, installed)
    written = Values(subject.settings.version, service.version if service else None, live_version)
    yield "version", written, _version_remedy(subject, written)


def _comparable(*programs: Program | None) -> tuple[str | None, ...]:
    """The package of each program, if any is known; a wrapper then says nothing. Otherwise the programs themselves."""
    if any(program and program.package for program in programs):
        return tuple(program.package if program else None for program in programs)
    return tuple(program.path if program else None for program in programs)


def _running_program(context: AuditContext, subject: Subject) -> str | None:
    """The program that the command line shows: until a gateway has set its title, or if it never does."""
    argvs = (process.info.argv for process in subject.discovered.installation.processes)
    calls = (find_call(argv, context.distributions) for argv in argvs)
    return next((call.program for call in calls if call is not None), None)


def _version(program: Program | None) -> str | None:
    return program.version if program else None


def _program_remedy(subject: Subject, program: Values) -> AnyRemedy:
    if program.service_differs:
        change = _mend_service(subject, "program")
        return _within("to use the one of your shell: ", change, "; else remove the one that is not needed")
    return worded_command(_restart(subject), before="it runs another one than your shell would: ")


def _installed_remedy(subject: Subject, version: Values) -> AnyRemedy:
    if version.service_differs:
        change = _mend_service(subject, "program")
        return _within("two versions are installed: ", change, ", and remove the one that is not needed")
    return worded_command(_restart(subject), before="the running one is not the installed one: ")


def _version_remedy(subject: Subject, version: Values) -> AnyRemedy:
    configured, live = version.configured, version.live
    if isinstance(configured, str) and isinstance(live, str) and version_key(configured) > version_key(live):
        return worded_command(_restart(subject), before="a newer version wrote the config than the one that runs: ")
    if version.service_differs and isinstance(configured, str) and isinstance(version.service, str):
        return _within("the service is of another version than the config: ", _mend_service(subject, "program"))
    return "nothing: the gateway notes its version with its next change of the config"


def _within(before: str, change: WordedRemedy, after: str = "") -> WordedRemedy:
    return WordedRemedy(f"{before}{change.text}{after}", change.command)


def _mend_service(subject: Subject, name: str) -> WordedRemedy:
    """Say how another value of that field gets into the service: by the product itself, if its own file decides."""
    deciders = ((service, service.decided_in.get(name)) for service in subject.services)
    foreign = next((file for service, file in deciders if file and not _is_written_by_product(service, file)), None)
    if foreign is not None:
        return worded_command(_restart(subject), before=f"change it in {foreign}, then ")
    return worded(subject.command("gateway", "install", "--force"))


def _is_written_by_product(service: ServiceDefinition, file: Path) -> bool:
    """Whether the product's `gateway install` writes that file anew: it touches no drop-in and no other unit."""
    return file == service.path and service.version is not None


def _restart(subject: Subject) -> ShellCommand:
    return own_command("restart", subject.id)
