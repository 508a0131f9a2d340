"""How systemd is asked about units and told to act on them, and what its answer means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gateway_core.host import ServiceState

_PROPERTIES = (
    "Id",
    "LoadState",
    "ActiveState",
    "SubState",
    "UnitFileState",
    "MainPID",
    "NRestarts",
    "ExecMainStatus",
    "ExecMainCode",
)
_ENDINGS = {"1": "exited", "2": "killed by signal", "3": "killed by signal"}
"""The `CLD_…` numbers of `ExecMainCode`; 3 is a signal that left a core dump. 0 while nothing has ended."""


def show_command(units: Sequence[str], *, user: bool) -> tuple[str, ...]:
    """One call for all units, in the form meant for programs."""
    scope = ("--user",) if user else ()
    return ("systemctl", *scope, "show", f"--property={','.join(_PROPERTIES)}", "--", *units)


def parse_show(output: str, units: Sequence[str]) -> dict[str, ServiceState]:
    """The state of each of `units` that the output of `show_command` speaks of.

    systemd answers in the order of the question, with the unit's main name as `Id`: an alias is told by its place.
    """
    blocks = [_properties(block) for block in output.strip("\n").split("\n\n")] if output.strip() else []
    if len(blocks) == len(units):
        named = dict(zip(units, blocks, strict=True))
    else:
        named = {block.get("Id", ""): block for block in blocks}
    return {unit: _state(named[unit]) for unit in units if unit in named}


def _properties(block: str) -> dict[str, str]:
    return {key: value for key, _, value in (line.partition("=") for line in block.splitlines())}


def _state(properties: Mapping[str, str]) -> ServiceState:
    unit_file = properties.get("UnitFileState")
    return ServiceState(
        active=properties.get("ActiveState") or None,
        enabled=unit_file.startswith("enabled") if unit_file else None,
        main_pid=_number(properties.get("MainPID")) or None,
        restarts=_number(properties.get("NRestarts")),
        exit_status=_number(properties.get("ExecMainStatus")),
        last_end=_last_end(properties),
    )


def _last_end(properties: Mapping[str, str]) -> str | None:
    how, status = _ENDINGS.get(properties.get("ExecMainCode", "")), properties.get("ExecMainStatus")
    return f"{how} {status}" if how and status else None


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() else None


def action_command(verb: str, unit: str, *, user: bool) -> tuple[str, ...]:
    """`start`, `stop`, `restart`, `enable`, `reset-failed`. Ends when systemd is done; asks for no password."""
    scope = ("--user",) if user else ()
    return ("systemctl", *scope, verb, unit, "--no-ask-password")


def journal_command(unit: str, lines: int, *, user: bool) -> tuple[str, ...]:
    """What the unit's processes printed last."""
    unit_option = f"--user-unit={unit}" if user else f"--unit={unit}"
    return ("journalctl", unit_option, f"--lines={lines}", "--output=cat", "--no-pager", "--quiet")
