"""Services that were seen to run an instance, although their text does not tell: of a script, mostly.

Such a service is known by its gateway only while that runs. It is remembered for as long as its file is the same: then
a later start goes through it, and not beside it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from gateway_core.decoding import decode_model, encode_model
from gateway_core.dirs import one_writer, seen_units_file
from gateway_core.files import read_file, real_path
from gateway_core.host import Host, ManagerName
from gateway_core.own_files import WriteFaults, read_own_text
from gateway_core.services.control_groups import is_service_name
from gateway_core.snapshot import Model

Unit = tuple[ManagerName, str]
_LARGEST = 1 << 18
_LARGEST_DEFINITION = 1 << 20
_MOST = 256  # the oldest is forgotten first


class _SeenUnit(Model):
    config: str  # of the instance
    manager: ManagerName
    name: str
    path: str  # of the file that defines the service
    digest: str  # of its content


class _Remembered(Model):
    units: tuple[_SeenUnit, ...] = ()


class SeenUnits:
    """A small file in claw-tui's state dir. Blocks, and never fails: what cannot be written is a fault."""

    def __init__(self, host: Host, faults: WriteFaults | None = None) -> None:
        """`faults` are for whoever adds something."""
        self._faults = faults or WriteFaults()
        self._path = seen_units_file(host)

    def recall(self) -> Mapping[str, Unit]:
        """The services that are still what they were, by the real path of the config of their instance."""
        return {one.config: (one.manager, one.name) for one in self._read() if _digest(one.path) == one.digest}

    def add(self, config_path: Path, unit: Unit, definition: str) -> None:
        """Remember that the service which that file defines runs the instance with that config."""
        config, digest = real_path(config_path), _digest(definition)
        if digest is None:
            return
        seen = _SeenUnit(config=config, manager=unit[0], name=unit[1], path=definition, digest=digest)
        if seen in self._read():
            return
        with one_writer(self._path.parent):
            others = tuple(one for one in self._read() if one.config != config)
            self._faults.replace_file(self._path, encode_model(_Remembered(units=(*others, seen)[-_MOST:])))

    def _read(self) -> tuple[_SeenUnit, ...]:
        try:
            found = decode_model(_Remembered, read_own_text(self._path, _LARGEST).text or "{}").units
        except ValueError:
            return ()
        return tuple(one for one in found if is_service_name(one.name))


def _digest(path: str) -> str | None:
    data = read_file(Path(path), _LARGEST_DEFINITION).data if path.startswith("/") else None
    return None if data is None else hashlib.sha256(data).hexdigest()
