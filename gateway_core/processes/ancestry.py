"""The ancestors of a process."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from gateway_core.host import Identity, ProcessInfo

_MOST_ANCESTORS = 16


def ancestors(pid: int, processes: Mapping[int, ProcessInfo]) -> Iterator[int]:
    """The parent of that process, its parent, and so on, as far as they are known; never `init`."""
    for _ in range(_MOST_ANCESTORS):
        info = processes.get(pid)
        if info is None or info.parent <= 1:
            return
        pid = info.parent
        yield pid


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
