"""Which base port a gateway would take, and where that value comes from."""

import re

from gateway_core.config.model import GatewaySettings
from gateway_core.distributions import Distribution
from gateway_core.snapshot import PortValue, Source

HIGHEST_PORT = 65535

_PORT_TEXT = re.compile(r"\s*(?:[^\s:]+:|\[[^\]]+\]:)?([0-9]{1,9})\s*", re.ASCII)


def configured_base_port(
    distribution: Distribution,
    profile: str | None,
    version: str | None,
    settings: GatewaySettings,
    environment_port: int | None,
) -> PortValue:
    """What environment, config or default say, without a `--port`.

    `environment_port` is `<PREFIX>GATEWAY_PORT` of the process itself. The `.env` file adds to that environment what
    is not in it yet, then the config's `env.vars`; a port from any of the three beats `gateway.port`.
    """
    for port in (environment_port, settings.dotenv_port, settings.environment_port):
        if port is not None:
            return PortValue(value=port, source=Source.ENV)
    if settings.port is not None:
        return PortValue(value=settings.port, source=Source.CONFIG)
    return distribution.default_base_port(profile, version)


def parse_port(text: str) -> int | None:
    """A port as the gateways read it from their environment; `None` for what they ignore.

    Like openclaw 2026.9.6 it takes `host:port` and `[address]:port` too, as container tools write them.
    """
    match = _PORT_TEXT.fullmatch(text)
    port = int(match[1]) if match else 0
    return port if is_port(port) else None


def is_port(number: int) -> bool:
    """Whether TCP has a port of that number."""
    return 1 <= number <= HIGHEST_PORT
