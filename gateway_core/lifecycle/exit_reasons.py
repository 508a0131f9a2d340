"""How gateways ended, as far as the kernel tells anybody but their parent, and on whose request.

Linux 6.15 and later say of any process that was held by a pidfd how it ended, whoever its parent was. Elsewhere only a
parent gets to know: then the ends of this process's own children are known, and no others. Nothing is ever guessed.
"""

from __future__ import annotations

import fcntl
import os
import struct
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime

from gateway_core.host import Host
from gateway_core.lifecycle.direct import own_exit
from gateway_core.lifecycle.locking import last_record
from gateway_core.operations import STOPS_WITHIN, Operation
from gateway_core.snapshot import Instance, ProcessSignal

_GET_INFO = 0xC040FF0B
"""`PIDFD_GET_INFO` of `linux/pidfd.h` with the 64 bytes of its first `struct pidfd_info`."""
_EXIT = 1 << 3
"""`PIDFD_INFO_EXIT`: asked for, and answered if the process was waited for by its parent."""
_CORE_DUMPED = 0x80
_MASK = struct.Struct("=Q")
_STATUS = struct.Struct("=60xi")

_Key = tuple[int, datetime]


class ExitReasons:
    """Holds on to every gateway process that it is shown, one file descriptor each, until it is shown no more."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._held: dict[_Key, int | None] = {}

    def follow(self, shown: Iterable[ProcessSignal]) -> None:
        """From now on these; of the others the end will not be asked for any more."""
        keys = {_key(process): process for process in shown}
        for key in self._held.keys() - keys.keys():
            self._let_go(self._held.pop(key))
        for key in keys.keys() - self._held.keys():
            self._held[key] = self._take_hold(keys[key])

    def of(self, process: ProcessSignal) -> str | None:
        """`exited 78`, `killed by signal 9`; `None`: it was not followed, or nobody tells."""
        key = _key(process)
        if key not in self._held:
            return None
        descriptor = self._held[key]
        code = _exit_code(descriptor) if descriptor is not None else None
        return _spoken(code if code is not None else own_exit(*key))

    def asked_for(self, instance: Instance, at: datetime) -> Operation | None:
        """With what some claw-tui had the process of that instance end, shortly before that time."""
        process = instance.signals.process
        record = last_record(self._host, instance.config_path or instance.id)
        asked = record.asked_to_stop
        if process is None or asked is None or asked.at is None or asked.pid != process.pid:
            return None
        meant = process.started_at <= asked.at <= at <= asked.at + STOPS_WITHIN
        return record.to_end_it if meant else None

    def close(self) -> None:
        """Let go of all of them."""
        self.follow(())

    def _take_hold(self, process: ProcessSignal) -> int | None:
        """Whose identity is read after the descriptor is open stands behind it, or nobody does."""
        descriptor = _pidfd(process.pid)
        info = self._host.processes.find(process.pid)
        if info is not None and info.started_at == process.started_at:
            return descriptor
        self._let_go(descriptor)
        return None

    def _let_go(self, descriptor: int | None) -> None:
        if descriptor is not None:
            os.close(descriptor)


def _key(process: ProcessSignal) -> _Key:
    return (process.pid, process.started_at)


def _pidfd(pid: int) -> int | None:
    if hasattr(os, "pidfd_open"):
        with suppress(OSError):  # it is gone, the kernel is old, or there are too many open files
            return os.pidfd_open(pid)
    return None


def _exit_code(descriptor: int) -> int | None:
    """In the form of `subprocess`: negative if by a signal."""
    answer = bytearray(_STATUS.size)
    _MASK.pack_into(answer, 0, _EXIT)
    try:
        fcntl.ioctl(descriptor, _GET_INFO, answer)
    except OSError:
        return None  # a kernel that cannot tell
    told = _MASK.unpack_from(answer)[0] & _EXIT
    return os.waitstatus_to_exitcode(_STATUS.unpack(answer)[0] & ~_CORE_DUMPED) if told else None


def _spoken(code: int | None) -> str | None:
    if code is None:
        return None
    return f"killed by signal {-code}" if code < 0 else f"exited {code}"
