"""A gateway that this process started and that outlives it."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import threading
from contextlib import suppress
from datetime import datetime
from functools import partial

from gateway_core.host import ProcessInfo, ProcessTable
from gateway_core.lifecycle.invocation import Invocation

_MEANINGS = {
    2: "it does not accept the profile's name",
    78: "its config is wrong, or another gateway holds its lock",
    126: "its command may not be executed",
    127: "its command, or the Node.js that it needs, was not found",
}
"""Exit codes of the family (78 and 2: seen in openclaw 2026.9.6), and of the shell that runs a wrapper."""
_KEPT = 200
"""Far more ends than can be asked for: each is asked for soon after it was seen."""
_exits: dict[tuple[int, datetime], int] = {}
"""The newest of this process's children, by pid and start: only their parent is told, and only once."""
_exits_lock = threading.Lock()


class Child:
    """A child in a session of its own. Nothing here ever ends it.

    `subprocess` and a thread that waits, rather than asyncio's subprocesses: those are killed when their loop closes.
    The thread costs next to nothing, works on every platform, and leaves no zombie behind a dashboard.
    """

    def __init__(self, process: subprocess.Popen[bytes], info: ProcessInfo | None) -> None:
        self.pid = process.pid
        self.info = info
        """As it was at its start; `None` if it had ended by then."""
        self._exit: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        reap = partial(_reap, process, info, self._exit)
        threading.Thread(target=reap, name=f"waits for pid {self.pid}", daemon=True).start()

    async def exit_code(self, within_s: float) -> int | None:
        """How it ended, waiting so long for it; `None` while it runs."""
        await asyncio.wait({self._exit}, timeout=within_s)
        return self._exit.result() if self._exit.done() else None


def launch(invocation: Invocation, output: int, processes: ProcessTable) -> Child:
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
    return Child(process, processes.find(process.pid))  # nobody else has that pid before it is waited for


def own_exit(pid: int, started_at: datetime) -> int | None:
    """How that child ended, in the form of `subprocess`: negative if by a signal; `None` if there is no such end."""
    return _exits.get((pid, started_at))


def exit_meaning(code: int) -> str:
    """`exit code 78: its config is wrong, …`."""
    if code < 0:
        with suppress(ValueError):
            return f"ended by {signal.Signals(-code).name}"
    meaning = _MEANINGS.get(code)
    return f"exit code {code}" + (f": {meaning}" if meaning else "")


def _reap(process: subprocess.Popen[bytes], info: ProcessInfo | None, exit_: asyncio.Future[int]) -> None:
    code = process.wait()
    if info is not None:
        _remember(info, code)
    with suppress(RuntimeError):  # the loop has closed: nobody waits any more
        exit_.get_loop().call_soon_threadsafe(_settle, exit_, code)


def _remember(info: ProcessInfo, code: int) -> None:
    with _exits_lock:
        _exits[info.pid, info.started_at] = code
        while len(_exits) > _KEPT:
            del _exits[next(iter(_exits))]


def _settle(future: asyncio.Future[int], code: int) -> None:
    if not future.done():
        future.set_result(code)
