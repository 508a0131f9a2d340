"""The ancestors of a process."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gateway_core.host import ProcessInfo

_MOST_ANCESTORS = 16


def ancestors(pid: int, processes: Mapping[int, ProcessInfo]) -> Iterator[int]:
    """The parent of that process, its parent, and so on, as far as they are known; never `init`."""
    for _ in range(_MOST_ANCESTORS):
        info = processes.get(pid)
        if info is None or info.parent <= 1:
            return
        pid = info.parent
        yield pid
