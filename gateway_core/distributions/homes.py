"""The home directory that a gateway's default paths are in: `<PREFIX>HOME` stands before HOME (seen in 2026.9.6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from gateway_core.dirs import expand_home
from gateway_core.distributions.model import Distribution
from gateway_core.files import absolute_path
from gateway_core.host import Host

_UNSET = frozenset({"undefined", "null"})
"""Texts that scripts leave in a variable by mistake; gateways take such a home as not named."""


def gateway_home(distribution: Distribution, environment: Mapping[str, str], usual: Path) -> Path:
    """The home of a gateway with that environment; `usual` is the one of its account."""
    usual = inherited_home(environment) or usual
    return named_home(environment, distribution.variables("HOME"), usual) or usual


def inherited_home(environment: Mapping[str, str]) -> Path | None:
    """HOME, if it names a directory."""
    return absolute_path(_value(environment, "HOME"))


def caller_home(host: Host, distribution: Distribution) -> Path:
    """The home in which the product's own command looks for profiles, if it is called where claw-tui is.

    Only a distribution's own prefix counts: openclaw also reads `CLAWDBOT_*`, but there it means clawdbot first.
    """
    names = [name for name in distribution.own_variables("HOME") if name in host.environment]
    return (named_home(host.environment, names, host.home) if names else None) or host.home


def caller_homes(host: Host, distributions: Iterable[Distribution]) -> tuple[Path, ...]:
    """Every home in which a product would look for profiles; the caller's own comes first."""
    return tuple(dict.fromkeys((host.home, *(caller_home(host, distribution) for distribution in distributions))))


def named_home(environment: Mapping[str, str], variables: Iterable[str], usual: Path | None) -> Path | None:
    """The first home that one of the variables names; a relative one would depend on where the gateway starts."""
    values = (_value(environment, name) for name in variables)
    paths = (expand_home(value, usual) if usual else Path(value) for value in values)
    return next((path for path in paths if path.is_absolute()), usual)


def _value(environment: Mapping[str, str], name: str) -> str:
    text = environment.get(name, "").strip()
    return "" if text in _UNSET else text
