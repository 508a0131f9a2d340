"""A process held fast: while it is held, a signal can reach this very process and no later one with its pid."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress

from gateway_core.host import Identity, ProcessInfo, ProcessTable

_GLANCE_S = 0.02
"""How often a process is looked at where the kernel does not announce its end."""


class HeldProcess:
    """One process, found alive under its (pid, start)."""

    def __init__(self, processes: ProcessTable, info: ProcessInfo, descriptor: int | None) -> None:
        self.info = info
        """As it was right after it was taken hold of."""
        self._processes = processes
        self._descriptor = descriptor

    def send(self, number: signal.Signals) -> bool:
        """Send that signal; whether the process was still there to get it. Raises `PermissionError`."""
        try:
            if self._descriptor is not None:
                signal.pidfd_send_signal(self._descriptor, number)
            elif self._is_alive():
                os.kill(self.info.pid, number)
            else:
                return False
        except ProcessLookupError:
            return False
        return True

    async def ended(self, within_s: float) -> bool:
        """Wait for its end, at most so many seconds; whether it came. A zombie has ended."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await (self._announced_end() if self._descriptor is not None else self._noticed_end())
        return not self._is_alive()

    async def _announced_end(self) -> None:
        loop = asyncio.get_running_loop()
        ended = asyncio.Event()
        descriptor = self._descriptor or 0
        loop.add_reader(descriptor, ended.set)
        try:
            await ended.wait()
        finally:
            loop.remove_reader(descriptor)

    async def _noticed_end(self) -> None:
        while True:
            if not self._is_alive():
                return
            await asyncio.sleep(_GLANCE_S)

    def _is_alive(self) -> bool:
        now = self._processes.find(self.info.pid)
        return now is not None and now.identity == self.info.identity


@contextmanager
def held(processes: ProcessTable, identity: Identity) -> Iterator[HeldProcess | None]:
    """Take hold of that process; `None` if it is gone.

    The identity is read after the pidfd is open: from then on the descriptor stands for what was read, or for nothing.
    """
    descriptor = _pidfd(identity[0])
    try:
        info = processes.find(identity[0])
        alive = info is not None and info.identity == identity
        yield HeldProcess(processes, info, descriptor) if info is not None and alive else None
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _pidfd(pid: int) -> int | None:
    """A descriptor that stands for the process of that pid; `None` where there is none to be had."""
    if not hasattr(os, "pidfd_open"):
        return None
    try:
        return os.pidfd_open(pid)
    except OSError:
        return None  # it is gone, which reading its identity will show, or an old kernel


class ExitWatch:
    """Calls `ended` the moment one of the watched processes ends. Linux only; elsewhere the clocks must do."""

    def __init__(self, ended: Callable[[], None]) -> None:
        self._ended = ended
        self._descriptors: dict[tuple[int, int], int] = {}

    def watch(self, identities: Iterable[tuple[int, int]]) -> None:
        """From now on watch these processes, given as (pid, start), and no others."""
        if not hasattr(os, "pidfd_open"):
            return
        wanted = set(identities)
        for identity in self._descriptors.keys() - wanted:
            self._forget(identity)
        for identity in wanted - self._descriptors.keys():
            self._follow(identity)

    def close(self) -> None:
        """Stop watching."""
        for identity in tuple(self._descriptors):
            self._forget(identity)

    def _follow(self, identity: tuple[int, int]) -> None:
        try:
            descriptor = os.pidfd_open(identity[0])
        except ProcessLookupError:
            self._ended()
            return
        except OSError:
            return  # out of descriptors, or an old kernel: the clocks will notice
        self._descriptors[identity] = descriptor
        asyncio.get_running_loop().add_reader(descriptor, self._on_exit, identity)

    def _on_exit(self, identity: tuple[int, int]) -> None:
        self._forget(identity)
        self._ended()

    def _forget(self, identity: tuple[int, int]) -> None:
        descriptor = self._descriptors.pop(identity)
        asyncio.get_running_loop().remove_reader(descriptor)
        os.close(descriptor)
