"""Running one short command to its end and never longer than it may take, and ending what runs for a short while.

What is ended here was started by this process, which still waits for it: a helper, never a gateway. A child keeps its
pid until it is waited for, so nobody else can be reached.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import subprocess

_AFTERMATH_S = 0.3
"""How long output is awaited once the command has ended."""


@dataclass(frozen=True, slots=True)
class Reply:
    """How a command ended and what it said."""

    status: int
    output: str
    complaints: str

    @property
    def complaint(self) -> str:
        return next(iter(self.complaints.splitlines()), "")


class NoReplyError(Exception):
    """The command could not be run or did not end in time; the message says which, for people."""


async def run(
    command: Sequence[str], environment: Mapping[str, str], *, deadline: float, directory: Path | None = None
) -> Reply:
    """Run a command without input, in a session of its own, with exactly this environment. Raises `NoReplyError`.

    `deadline` is in seconds. What has not ended by then, or when the caller is cancelled, is killed with its children.
    What one that has ended leaves behind, a gateway for all we know, is its own affair, even if it holds the pipes.
    """
    starting = asyncio.ensure_future(
        asyncio.get_running_loop().subprocess_exec(
            _Listener,
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=environment,
            cwd=directory,
            start_new_session=True,
        )
    )
    try:
        transport, listener = await asyncio.shield(starting)
    except asyncio.CancelledError:
        with suppress(OSError):
            await _end(*await starting)  # asyncio itself would kill only the command, and not what that has begun
        raise
    except FileNotFoundError:
        raise NoReplyError(f"{command[0]} is not installed") from None
    except OSError as error:
        raise NoReplyError(f"{command[0]} could not be run: {error.strerror}") from error
    try:
        async with asyncio.timeout(deadline):
            await listener.ended.wait()
    except TimeoutError:
        raise NoReplyError(f"{command[0]} did not answer within {deadline:.0f} s") from None
    else:
        await listener.hear_out(_AFTERMATH_S)
    finally:
        await _end(transport, listener)
    return Reply(transport.get_returncode() or 0, listener.said(1), listener.said(2))


class _Listener(asyncio.SubprocessProtocol):
    """The output of a command, and its end: apart, because a child that it leaves behind can hold the pipes."""

    def __init__(self) -> None:
        self.ended = asyncio.Event()
        self._silent = asyncio.Event()
        self._heard = {1: bytearray(), 2: bytearray()}
        self._open = {1, 2}

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        self._heard[fd] += data

    def pipe_connection_lost(self, fd: int, _error: Exception | None) -> None:
        self._open.discard(fd)
        if not self._open:
            self._silent.set()

    def process_exited(self) -> None:
        self.ended.set()

    async def hear_out(self, seconds: float) -> None:
        """Wait for the end of the output, at most so long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._silent.wait()

    def said(self, channel: int) -> str:
        return self._heard[channel].decode("utf-8", "replace")


async def _end(transport: asyncio.SubprocessTransport, listener: _Listener) -> None:
    """Kill the command, if it has not ended, with the group that it leads; what it has left behind is not signalled."""
    if not listener.ended.is_set():
        kill_session(transport.get_pid())
        await listener.ended.wait()
    transport.close()


_LOOK_EVERY_S = 0.02


def kill_child(process: subprocess.Popen[bytes]) -> None:
    """End a child at once, if it has not ended, and close its pipes. Blocks until it is gone."""
    process.kill()
    process.communicate()


async def end_child(process: asyncio.subprocess.Process, within_s: float) -> None:
    """Ask a child to end, if it has not ended; after so many seconds, end it. Returns when it is gone."""
    if process.returncode is not None:
        return
    process.terminate()
    try:
        async with asyncio.timeout(within_s):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


async def until_ended(process: asyncio.subprocess.Process) -> int:
    """Wait for the exit code. Not by `wait`: until Python 3.13 that waits for pipes, too, which its child can hold."""
    while process.returncode is None:  # noqa: ASYNC110 - asyncio tells nobody of the end alone
        await asyncio.sleep(_LOOK_EVERY_S)
    return process.returncode


async def kill_session_of(process: asyncio.subprocess.Process) -> None:
    """End a child at once, if it has not ended, with the session that it leads. Returns when it is gone."""
    if process.returncode is None:
        kill_session(process.pid)
    await until_ended(process)


def kill_session(leader: int) -> None:
    """End a session, if it is still there. The caller holds its leader, or has not waited for it."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)
