"""The reasons why gateways ended, as far as the kernel tells anybody but their parent, and who asked for it.

Linux 6.15 and later say of any process that was held by a pidfd how it ended, whoever its parent was. Elsewhere only a
parent gets to know: then the ends of this process's own children are known, and no others. Nothing is ever guessed.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime

from gateway_core.discovery.operation_records import last_record
from gateway_core.host import Host, Identity
from gateway_core.lifecycle.direct import own_exit
from gateway_core.operations import STOPS_WITHIN, Operation
from gateway_core.processes.handle import ProcessHandle, hold
from gateway_core.snapshot import Instance, ProcessSignal
from gateway_core.system.descriptors import descriptor_share


class ExitReasons:
    """Holds on to the gateway processes that it is shown, one file descriptor each, until they are shown no more.

    Of very many, only to as many as there are descriptors for: how the others ended is not known.
    """

    def __init__(self, host: Host) -> None:
        self._host = host
        self._handles: dict[Identity, ProcessHandle | None] = {}

    def follow(self, shown: Iterable[ProcessSignal]) -> None:
        """Follow these processes from now on, and no others: how others ended will not be known."""
        identities = {process.identity for process in shown if process.identity is not None}
        for identity in self._handles.keys() - identities:
            handle = self._handles.pop(identity)
            if handle is not None:
                handle.close()
        room = max(0, descriptor_share() // 2 - len(self._handles))
        for identity in sorted(identities - self._handles.keys())[:room]:
            with suppress(OSError):  # too many open files
                self._handles[identity] = hold(self._host.processes, identity)

    def of(self, process: ProcessSignal) -> str | None:
        """Return how a process ended: `exited 78`, `killed by signal 9`; `None` if not followed, or nobody tells."""
        identity = process.identity
        if identity is None or identity not in self._handles:
            return None
        handle = self._handles[identity]
        code = handle.exit_code() if handle is not None else None
        code = own_exit(identity) if code is None else code
        if code is None:
            return None
        return f"killed by signal {-code}" if code < 0 else f"exited {code}"

    def asked_for(self, instance: Instance, at: datetime) -> Operation | None:
        """The operation with which some claw-tui had the process of that instance end, shortly before that time."""
        process = instance.signals.process
        record = last_record(self._host, instance.config_path or instance.id)
        asked = record.asked_to_stop
        if process is None or asked is None or asked.at is None or asked.pid != process.pid:
            return None
        meant = process.started_at <= asked.at <= at <= asked.at + STOPS_WITHIN
        return Operation.named(record.to_end_it) if meant else None

    def close(self) -> None:
        self.follow(())
