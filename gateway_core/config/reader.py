"""Reads a gateway's config: JSON5 → `$include` → `env` → `${VAR}` → the settings that this project uses."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from threading import Lock

from gateway_core.config import fingerprints
from gateway_core.config.broken_text import certain_part
from gateway_core.config.includes import SourceFiles, resolve_includes, without_includes
from gateway_core.config.keys import config_keys
from gateway_core.config.model import ConfigError, ConfigReading, GatewaySettings, issue_at, shortened
from gateway_core.config.opened_ports import opened_ports
from gateway_core.config.parsing import (
    JsonValue,
    ParseError,
    is_switched_on,
    parse_dotenv,
    parse_json5,
)
from gateway_core.config.settings import SettingsTree, extract_settings
from gateway_core.config.start_rules import with_start_rules
from gateway_core.config.variables import Environment, config_variables, substitute, unset_references
from gateway_core.distributions.model import Distribution
from gateway_core.distributions.versions import version_key
from gateway_core.files import FileContent, FileIdentity, identify
from gateway_core.snapshot import ConfigIssue, ConfigKeys

UNSET_VARIABLES_TOLERATED_SINCE = "2026.3.7"
"""Before, one unset `${VAR}` kept a gateway from starting; since, it is a warning (seen with openclaw 2026.9.6)."""


class ConfigReader:
    """Reads configs and remembers the content for as long as no file and no variable that took part has changed.

    A re-read of an unchanged config costs one stat per file. May be used from any thread. Never raises for what is
    in a file or wrong with it.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: dict[tuple[Path, Path | None, str], _Kept] = {}

    def read(
        self, path: Path, *, state_dir: Path | None, environment: Mapping[str, str], distribution: Distribution
    ) -> ConfigReading:
        """The config at `path` as its gateway would see it.

        Args:
            path: the config file.
            state_dir: whose `.env` counts. The gateways also read one in their working directory, which cannot be
                known from outside.
            environment: the process environment that the gateway has or would get; it wins over `.env`.
            distribution: whose variables count, as far as the version that wrote the config reads them.
        """
        place = (path, state_dir, distribution.name)
        with self._lock:
            kept = self._kept.get(place)
        if kept is not None and kept.holds(_digest(kept.variables, environment)):
            return kept.reading
        sources = SourceFiles()
        # An unreadable `.env` counts as empty, as it does for the gateways.
        dotenv = sources.read(state_dir / ".env").text if state_dir is not None else None
        gateway_environment = Environment(environment, parse_dotenv(dotenv or ""))
        reading = _read(path, gateway_environment, distribution, sources)
        variables = tuple(sorted(gateway_environment.consulted))
        values = _digest(variables, environment)
        with self._lock:
            if sources.settled:
                self._kept[place] = _Kept(reading, tuple(sources.identities.items()), variables, values)
            else:
                self._kept.pop(place, None)
        return reading


@dataclass(frozen=True, slots=True)
class _Kept:
    """A reading and everything that it depends on."""

    reading: ConfigReading
    files: tuple[tuple[Path, FileIdentity], ...]
    variables: tuple[str, ...]
    values: bytes  # the `_digest` of the variables

    def holds(self, values: bytes) -> bool:
        return values == self.values and all(identify(path) == identity for path, identity in self.files)


@dataclass(frozen=True, slots=True)
class _Content:
    """The content of one config, and what is wrong with it."""

    settings: GatewaySettings
    errors: list[ConfigIssue]
    remarks: list[ConfigIssue]
    keys: ConfigKeys | None = None


def _digest(names: Iterable[str], environment: Mapping[str, str]) -> bytes:
    """The keyed hash of the values of variables, which may be secrets and are not kept."""
    return fingerprints.digest(repr([(name, environment.get(name)) for name in names]))


def _read(path: Path, environment: Environment, distribution: Distribution, sources: SourceFiles) -> ConfigReading:
    file = sources.read(path)
    try:
        content = _interpret(file, environment, distribution, sources)
    except ConfigError as error:
        content = _Content(GatewaySettings(), [error.issue], [])
    version, settings = content.settings.version, content.settings
    return ConfigReading(
        exists=file.exists,
        valid=not content.errors,
        # `.env` counts even beside a config that does not.
        settings=replace(
            settings,
            dotenv_port=environment.dotenv_port(distribution.variables_read("GATEWAY_PORT", version)),
            switched_on=frozenset(_switched_on(distribution, version, environment)),
        ),
        issues=tuple(shortened([*content.errors, *content.remarks])),
        files=tuple(sources.identities),
        forbidden=file.forbidden,
        keys=content.keys,
    )


def _switched_on(distribution: Distribution, version: str | None, environment: Environment) -> Iterator[str]:
    """The distribution's switches that are on; the process environment is the caller's, which no gateway gets."""
    for switch in distribution.switches:
        values = map(environment.own, distribution.variables_read(switch, version))
        if is_switched_on(next(filter(None, values), None)):
            yield switch


def _interpret(
    file: FileContent, environment: Environment, distribution: Distribution, sources: SourceFiles
) -> _Content:
    root, fault = _load(file, sources)
    environment.add_config(config_variables(root))
    tree = SettingsTree(root, partial(substitute, environment=environment))
    settings = with_start_rules(tree, extract_settings(tree), distribution)
    port, token, password = (
        distribution.variables_read(name, settings.version)
        for name in ("GATEWAY_PORT", "GATEWAY_TOKEN", "GATEWAY_PASSWORD")
    )
    settings = replace(
        settings,
        environment_port=environment.config_port(port),
        auth_secret=fingerprints.has_auth_secret(root, environment, (*token, *password)),
        channels=fingerprints.channel_names(root),
        channel_logins=fingerprints.channel_logins(root, environment),
        remote_browsers=fingerprints.remote_browsers(root, environment),
        opened_ports=opened_ports(
            root, distribution.config_ports, distribution.ports_elsewhere, partial(substitute, environment=environment)
        ),
    )
    if fault is not None:  # whatever else seems wrong may come of what could not be read
        return _Content(settings, [fault], [])
    unset, keys = unset_references(root, environment), config_keys(root, environment)
    remarks = [*tree.remarks, *fingerprints.overlong_logins(root, environment)]
    version = settings.version
    if version is not None and version_key(version) >= version_key(UNSET_VARIABLES_TOLERATED_SINCE):
        return _Content(settings, tree.errors, [*unset, *remarks], keys)
    return _Content(settings, [*unset, *tree.errors], remarks, keys)


def _load(file: FileContent, sources: SourceFiles) -> tuple[dict[str, JsonValue], ConfigIssue | None]:
    """The tree, as far as it is certain, and what keeps it from being all. Raises `ConfigError` if it is no tree."""
    if file.text is None:
        raise ConfigError((), f"The file {file.fault}.")
    try:
        tree = parse_json5(file.text)
    except ParseError as error:
        return _own_part(certain_part(file.text), issue_at((), f"The file {error}."))
    if not isinstance(tree, dict):
        raise ConfigError((), "The file must hold an object.")
    try:
        resolved = resolve_includes(tree, file.path, sources)
    except ConfigError as error:
        return _own_part(tree, error.issue)
    if not isinstance(resolved, dict):
        raise ConfigError((), "The file must hold an object.")
    return resolved, None


def _own_part(tree: JsonValue, fault: ConfigIssue) -> tuple[dict[str, JsonValue], ConfigIssue]:
    """What the file says without its includes, over which the part of it that could not be read would win."""
    return without_includes(tree) if isinstance(tree, dict) else {}, fault
