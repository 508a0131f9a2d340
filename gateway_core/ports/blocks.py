"""The block that belongs to a base port: all ports that derive from it."""

from gateway_core.distributions import Distribution
from gateway_core.snapshot import PortRange


def block_of(distribution: Distribution, version: str | None, base: int) -> PortRange:
    """From the base port to the last port that derives from it in that version."""
    last = max((rule.last or rule.first for rule in distribution.port_rules(version)), default=0)
    return PortRange(start=base, end=base + last)
