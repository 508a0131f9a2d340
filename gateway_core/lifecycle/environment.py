"""The environment of what claw-tui starts, built from nothing.

Profiles, ports and tokens that leak from the calling shell are how tools come to act on the wrong gateway. So a child
gets what any program needs, the places of its own instance, and no other variable of the caller.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from gateway_core.host import Host

_LOCALE_CATEGORIES = (
    "ADDRESS",
    "ALL",
    "COLLATE",
    "CTYPE",
    "IDENTIFICATION",
    "MEASUREMENT",
    "MESSAGES",
    "MONETARY",
    "NAME",
    "NUMERIC",
    "PAPER",
    "TELEPHONE",
    "TIME",
)
PASSED_ON = (
    "USER",
    "LOGNAME",
    "SHELL",
    "LANG",
    "LANGUAGE",
    *(f"LC_{category}" for category in _LOCALE_CATEGORIES),
    "TZ",
    "TMPDIR",
    "XDG_RUNTIME_DIR",
)
"""Beside HOME and PATH. Node options, proxies and everything vendor-specific are left behind."""


def child_environment(host: Host, own: Mapping[str, str]) -> dict[str, str]:
    """What a child gets; `own` are the variables of its instance and of no other."""
    caller = host.environment
    passed = {name: caller[name] for name in PASSED_ON if caller.get(name)}
    return {"HOME": str(host.home), "PATH": caller.get("PATH") or os.defpath} | passed | dict(own)
