"""The ancestors of a process."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from gateway_core.host import Identity, ProcessInfo

_MOST_ANCESTORS = 16
_INITS = re.compile(r"init|systemd|launchd|tini(-static)?|dumb-init|docker-init|podman-init|catatonit")
"""The programs that only adopt and reap; in a container, the first process is mostly the one that was asked for."""


def ancestors(pid: int, processes: Mapping[int, ProcessInfo]) -> Iterator[int]:
    """The parent of that process, its parent, and so on, as far as they are known; never `init`."""
    for _ in range(_MOST_ANCESTORS):
        info = processes.get(pid)
        if info is None or info.parent <= 1:
            return
        pid = info.parent
        yield pid


def starters(pid: int, processes: Mapping[int, ProcessInfo]) -> Iterator[int]:
    """The ancestors that may have started that process: the first process of a container, too, unless it is an init."""
    top = pid
    for each in ancestors(pid, processes):
        yield each
        top = each
    info, first = processes.get(top), processes.get(1)
    if info is not None and info.parent == 1 and first is not None:
        program = first.argv[0].rpartition("/")[2] if first.argv else first.name
        if not _INITS.fullmatch(program):
            yield 1


def launching_line(
    pid: int, processes: Mapping[int, ProcessInfo], gateways: Collection[int] = ()
) -> tuple[Identity, ...]:
    """The process and what launched it: its ancestors, up to the next one that is a gateway itself.

    What a gateway starts, be it a gateway of another instance, was not launched by what had launched that one.
    """
    line = []
    for each in (pid, *ancestors(pid, processes)):
        info = processes.get(each)
        if info is None or (each != pid and each in gateways):
            break
        line.append(info.identity)
    return tuple(line)
