"""Which processes were challenged already, by whichever claw-tui: each challenge leaves a line in a gateway's log."""

from __future__ import annotations

import os
import tempfile
import threading
from contextlib import suppress
from pathlib import Path

from pydantic import ValidationError

from gateway_core.files import read_text_file
from gateway_core.host import Host
from gateway_core.own_dirs import private_dir, state_dir
from gateway_core.snapshot import Model

REMEMBERED_PROCESSES = 512
"""How many processes' outcomes are kept; the oldest is forgotten first."""
_LARGEST = 1 << 16
_LARGEST_BOOT_ID = 1 << 10


class _Outcome(Model):
    pid: int
    start: int
    greeted: bool | None
    """`None`: it could not be asked in time."""


class _Remembered(Model):
    boot: str
    """Which boot of the machine the starts are counted from; empty where they need none."""
    outcomes: tuple[_Outcome, ...] = ()


class ChallengeMemory:
    """A small file in claw-tui's state dir. Blocks; may be called from any thread.

    It never fails: what cannot be read was not remembered, and what cannot be written will not be. Two programs that
    write at the same moment may lose one outcome, at the cost of one more challenge.
    """

    def __init__(self, host: Host) -> None:
        self._processes = host.processes
        self._path = state_dir(host) / "challenges.json"
        self._boot = (read_text_file(host.root / "proc/sys/kernel/random/boot_id", _LARGEST_BOOT_ID).text or "").strip()
        self._changing = threading.Lock()

    def recall(self) -> dict[tuple[int, int], bool | None]:
        """The outcomes since this boot, by (pid, start)."""
        try:
            remembered = _Remembered.model_validate_json(read_text_file(self._path, _LARGEST).text or "")
        except ValidationError:
            return {}
        same_boot = remembered.boot == self._boot
        return {(item.pid, item.start): item.greeted for item in remembered.outcomes} if same_boot else {}

    def add(self, process_identity: tuple[int, int], greeted: bool | None) -> None:
        """Remember that outcome, and forget those of processes that have ended."""
        with self._changing:
            known = self.recall() | {process_identity: greeted}
            alive = [(identity, greeted) for identity, greeted in known.items() if self._is_alive(*identity)]
            outcomes = tuple(
                _Outcome(pid=pid, start=start, greeted=greeted)
                for (pid, start), greeted in alive[-REMEMBERED_PROCESSES:]
            )
            with suppress(OSError):  # a home that cannot be written is no reason not to look at gateways
                self._write(_Remembered(boot=self._boot, outcomes=outcomes).model_dump_json())

    def _is_alive(self, pid: int, start: int) -> bool:
        info = self._processes.find(pid)
        return info is not None and info.start == start

    def _write(self, text: str) -> None:
        descriptor, name = tempfile.mkstemp(prefix=f".{self._path.name}.", dir=private_dir(self._path.parent))
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
            Path(name).replace(self._path)
        except OSError:
            Path(name).unlink(missing_ok=True)
            raise
