"""Which base port wins, and what counts as a port."""

import pytest

from gateway_core.config.model import GatewaySettings
from gateway_core.ports.claims import configured_base_port
from gateway_core.snapshot import PortValue, Source
from tests.products import product

EVERYTHING = GatewaySettings(port=4, environment_port=3, dotenv_port=2)


@pytest.mark.parametrize(
    ("settings", "value", "source"),
    [
        (EVERYTHING, 2, Source.ENV),
        (GatewaySettings(port=4, environment_port=3), 3, Source.ENV),
        (GatewaySettings(port=4), 4, Source.CONFIG),
        (GatewaySettings(), 18789, Source.DEFAULT),
    ],
)
def test_the_strongest_source_wins(settings: GatewaySettings, value: int, source: Source) -> None:
    port = configured_base_port(product("openclaw"), "default", "2026.9.6", settings)
    assert port == PortValue(value=value, source=source)


@pytest.mark.parametrize(
    ("distribution", "profile", "version", "value", "source"),
    [
        ("openclaw", "rescue", "2026.9.6", 23532, Source.PROFILE_HASH),
        ("openclaw", "main", "2026.8.1", 23592, Source.PROFILE_HASH),
        ("openclaw", "rescue", None, 23532, Source.PROFILE_HASH),
        ("openclaw", "caf\udce9", None, 56208, Source.PROFILE_HASH),  # as of bytes that are no UTF-8
        ("openclaw", "rescue", "2026.7.9", 18789, Source.DEFAULT),
        ("openclaw", "dev", "2026.9.6", 19001, Source.DEFAULT),
        ("openclaw", None, "2026.9.6", 18789, Source.DEFAULT),
        ("clawdbot", "dev", "2026.1.24", 19001, Source.DEFAULT),
        ("clawdbot", "rescue", "2026.1.24", 18789, Source.DEFAULT),
        ("moltbot", "rescue", "2026.1.27", 18789, Source.DEFAULT),
        ("mazelclaw", "rescue", None, 18789, Source.DEFAULT),
        ("omniclaw", "rescue", None, 18789, Source.DEFAULT),
    ],
)
def test_defaults_by_product_profile_and_version(
    distribution: str, profile: str | None, version: str | None, value: int, source: Source
) -> None:
    port = configured_base_port(product(distribution), profile, version, GatewaySettings())
    assert port == PortValue(value=value, source=source)
