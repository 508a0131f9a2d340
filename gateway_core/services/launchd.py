"""launchd: its property lists, how it is asked about jobs and told to act on them, and what its answers mean."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from gateway_core.distributions.model import DEFAULT_PROFILE, Distribution
from gateway_core.host import Host, ServiceState
from gateway_core.processes.run import NoReplyError
from gateway_core.services.files import DefinitionFiles, SearchPath
from gateway_core.services.manager import (
    Ask,
    Command,
    DefinitionError,
    Manager,
    ServiceContent,
    ServiceVerb,
    kept_environment,
    refusal,
)
from gateway_core.shell_commands import ShellCommand

_NOT_LOADED_STATUS = 113  # `launchctl print` exits with this when the domain holds no such job
_AT_ONCE = 8  # so many `launchctl` processes run side by side
_SUBCOMMANDS: Mapping[ServiceVerb, Command] = {
    "stop": ("bootout",),
    "restart": ("kickstart", "-k"),
    "enable": ("enable",),
}
"""A job with `KeepAlive` that was merely ended would come back: `bootout` makes launchd forget it, too."""
_SCHEDULES = ("StartInterval", "StartCalendarInterval")
_ENTRY = re.compile(r"^\t(?P<key>[^\t=]+) = (?P<value>.*)$", re.MULTILINE)
"""An entry of the job itself; those of nested dictionaries are indented further."""
_LEADING_NUMBER = re.compile(r"-?[0-9]{1,18}")
_WORDS = {
    "running": "active",
    "spawn scheduled": "activating",
    "not running": "inactive",
    "waiting": "inactive",
    "exited": "inactive",
}
"""launchd's states in systemd's words, which the rest of the program speaks. `spawn scheduled`: a restart waits."""


class Launchd(Manager):
    """launchd, of the system's daemons or of the agents of the user with that uid."""

    program = "launchctl"

    def __init__(self, uid: int, *, daemon: bool) -> None:
        self.name = "launchd-daemon" if daemon else "launchd-agent"
        self.short_name = "daemon" if daemon else "launchd"
        self.per_user = not daemon
        self._domain = "system" if daemon else f"gui/{uid}"

    def search_path(self, host: Host) -> SearchPath:
        library = host.root / "Library"
        own = (host.home / "Library" / "LaunchAgents", library / "LaunchAgents")
        return SearchPath(own if self.per_user else (library / "LaunchDaemons",), ".plist")

    def installed_path(self, home: Path, distribution: Distribution, profile: str) -> Path:
        services = distribution.services
        named = profile != DEFAULT_PROFILE
        label = services.launchd_profile_label.format(profile=profile) if named else services.launchd_label
        return home / "Library" / "LaunchAgents" / f"{label}.plist"

    def read(self, files: DefinitionFiles, _host: Host) -> ServiceContent | None:
        data = files.data(files.path)
        return read_plist(data) if data is not None else None

    async def states(self, names: Sequence[str], ask: Ask) -> Mapping[str, ServiceState]:
        """Call `launchctl` once per job: it prints only one at a time. If it hangs, it is asked no more."""
        slots, silences = asyncio.Semaphore(_AT_ONCE), list[str]()

        async def state(name: str) -> ServiceState:
            async with slots:
                return ServiceState(error=silences[0]) if silences else await self._state(name, ask, silences)

        return dict(zip(names, await asyncio.gather(*map(state, names)), strict=True))

    def start_commands(self, name: str, path: str, loaded: bool) -> tuple[Command, ...]:
        """Commands that load the job, unless it is loaded, and run it; loading alone runs only one with `RunAtLoad`."""
        bootstrap = (self.program, "bootstrap", self._domain, path)
        kickstart = (self.program, "kickstart", self._job(name))
        return (kickstart,) if loaded else (bootstrap, kickstart)

    def command(self, verb: ServiceVerb, name: str) -> Command:
        return (self.program, *_SUBCOMMANDS[verb], self._job(name))

    def removal_command(self, _name: str, path: Path) -> ShellCommand:
        return self.by_hand((self.program, "bootout", self._domain, str(path)))

    async def _state(self, name: str, ask: Ask, silences: list[str]) -> ServiceState:
        try:
            reply = await ask((self.program, "print", self._job(name)))
        except NoReplyError as error:
            silences.append(str(error))
            return ServiceState(error=str(error))
        if reply.status == _NOT_LOADED_STATUS:
            return ServiceState("inactive", loaded=False)
        if reply.status != 0:
            return ServiceState(error=refusal(self.program, reply))
        state = parse_print(reply.output)
        silence = ServiceState(error="launchctl said nothing about this job that could be understood")
        return state if state.active in _WORDS.values() else silence

    def _job(self, label: str) -> str:
        return f"{self._domain}/{label}"


def parse_print(output: str) -> ServiceState:
    """The state of the one job that the output of `launchctl print` describes."""
    entries = {entry["key"]: entry["value"].strip() for entry in _ENTRY.finditer(output)}
    state = entries.get("state")
    runs = _number(entries.get("runs"))
    return ServiceState(
        active=_WORDS.get(state, state) if state else None,
        main_pid=_number(entries.get("pid")),
        restarts=max(0, runs - 1) if runs is not None else None,
        exit_status=_number(entries.get("last exit code")),
    )


def _number(text: str | None) -> int | None:
    """`78: EX_CONFIG` → 78; `(never exited)` → `None`."""
    found = _LEADING_NUMBER.match(text or "")
    return int(found[0]) if found else None


def read_plist(data: bytes) -> ServiceContent:
    """The service that a property list, XML or binary, describes (launchd.plist). Raises `DefinitionError`."""
    content = _parse(data)
    variables = content.get("EnvironmentVariables")
    kept, secret = kept_environment(_strings(variables) if isinstance(variables, dict) else ())
    return ServiceContent(
        argv=_argv(content),
        environment=kept,
        holds_secret=secret,
        user=_text(content.get("UserName")),
        occasional=any(schedule in content for schedule in _SCHEDULES),
        name=_text(content.get("Label")),
    )


def _parse(data: bytes) -> dict[str, object]:
    import plistlib

    try:
        content: object = plistlib.loads(data)
    except Exception:  # noqa: BLE001 - a hostile file makes the standard library raise nearly anything
        content = None
    if not isinstance(content, dict):
        raise DefinitionError("is not a property list of a service")
    return {key: value for key, value in content.items() if isinstance(key, str)}


def _argv(content: Mapping[str, object]) -> tuple[str, ...]:
    """`Program` is what runs; the first of `ProgramArguments` is then only what it is called."""
    arguments = content.get("ProgramArguments")
    words = [word for word in arguments if isinstance(word, str)] if isinstance(arguments, list) else []
    program = _text(content.get("Program"))
    return (program, *words[1:]) if program else tuple(words)


def _strings(variables: Mapping[object, object]) -> Iterator[tuple[str, str]]:
    for name, value in variables.items():
        if isinstance(name, str) and isinstance(value, str):
            yield name, value


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value and value.isprintable() else None
