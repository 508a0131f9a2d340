"""The built-in products by name."""

from gateway_core.distributions import Distribution, built_in_distributions


def product(name: str) -> Distribution:
    return next(distribution for distribution in built_in_distributions() if distribution.name == name)


OPENCLAW = product("openclaw")
