"""The built-in products by name."""

from gateway_core.distributions.loader import built_in_distributions
from gateway_core.distributions.model import Distribution


def product(name: str) -> Distribution:
    return next(distribution for distribution in built_in_distributions() if distribution.name == name)


OPENCLAW = product("openclaw")
