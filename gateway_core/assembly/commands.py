"""The command lines that carry a remedy out, for products and versions whose command is known to do so."""

from collections.abc import Iterable, Mapping, Sequence

from gateway_core.assembly.occupancy import Occupancy
from gateway_core.distributions.model import profile_options
from gateway_core.ports.remedies import Change, Move, Remedy, Repin, Stop
from gateway_core.shell_commands import ShellCommand, shell_command
from gateway_core.snapshot import Source

_FOLLOW_CONFIG = (Source.CONFIG, Source.DEFAULT, Source.PROFILE_HASH)
"""Sources of a base port that the config's `gateway.port` replaces."""


def remedy_commands(remedies: Iterable[Remedy], occupied: Mapping[str, Occupancy]) -> tuple[str, ...]:
    """Return one line for each remedy of which every change has a command."""
    lines = (_line(remedy.changes, occupied) for remedy in remedies)
    return tuple(line for line in lines if line)


def _line(changes: Sequence[Change], occupied: Mapping[str, Occupancy]) -> str:
    """Join the commands of all changes; nothing if one of them has none, or none that can be pasted."""
    commands = [_command(change, occupied) for change in changes]
    texts = [text for command in commands if command is not None and (text := command.text) is not None]
    return " && ".join(texts) if len(texts) == len(changes) else ""


def _command(change: Change, occupied: Mapping[str, Occupancy]) -> ShellCommand | None:
    match change:
        case Stop():
            return shell_command(("kill", str(change.pid)))
        case Move():
            item = occupied[change.instance]
            return _config_set(item, "gateway.port", change.base) if _follows_config(item) else None
        case Repin() if change.setting.lower().endswith("port"):
            return _config_set(occupied[change.instance], change.setting, change.port)
        case _:
            return None


def _follows_config(item: Occupancy) -> bool:
    """Whether a start takes the base port from the config, and neither from a service nor from a command line."""
    return item.base_port.source in _FOLLOW_CONFIG and item.live_port in (None, item.base_port.value)


def _config_set(item: Occupancy, setting: str, value: int) -> ShellCommand | None:
    installation, version = item.installation, item.discovered.version
    known = version is not None and any(rule.covers(version) for rule in installation.distribution.config_set)
    if not known or installation.profile is None:
        return None
    options = profile_options(installation.profile)
    return shell_command((installation.distribution.command, *options, "config", "set", setting, str(value)))
