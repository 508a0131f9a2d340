"""A program on a pseudo terminal, as a person sees and uses it."""

import fcntl
import os
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyte

CLAW_TUI = Path(sys.executable).parent / "claw-tui"
DEADLINE_S = 60


class Terminal:
    """A program on a pseudo terminal, and what its screen shows."""

    def __init__(
        self,
        environment: dict[str, str],
        *arguments: str,
        columns: int = 120,
        lines: int = 40,
        program: str | Path = CLAW_TUI,
    ) -> None:
        self._end, inner = os.openpty()
        fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        self.raw = b""
        self._screen = pyte.Screen(columns, lines)
        self._stream = pyte.ByteStream(self._screen)
        self.process = subprocess.Popen(
            (program, *arguments),
            env={"TERM": "xterm-256color", **environment},
            stdin=inner,
            stdout=inner,
            stderr=inner,
            start_new_session=True,
            preexec_fn=_take_terminal,  # noqa: PLW1509  it only calls the kernel
        )
        os.close(inner)

    @property
    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self._screen.display)

    @property
    def settings(self) -> list[object]:
        """The settings of the terminal: whether it echoes, waits for the end of a line, …"""
        return list(termios.tcgetattr(self._end))

    def wait_for(self, wanted: Callable[[str], bool]) -> None:
        """Read on until the screen shows what is wanted."""
        limit = time.monotonic() + DEADLINE_S
        while not wanted(self.text):
            assert time.monotonic() < limit, self.text
            assert self._read_on(), f"it ended:\n{self.text}"

    def read_to_end(self) -> int:
        """Read until the program ends; its exit code."""
        limit = time.monotonic() + DEADLINE_S
        while self._read_on():
            assert time.monotonic() < limit, f"it does not end:\n{self.text}"
        return self.process.wait(timeout=DEADLINE_S)

    def watch(self, seconds: float) -> None:
        """Read on for that long, whatever comes."""
        limit = time.monotonic() + seconds
        while time.monotonic() < limit:
            self._read_on()

    def type(self, keys: str) -> None:
        os.write(self._end, keys.encode())

    def resize(self, columns: int, lines: int) -> None:
        """Give the window another size; the kernel tells the program."""
        self._screen.resize(lines, columns)
        fcntl.ioctl(self._end, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def hang_up(self) -> int:
        """Close the window; the program's exit code."""
        os.close(self._end)
        self._end = os.open(os.devnull, os.O_RDONLY)
        return self.process.wait(timeout=DEADLINE_S)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(timeout=DEADLINE_S)
        os.close(self._end)

    def _read_on(self) -> bool:
        ready, _, _ = select.select([self._end], [], [], 1)
        try:
            data = os.read(self._end, 65536) if ready else b""
        except OSError:
            return False
        self.raw += data
        self._stream.feed(data)
        return bool(data) or self.process.poll() is None


def _take_terminal() -> None:
    """In the new process: Ctrl+C and the closing of the window reach whoever has the terminal as its own."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


@contextmanager
def terminal(
    environment: dict[str, str],
    *arguments: str,
    columns: int = 120,
    lines: int = 40,
    program: str | Path = CLAW_TUI,
) -> Iterator[Terminal]:
    opened = Terminal(environment, *arguments, columns=columns, lines=lines, program=program)
    try:
        yield opened
    finally:
        opened.close()
