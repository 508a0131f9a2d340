"""A program in a terminal of its own, and when what it shows arrived there."""

import fcntl
import os
import pty
import struct
import subprocess
import termios
import threading
from collections.abc import Callable, Mapping, Sequence
from time import monotonic
from types import TracebackType
from typing import Self

import pyte

COLUMNS, LINES = 160, 48
_CHUNK = 65536

Lines = Sequence[str]


class NotShownError(Exception):
    """The program did not show it in time, or has ended."""


class ProgramTerminal:
    """Runs a command in a pseudo-terminal, as a context manager. A thread hands its output to `take`."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], columns: int, lines: int) -> None:
        self._controller, program_side = pty.openpty()
        self.resize(columns, lines)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self.started_at = monotonic()
        self._process = subprocess.Popen(
            command,
            env={**environment, "TERM": "xterm-256color", "COLORTERM": "truecolor"},
            stdin=program_side,
            stdout=program_side,
            stderr=program_side,
            start_new_session=True,
        )
        os.close(program_side)
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
    def pid(self) -> int:
        """The program."""
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """The exit code; `None` while it runs."""
        return self._process.poll()

    def resize(self, columns: int, lines: int) -> None:
        fcntl.ioctl(self._controller, termios.TIOCSWINSZ, struct.pack("4H", lines, columns, 0, 0))

    def press(self, keys: str) -> float:
        """Type; returns when (monotonic seconds)."""
        pressed_at = monotonic()
        os.write(self._controller, keys.encode())
        return pressed_at

    def take(self, piece: bytes) -> None:
        """Take in some output, on the thread that reads; nothing at its end."""
        raise NotImplementedError

    def _read(self) -> None:
        while piece := self._next_piece():
            self.take(piece)
        self.take(b"")

    def _next_piece(self) -> bytes:
        try:
            return os.read(self._controller, _CHUNK)
        except OSError:  # how Linux says that nobody holds the other side any more
            return b""


class TimedTerminal(ProgramTerminal):
    """Knows when what a program shows arrived: `with TimedTerminal(command, environment) as terminal`.

    A thread takes in the output and the moment at which each piece of it came. What it looks like is worked out
    afterwards, and only once the wanted texts have come, so that drawing costs the program nothing while it is timed.
    """

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self._screen = pyte.Screen(COLUMNS, LINES)
        self._drawing = pyte.ByteStream(self._screen)
        self._pieces: list[tuple[float, bytes]] = []
        self._drawn = 0
        self._ended = False
        self._news = threading.Condition()
        super().__init__(command, environment, COLUMNS, LINES)

    def when_shown(self, holds: Callable[[Lines], bool], *texts: str, deadline_s: float = 30) -> float:
        """When (monotonic seconds) the piece arrived that made the screen be so.

        `texts` must appear in what arrives from now on: before they have, the screen is not even drawn. Raises
        `NotShownError`.
        """
        wanted = [text.encode() for text in texts]
        limit = monotonic() + deadline_s
        while True:
            self._await_texts(wanted, limit)
            while self._drawn < len(self._pieces):
                arrived_at, piece = self._pieces[self._drawn]
                self._drawing.feed(piece)
                self._drawn += 1
                if holds(self._screen.display):
                    return arrived_at
            wanted = []

    def _await_texts(self, wanted: Sequence[bytes], limit: float) -> None:
        with self._news:
            while True:
                fresh = b"".join(piece for _, piece in self._pieces[self._drawn :])
                if fresh and all(text in fresh for text in wanted):
                    return
                if self._ended or not self._news.wait(limit - monotonic()):
                    raise NotShownError(f"not on screen in time; this is:\n{self._shown()}")

    def _shown(self) -> str:
        for _, piece in self._pieces[self._drawn :]:
            self._drawing.feed(piece)
        return "\n".join(line.rstrip() for line in self._screen.display).strip()

    def take(self, piece: bytes) -> None:
        with self._news:
            if piece:
                self._pieces.append((monotonic(), piece))
            self._ended = not piece
            self._news.notify_all()
