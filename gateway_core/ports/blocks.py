"""The block that belongs to a base port: all ports that derive from it."""

from collections.abc import Iterable

from gateway_core.distributions import Distribution, PortRule
from gateway_core.snapshot import PortRange


def block_of(distribution: Distribution, version: str | None, base: int) -> PortRange:
    """From the base port to the last port that derives from it in that version."""
    return PortRange(start=base, end=base + _reach(distribution.port_rules(version)))


def longest_reach(distribution: Distribution) -> int:
    """How far above its base the last port lies, in the version that reaches furthest."""
    return _reach(distribution.ports)


def _reach(rules: Iterable[PortRule]) -> int:
    return max((rule.last or rule.first for rule in rules), default=0)
