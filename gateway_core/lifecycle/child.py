"""A gateway that this process started and that outlives it."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import threading
from contextlib import suppress

from gateway_core.lifecycle.invocation import Invocation

_MEANINGS = {
    2: "it does not accept the profile's name",
    78: "its config is wrong, or another gateway holds its lock",
    126: "its command may not be executed",
    127: "its command, or the Node.js that it needs, was not found",
}
"""Exit codes of the family (78 and 2: seen in openclaw 2026.9.6), and of the shell that runs a wrapper."""
_exits: dict[int, int] = {}
"""Of this process's children, by pid: only their parent is told, and only once."""


class Child:
    """A child in a session of its own. Nothing here ever ends it.

    `subprocess` and a thread that waits, rather than asyncio's subprocesses: those are killed when their loop closes.
    The thread costs next to nothing, works on every platform, and leaves no zombie behind a dashboard.
    """

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.pid = process.pid
        loop = asyncio.get_running_loop()
        self._exit: asyncio.Future[int] = loop.create_future()
        threading.Thread(
            target=_reap, args=(process, loop, self._exit), name=f"waits for pid {self.pid}", daemon=True
        ).start()

    async def exit_code(self, within_s: float) -> int | None:
        """How it ended, waiting so long for it; `None` while it runs."""
        await asyncio.wait({self._exit}, timeout=within_s)
        return self._exit.result() if self._exit.done() else None


def launch(invocation: Invocation, output: int) -> Child:
    """Start it detached: its own session, no input, output to that descriptor, no other descriptor. Raises `OSError`.

    Takes some milliseconds, and is not interrupted by a cancellation.
    """
    process = subprocess.Popen(
        invocation.argv,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        env=dict(invocation.environment),
        cwd=invocation.directory,
        start_new_session=True,
    )
    return Child(process)


def own_exit(pid: int) -> int | None:
    """How that child ended, in the form of `subprocess`: negative if by a signal; `None` if there is no such end."""
    return _exits.get(pid)


def forget_exit(pid: int) -> None:
    """Of an earlier child: another process has its pid now."""
    _exits.pop(pid, None)


def exit_meaning(code: int) -> str:
    """`exit code 78: its config is wrong, …`."""
    if code < 0:
        with suppress(ValueError):
            return f"ended by {signal.Signals(-code).name}"
    meaning = _MEANINGS.get(code)
    return f"exit code {code}" + (f": {meaning}" if meaning else "")


def _reap(process: subprocess.Popen[bytes], loop: asyncio.AbstractEventLoop, exit_: asyncio.Future[int]) -> None:
    code = _exits[process.pid] = process.wait()
    with suppress(RuntimeError):  # the loop has closed: nobody waits any more
        loop.call_soon_threadsafe(_settle, exit_, code)


def _settle(future: asyncio.Future[int], code: int) -> None:
    if not future.done():
        future.set_result(code)
