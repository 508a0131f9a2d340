"""Invocations of the distribution's own command that act on exactly one instance."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gateway_core.discovery.installations import Installation
from gateway_core.discovery.naming import config_path_in, standard_state_dir
from gateway_core.distributions.homes import caller_home
from gateway_core.distributions.model import DEFAULT_PROFILE, Distribution, profile_options
from gateway_core.files import real_path
from gateway_core.host import Host
from gateway_core.redaction.commands import shown_command
from gateway_core.snapshot import Instance


@dataclass(frozen=True, slots=True)
class Invocation:
    """A command line with its environment and its working directory."""

    argv: tuple[str, ...]
    environment: Mapping[str, str] = field(repr=False)
    directory: Path
    own_variables: Mapping[str, str]  # the part of the environment that names the instance

    @property
    def shown(self) -> str:
        return str(shown_command(self.argv, self.own_variables))


def invocation(host: Host, installation: Installation, command: str, *arguments: str) -> Invocation:
    """The call of `command` for that installation: by profile in the naming scheme, else by explicit places.

    With `--profile` a gateway finds its service and its log under the names that the user knows. It runs in its state
    dir, because the gateways also read a `.env` in their working directory: there it is their own.
    """
    profile = _selecting_profile(host, installation)
    own = _callers_home(host, installation) if profile is not None else _places(host, installation)
    state_dir = installation.state_dir
    return Invocation(
        argv=(command, *profile_options(profile), *arguments),
        environment=child_environment(host, own),
        directory=state_dir if state_dir is not None and os.path.isdir(state_dir) else Path("/"),  # noqa: PTH112
        own_variables=own,
    )


def instance_invocation(
    host: Host, distribution: Distribution, instance: Instance, *arguments: str
) -> Invocation | None:
    """The call of the command for an instance as a snapshot shows it; `None` if the command is not installed."""
    if instance.command is None:
        return None
    places = Installation(
        distribution=distribution,
        profile=instance.profile,
        state_dir=Path(instance.state_dir) if instance.state_dir else None,
        config_path=Path(instance.config_path) if instance.config_path else None,
        home=Path(instance.home) if instance.home else host.home,
        in_scheme=instance.profile is not None,
        label="",
        found_by=(),
    )
    return invocation(host, places, instance.command, *arguments)


def start_invocation(host: Host, distribution: Distribution, instance: Instance) -> Invocation | None:
    """The call that starts an instance directly; `None` if its command is not installed, or its port is not known.

    Not `gateway run`, which ignores the port in early versions.
    """
    if instance.configured_port is None:
        return None
    return instance_invocation(host, distribution, instance, "gateway", "--port", str(instance.configured_port.value))


def start_command(host: Host, distributions: Iterable[Distribution], instance: Instance) -> str | None:
    """Return the command of a direct start of that instance, as one would type it; `None` if that is not known."""
    distribution = next((known for known in distributions if known.name == instance.distribution), None)
    called = start_invocation(host, distribution, instance) if distribution is not None else None
    return called.shown if called is not None else None


def _selecting_profile(host: Host, installation: Installation) -> str | None:
    """The profile that leads the command to these very places; `None` if none does.

    The default profile may lead elsewhere: several dirs can claim it after a migration that was never finished.
    """
    if not installation.in_scheme:
        return None
    profile = installation.profile or DEFAULT_PROFILE
    state_dir = standard_state_dir(installation.distribution, caller_home(host, installation.distribution), profile)
    config_path = config_path_in(installation.distribution, state_dir, profile)
    same_dir = is_same_path(state_dir, installation.state_dir)
    return profile if same_dir and is_same_path(config_path, installation.config_path) else None


def _callers_home(host: Host, installation: Installation) -> dict[str, str]:
    """The variable that leads the command to the home in which the caller's own shell would have it look."""
    distribution = installation.distribution
    home = caller_home(host, distribution)
    return {} if home == host.home else {f"{distribution.environment_prefix}HOME": str(home)}


def _places(host: Host, installation: Installation) -> dict[str, str]:
    """The home if it is not the caller's, and state dir and config path under every prefix that the product has.

    moltbot reads both `MOLTBOT_` and clawdbot's prefix: with only one set, the other would be open to its `.env`. The
    profile of another home is named by a variable, as the products' own services do it: workspace and log follow it.
    """
    distribution, profile = installation.distribution, installation.profile
    places = {"STATE_DIR": installation.state_dir, "CONFIG_PATH": installation.config_path}
    prefixes = (*distribution.override_prefixes, distribution.environment_prefix)
    own = {f"{prefix}{name}": str(path) for prefix in prefixes for name, path in places.items() if path is not None}
    if installation.home == host.home:
        return own
    named = {} if profile in (None, DEFAULT_PROFILE) else {f"{distribution.environment_prefix}PROFILE": str(profile)}
    return {"HOME": str(installation.home), **named, **own}


def is_same_path(one: Path, other: Path | None) -> bool:
    return other is not None and real_path(one) == real_path(other)


_LOCALE_CATEGORIES = (
    "ADDRESS",
    "ALL",
    "COLLATE",
    "CTYPE",
    "IDENTIFICATION",
    "MEASUREMENT",
    "MESSAGES",
    "MONETARY",
    "NAME",
    "NUMERIC",
    "PAPER",
    "TELEPHONE",
    "TIME",
)
PASSED_ON = (
    "USER",
    "LOGNAME",
    "SHELL",
    "LANG",
    "LANGUAGE",
    *(f"LC_{category}" for category in _LOCALE_CATEGORIES),
    "TZ",
    "TMPDIR",
    "XDG_RUNTIME_DIR",
)
"""Beside HOME and PATH. Node options, proxies and everything vendor-specific are left behind."""


def child_environment(host: Host, own: Mapping[str, str]) -> dict[str, str]:
    """The environment of a child; `own` are the variables of its instance and of no other."""
    caller = host.environment
    passed = {name: caller[name] for name in PASSED_ON if caller.get(name)}
    return {"HOME": str(host.home), "PATH": caller.get("PATH") or os.defpath} | passed | dict(own)
