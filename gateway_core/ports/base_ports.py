"""Which base port a gateway would take, and where that value comes from."""

from __future__ import annotations

from collections.abc import Iterable

from gateway_core.config.model import GatewaySettings
from gateway_core.distributions import Distribution, PortRule
from gateway_core.snapshot import PortRange, PortValue, Source

HIGHEST_PORT = 65535
UNSTATED = (Source.DEFAULT, Source.PROFILE_HASH)
"""Sources of a base port that nobody has set."""


def configured_base_port(
    distribution: Distribution, profile: str | None, version: str | None, settings: GatewaySettings
) -> PortValue:
    """What `.env` file, config or default say, without a `--port` and a `<PREFIX>GATEWAY_PORT` of the process itself.

    The `.env` file adds to the environment what is not in it yet, then the config's `env.vars`; a port from either
    beats `gateway.port`.
    """
    for port in (settings.dotenv_port, settings.environment_port):
        if port is not None:
            return PortValue(value=port, source=Source.ENV)
    if settings.port is not None:
        return PortValue(value=settings.port, source=Source.CONFIG)
    return distribution.default_base_port(profile, version)


def is_port(number: int) -> bool:
    """Whether TCP has a port of that number."""
    return 1 <= number <= HIGHEST_PORT


def block_of(distribution: Distribution, version: str | None, base: int) -> PortRange:
    """From the base port to the last port that derives from it in that version."""
    return PortRange(start=base, end=base + _reach(distribution.port_rules(version)))


def longest_reach(distribution: Distribution) -> int:
    """How far above its base the last port lies, in the version that reaches furthest."""
    return _reach(distribution.ports)


def _reach(rules: Iterable[PortRule]) -> int:
    return max((rule.last or rule.first for rule in rules), default=0)
