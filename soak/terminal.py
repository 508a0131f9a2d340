"""A program on a pseudo-terminal whose output nobody keeps, but for the end of it."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import termios
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Self

_KEPT = 500_000  # bytes


class DrainedTerminal:
    """Runs a command in a pseudo-terminal: `with DrainedTerminal(command, environment) as terminal`."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self._controller, program_side = pty.openpty()
        self.last = b""  # of what it printed
        self.resize(120, 36)
        self._process = subprocess.Popen(
            command,
            env={**environment, "TERM": "xterm-256color", "COLORTERM": "truecolor"},
            stdin=program_side,
            stdout=program_side,
            stderr=program_side,
            start_new_session=True,
        )
        os.close(program_side)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()
        self._reader.join()
        os.close(self._controller)

    @property
    def ended(self) -> int | None:
        """The exit code; `None` while it runs."""
        return self._process.poll()

    def press(self, keys: str) -> None:
        with suppress(OSError):  # it has ended
            os.write(self._controller, keys.encode())

    def resize(self, columns: int, lines: int) -> None:
        fcntl.ioctl(self._controller, termios.TIOCSWINSZ, struct.pack("4H", lines, columns, 0, 0))

    def _read(self) -> None:
        with suppress(OSError):  # how Linux says that nobody holds the other side any more
            while piece := os.read(self._controller, 65536):
                self.last = (self.last + piece)[-_KEPT:]
