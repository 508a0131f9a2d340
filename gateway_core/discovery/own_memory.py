"""Where claw-tui remembers what it has found out, and why that cannot be used, or nothing can be kept there."""

from __future__ import annotations

from collections.abc import Iterator

from gateway_core.decoding import json_object
from gateway_core.dirs import challenges_file, ids_file, seen_units_file, state_dir
from gateway_core.files import FileIdentity, identify
from gateway_core.host import Host
from gateway_core.own_files import read_own_text
from gateway_core.snapshot import Problem
from gateway_core.trusted_places import why_unused

_LARGEST = 16 << 20
_REMEDY = "What it remembered is forgotten, and begun anew at the next occasion; if this stays, move the file away."


class OwnMemory:
    """The state dir of claw-tui, and its files of ids, of services that were seen and of challenges. Blocks."""

    def __init__(self, host: Host) -> None:
        self._dir = state_dir(host)
        self._paths = (ids_file(host), seen_units_file(host), challenges_file(host))
        self._seen: tuple[FileIdentity, ...] = ()
        self._damaged: tuple[Problem, ...] = ()

    def problems(self) -> tuple[Problem, ...]:
        """Why what is remembered is not read; what the user wrote tells of itself.

        Files are read for this only when they were written since.
        """
        reason = why_unused(self._dir)
        if reason is not None:
            message = f"Nothing is remembered here, so ids and events may be lost, and nothing new is made: {reason}."
            return (Problem(where=str(self._dir), message=message),)
        there = tuple(map(identify, self._paths))
        if there != self._seen:
            self._damaged, self._seen = tuple(self._look()), there
        return self._damaged

    def _look(self) -> Iterator[Problem]:
        for path in self._paths:
            read = read_own_text(path, _LARGEST)
            fault = read.fault if read.text is None else _why_no_memory(read.text)
            if read.exists and fault is not None:
                yield Problem(where=str(path), message=f"The file {fault}. {_REMEDY}")


def _why_no_memory(text: str) -> str | None:
    return "holds no JSON object" if json_object(text) is None else None
