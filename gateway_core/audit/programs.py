"""Which installation of a product a program belongs to, and its version, without running it."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from gateway_core.distributions import Distribution
from gateway_core.files import read_text_file

_LARGEST = 1 << 20
_DEEPEST = 4
"""Directories between a program and the package that it is in: `dist/cli/index.js` has two."""


@dataclass(frozen=True, slots=True)
class Program:
    """A command or script, and the npm package that it is in."""

    path: str
    """Without symbolic links."""
    package: str | None = None
    """The package's directory; `None` for a wrapper that leads nobody knows where."""
    version: str | None = None


def program_at(path: str | None, distribution: Distribution) -> Program | None:
    """What lies at that absolute path; `None` without one, or if nothing is there."""
    if path is None or not path.startswith("/") or not os.path.exists(path):  # noqa: PTH110 - it comes as text
        return None
    real = os.path.realpath(path)
    for directory in Path(real).parents[:_DEEPEST]:
        found = _package(directory, distribution.package)
        if found is not None:
            return Program(real, str(directory), found)
    return Program(real)


def _package(directory: Path, name: str) -> str | None:
    """The version that this directory's package.json gives, if it is the package of that name."""
    text = read_text_file(directory / "package.json", _LARGEST).text
    record: object
    try:
        record = json.loads(text) if text else None
    except (ValueError, RecursionError):
        return None
    if not isinstance(record, dict) or record.get("name") != name:
        return None
    version = record.get("version")
    return version if isinstance(version, str) and version.isprintable() else None
