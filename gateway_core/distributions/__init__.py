"""The products of the family: one data file each, their model, and the loader."""

from gateway_core.distributions.loader import Distributions, built_in_distributions, load_distributions
from gateway_core.distributions.model import (
    DEFAULT_PROFILE,
    DEV_PROFILE,
    PROFILE_PATTERN,
    ConfigPortRule,
    Distribution,
    PortRule,
    SharedRule,
    profile_options,
    profile_suffix,
)

__all__ = [
    "DEFAULT_PROFILE",
    "DEV_PROFILE",
    "PROFILE_PATTERN",
    "ConfigPortRule",
    "Distribution",
    "Distributions",
    "PortRule",
    "SharedRule",
    "built_in_distributions",
    "load_distributions",
    "profile_options",
    "profile_suffix",
]
