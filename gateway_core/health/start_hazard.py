"""Whom a start would harm: a product that ends whatever it finds on its ports may only start where there is nothing."""

from __future__ import annotations

from collections.abc import Iterable

from gateway_core.distributions import Distribution
from gateway_core.health.wording import spoken_holder
from gateway_core.ports.blocks import block_of
from gateway_core.snapshot import Listener


def start_hazard(
    distribution: Distribution, version: str | None, base: int, listeners: Iterable[Listener], instance_id: str
) -> str | None:
    """Who holds a port of the block of that base, and what a start would do about it; `None` if it harms nobody."""
    hazard = distribution.start_hazard
    if hazard is None:
        return None
    block = block_of(distribution, version, base)
    others = (listener for listener in listeners if listener.instance != instance_id)
    found = next((listener for listener in others if block.start <= listener.port <= block.end), None)
    return f"{spoken_holder(found)}, and {hazard.explanation}" if found is not None else None
