"""systemd: where its units lie, how it is asked about them and told to act on them, and what its answers mean."""

from __future__ import annotations

import glob
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from gateway_core.accounts import account_name
from gateway_core.decoding import span_s, whole_number
from gateway_core.distributions.model import Distribution, profile_suffix
from gateway_core.host import Host, ServiceState
from gateway_core.processes.run import NoReplyError
from gateway_core.services.files import DefinitionFiles, SearchPath
from gateway_core.services.manager import Ask, Command, Manager, ServiceContent, ServiceVerb, refusal
from gateway_core.services.specifiers import UnitName, manager_specifiers, name_specifiers
from gateway_core.services.systemd_places import system_manager_dirs, system_path, user_manager_dirs, user_path
from gateway_core.services.systemd_unit import read_unit
from gateway_core.shell_commands import ShellCommand

_PROPERTIES = (
    "Id,LoadState,ActiveState,SubState,UnitFileState,MainPID,NRestarts,ExecMainStatus,ExecMainCode,"
    "Result,NeedDaemonReload,Restart,RestartUSec,FragmentPath,DropInPaths,TriggeredBy,UpheldBy"
)
_ACTIVE_STATES = frozenset(
    ("active", "reloading", "inactive", "failed", "activating", "deactivating", "maintenance", "refreshing")
)
_NOT_BOOTED = "System has not been booted with systemd"  # as init: then `systemctl` reaches no manager of a user either
_ENDINGS = {"1": "exited", "2": "killed by signal", "3": "killed by signal"}
"""The `CLD_…` numbers of `ExecMainCode`; 3 is a signal that left a core dump. 0 while nothing has ended."""


class Systemd(Manager):
    """systemd, of the system or of a user."""

    program = "systemctl"

    def __init__(self, *, user: bool) -> None:
        self.name = "systemd-user" if user else "systemd-system"
        self.short_name = "systemd" if user else "system"
        self.per_user = self.needs_linger = user

    def search_path(self, host: Host) -> SearchPath:
        """Return the dirs of `systemd-analyze unit-paths` (systemd.unit, tables 1 and 2), in its precedence."""
        return user_path(host) if self.per_user else system_path(host)

    def installed_path(self, home: Path, distribution: Distribution, profile: str) -> Path:
        unit = distribution.services.systemd_unit.format(suffix=profile_suffix(profile), profile=profile)
        return home / ".config" / "systemd" / "user" / unit

    def read(self, files: DefinitionFiles, host: Host) -> ServiceContent | None:
        texts = [(path, files.text(path)) for path in files.paths]
        if texts[0][1] is None:
            return None
        known = [(path, text) for path, text in texts if text is not None]
        specifiers = self._specifiers(files, host) if any("%" in text for _, text in known) else {}
        return read_unit(known, specifiers, files.environment if files.concern_family(known) else None)

    def _specifiers(self, files: DefinitionFiles, host: Host) -> Mapping[str, str]:
        if self.per_user:
            general = manager_specifiers(user_manager_dirs(host), account_name(host), host.uid, host.name)
        else:
            general = manager_specifiers(system_manager_dirs(host), "root", 0, host.name)
        return {**general, **name_specifiers(UnitName(files.name), files.path)}

    async def states(self, names: Sequence[str], ask: Ask) -> Mapping[str, ServiceState]:
        try:
            reply = await ask(self._systemctl("show", f"--property={_PROPERTIES}", "--", *names))
        except NoReplyError as error:
            return dict.fromkeys(names, ServiceState(error=str(error)))
        if reply.status != 0:
            failure = ServiceState(error=refusal(self.program, reply), no_manager=_NOT_BOOTED in reply.errors)
            return dict.fromkeys(names, failure)
        asked = [name for name in names if not glob.has_magic(name)]
        silence = ServiceState(error="systemctl said nothing about this unit that could be understood")
        said = parse_show(reply.output, asked).items()
        return dict.fromkeys(asked, silence) | {name: state for name, state in said if state.active in _ACTIVE_STATES}

    def start_commands(self, name: str, _path: str, _loaded: bool) -> tuple[Command, ...]:
        return (self._act("start", name),)

    def command(self, verb: ServiceVerb, name: str) -> Command:
        return self._act(verb, name)

    def forget_failures_command(self, name: str) -> Command | None:
        return self._act("reset-failed", name)

    def reload_command(self) -> Command | None:
        return self._systemctl("daemon-reload", "--no-ask-password")

    def journal_command(self, name: str, *options: str) -> Command | None:
        unit = f"--user-unit={name}" if self.per_user else f"--unit={name}"
        return ("journalctl", unit, "--no-pager", "--quiet", *options)

    def removal_command(self, name: str, _path: Path) -> ShellCommand:
        return self.by_hand(self._systemctl("disable", "--now", *(("--", name) if name.startswith("-") else (name,))))

    def question(self, names: str, unit: str) -> Command:
        """The command that tells properties of a unit, whose names are separated by commas."""
        return self._systemctl("show", f"--property={names}", "--", unit)

    def begin_command(self) -> Command:
        """The command that tells when the manager itself began."""
        return self._systemctl("show", "--property=UserspaceTimestamp")

    def _act(self, verb: str, name: str) -> Command:
        """A command that ends when systemd is done, and asks for no password."""
        return self._systemctl(
            verb, *(("--no-ask-password", "--", name) if name.startswith("-") else (name, "--no-ask-password"))
        )

    def _systemctl(self, *words: str) -> Command:
        return (self.program, *(("--user",) if self.per_user else ()), *words)


def parse_show(output: str, units: Sequence[str]) -> dict[str, ServiceState]:
    """The state of each of `units`, and of each one that a pattern has added, in the output of `systemctl show`.

    systemd answers in the order of the question, patterns last, with the unit's main name as `Id`: an alias is told
    by its place.
    """
    blocks = [properties(block) for block in output.strip("\n").split("\n\n")] if output.strip() else []
    named = {block.get("Id", ""): block for block in blocks}
    if len(blocks) >= len(units):
        further = {block.get("Id", ""): block for block in blocks[len(units) :]}
        named = {**further, **dict(zip(units, blocks, strict=False))}
    return {unit: _state(block) for unit, block in named.items() if unit}


def properties(block: str) -> dict[str, str]:
    """The properties in one answer of `systemctl show`."""
    return {key: value for key, _, value in (line.partition("=") for line in block.splitlines())}


def _state(told: Mapping[str, str]) -> ServiceState:
    unit_file = told.get("UnitFileState")
    return ServiceState(
        active=told.get("ActiveState") or None,
        enabled=unit_file.startswith("enabled") if unit_file else None,
        main_pid=whole_number(told.get("MainPID")) or None,
        restarts=whole_number(told.get("NRestarts")),
        exit_status=whole_number(told.get("ExecMainStatus")),
        last_end=last_end(told),
        result=told.get("Result") or None,
        needs_reload=told.get("NeedDaemonReload") == "yes",
        path=told.get("FragmentPath") or None,
        drop_ins=told.get("DropInPaths"),
        restart_delay_s=_restart_delay_s(told),
        transient=unit_file == "transient",
        triggered_by=tuple(f"{told.get('TriggeredBy', '')} {told.get('UpheldBy', '')}".split()),
    )


def _restart_delay_s(told: Mapping[str, str]) -> float | None:
    restarts = told.get("Restart", "no") != "no"
    return parse_time_span(told.get("RestartUSec", "")) if restarts else None


def last_end(told: Mapping[str, str]) -> str | None:
    """How the last process of a unit ended, in the answer of `systemctl show`; `None` while none has."""
    how, status = _ENDINGS.get(told.get("ExecMainCode", "")), told.get("ExecMainStatus")
    return f"{how} {status}" if how and status else None


_UNITS_S = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
_SPAN = re.compile(r"(\d+(?:\.\d+)?)(us|ms|s|min|h|d|w)")


def parse_time_span(text: str) -> float | None:
    """The seconds of a time span as systemd prints it, such as `1min 30s` or `100ms`; `None` for `infinity`."""
    words = [_SPAN.fullmatch(word) for word in text.split()]
    known = [word for word in words if word is not None]
    if not known or len(known) < len(words):
        return 0.0 if text == "0" else None
    return span_s(sum(float(word[1]) * _UNITS_S[word[2]] for word in known))
