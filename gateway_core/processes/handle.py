"""Handles of processes: signals, ends and exit codes of this very process, and of no later one with its pid."""

from __future__ import annotations

import asyncio
import errno
import fcntl
import os
import signal
import struct
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress

from gateway_core.host import Identity, ProcessInfo, ProcessTable
from gateway_core.system.descriptors import descriptor_share

_NO_PIDFDS = (errno.ENOSYS, errno.EPERM)  # of an old kernel; of a container that lets only known calls through
_LOOK_EVERY_S = 0.02  # how often a process is looked at where the kernel does not announce its end
_GET_INFO = 0xC040FF0B  # `PIDFD_GET_INFO` of `linux/pidfd.h` with the 64 bytes of its first `struct pidfd_info`
_EXIT = 1 << 3  # `PIDFD_INFO_EXIT`: asked for, and answered if the process was waited for by its parent
_CORE_DUMPED = 0x80
_MASK = struct.Struct("=Q")
_STATUS = struct.Struct("=60xi")


class ProcessHandle:
    """A process, found alive under its (pid, start). Holds a pidfd where there is one to be had; close it."""

    def __init__(self, processes: ProcessTable, info: ProcessInfo, descriptor: int | None) -> None:
        self.info = info  # as it was right after it was taken hold of
        self._processes = processes
        self._descriptor = descriptor
        self._loop: asyncio.AbstractEventLoop | None = None

    def send(self, number: signal.Signals) -> bool:
        """Send a signal; whether the process was still there to get it. Raises `PermissionError`."""
        try:
            if self._descriptor is not None:
                signal.pidfd_send_signal(self._descriptor, number)
            elif is_alive(self._processes, self.info.identity):
                os.kill(self.info.pid, number)
            else:
                return False
        except ProcessLookupError:
            return False
        return True

    async def ended(self, within_s: float) -> bool:
        """Wait for the end, at most so many seconds; whether it came. A zombie has ended."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await self._end()
        return not is_alive(self._processes, self.info.identity)

    def call_at_end(self, ended: Callable[[], object]) -> None:
        """Call a function at the end, again and again until the handle is closed; never without a pidfd."""
        if self._descriptor is not None:
            self._loop = asyncio.get_running_loop()
            self._loop.add_reader(self._descriptor, ended)

    def exit_code(self) -> int | None:
        """The exit code, in the form of `subprocess`: negative if by a signal; `None` if the process has not ended.

        Linux 6.15 and later say so of any process that a pidfd was opened for, whoever its parent was; others never.
        """
        if self._descriptor is None:
            return None
        answer = bytearray(_STATUS.size)
        _MASK.pack_into(answer, 0, _EXIT)
        try:
            fcntl.ioctl(self._descriptor, _GET_INFO, answer)
        except OSError:
            return None
        told = _MASK.unpack_from(answer)[0] & _EXIT
        return os.waitstatus_to_exitcode(_STATUS.unpack(answer)[0] & ~_CORE_DUMPED) if told else None

    def close(self) -> None:
        if self._descriptor is None:
            return
        if self._loop is not None:
            self._loop.remove_reader(self._descriptor)
        os.close(self._descriptor)
        self._descriptor = None

    async def _end(self) -> None:
        if self._descriptor is None:
            while is_alive(self._processes, self.info.identity):  # noqa: ASYNC110 - nobody announces it
                await asyncio.sleep(_LOOK_EVERY_S)
            return
        loop, ended = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(self._descriptor, ended.set)
        try:
            await ended.wait()
        finally:
            loop.remove_reader(self._descriptor)


def is_alive(processes: ProcessTable, identity: Identity) -> bool:
    """Whether the process of that pid and start is still there."""
    now = processes.find(identity.pid)
    return now is not None and now.identity == identity


def hold(processes: ProcessTable, identity: Identity) -> ProcessHandle | None:
    """A handle of that process; `None` if it is gone. Raises `OSError` if there are too many open files.

    The identity is read after the pidfd is open: from then on the descriptor stands for what was read, or for nothing.
    """
    handle = None
    try:
        descriptor = _pidfd(identity.pid)
    except ProcessLookupError:
        return None
    try:
        info = processes.find(identity.pid)
        if info is not None and info.identity == identity:
            handle = ProcessHandle(processes, info, descriptor)
    finally:
        if handle is None and descriptor is not None:
            os.close(descriptor)
    return handle


@contextmanager
def held(processes: ProcessTable, identity: Identity) -> Iterator[ProcessHandle | None]:
    """Hold that process until the end of the block; `None` if it is gone. Raises `OSError` as `hold` does."""
    handle = hold(processes, identity)
    try:
        yield handle
    finally:
        if handle is not None:
            handle.close()


def _pidfd(pid: int) -> int | None:
    """A pidfd; `None` only where there are none, for without one a signal may reach a later process."""
    if not hasattr(os, "pidfd_open"):
        return None
    try:
        return os.pidfd_open(pid)
    except OSError as error:
        if error.errno in _NO_PIDFDS:
            return None
        raise


class ExitWatch:
    """Calls `ended` the moment one of the watched processes ends. Linux only; elsewhere the clocks must do.

    So they must for those of very many processes for which there are no descriptors.
    """

    def __init__(self, processes: ProcessTable, ended: Callable[[], None]) -> None:
        self._processes = processes
        self._ended = ended
        self._handles: dict[Identity, ProcessHandle] = {}

    def watch(self, identities: Iterable[Identity]) -> None:
        """Watch these processes from now on, and no others."""
        wanted = set(identities)
        for identity in self._handles.keys() - wanted:
            self._forget(identity)
        room = max(0, descriptor_share() // 2 - len(self._handles))
        for identity in sorted(wanted - self._handles.keys())[:room]:
            self._follow(identity)

    def close(self) -> None:
        self.watch(())

    def _follow(self, identity: Identity) -> None:
        try:
            handle = hold(self._processes, identity)
        except OSError:  # too many open files: the clocks must do
            return
        if handle is None:
            self._ended()
            return
        self._handles[identity] = handle
        handle.call_at_end(lambda: self._on_exit(identity))

    def _on_exit(self, identity: Identity) -> None:
        self._forget(identity)
        self._ended()

    def _forget(self, identity: Identity) -> None:
        self._handles.pop(identity).close()
