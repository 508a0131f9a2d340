"""What service managers would start: the part of units and plists that this project uses, without secrets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

KEPT_VARIABLES = (
    "STATE_DIR",
    "CONFIG_PATH",
    "OAUTH_DIR",
    "PROFILE",
    "GATEWAY_PORT",
    "SERVICE_MARKER",
    "SERVICE_KIND",
    "SERVICE_VERSION",
    "EAGER_BROWSER_CONTROL_SERVER",
)
"""Behind a distribution's prefix. Of everything else in a service's environment only HOME is looked at."""
_SECRET_VARIABLES = ("_TOKEN", "_PASSWORD", "_KEY", "_SECRET")
_LONGEST_VALUE = 4096


@dataclass(frozen=True, slots=True)
class ServiceContent:
    """One service as its files describe it."""

    argv: tuple[str, ...] = field(repr=False)
    """May hold secrets: for recognising the program only, never kept."""
    environment: Mapping[str, str]
    """The variables that are worth keeping, and no others."""
    holds_secret: bool
    """Its environment has a token, password or key in clear."""
    user: str | None = None
    """The account that it runs as, if the definition names one."""
    occasional: bool = False
    """It runs to its end now and then, as a backup does, and is no daemon."""
    name: str | None = None
    """What it is called, if the content says so."""


def kept_environment(variables: Iterable[tuple[str, str]]) -> tuple[dict[str, str], bool]:
    """The variables worth keeping, and whether there was a secret among the others."""
    kept: dict[str, str] = {}
    secret = False
    for name, value in variables:
        if name == "HOME" or name.endswith(tuple(f"_{suffix}" for suffix in KEPT_VARIABLES)):
            if value.isprintable() and len(value) <= _LONGEST_VALUE:
                kept[name] = value
        elif name.endswith(_SECRET_VARIABLES) and value.strip():
            secret = True
    return kept, secret
