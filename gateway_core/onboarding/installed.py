"""The products that are installed here, found without running any of them: a vendor's command may change files."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass

from gateway_core.audit.drift import program_at
from gateway_core.distributions.model import Distribution
from gateway_core.host import Host


@dataclass(frozen=True, slots=True)
class InstalledProduct:
    """A product whose command is on PATH."""

    title: str
    path: str
    version: str | None  # that of its package; `None` where a wrapper leads to none


def installed_products(host: Host, distributions: Iterable[Distribution]) -> tuple[InstalledProduct, ...]:
    """Return the products whose commands are there. Blocks."""
    search_path = host.environment.get("PATH") or os.defpath
    found = ((item, shutil.which(item.command, path=search_path)) for item in distributions)
    return tuple(_product(item, path) for item, path in found if path is not None)


def _product(distribution: Distribution, path: str) -> InstalledProduct:
    program = program_at(path, distribution)
    return InstalledProduct(distribution.title, path, program.version if program is not None else None)
