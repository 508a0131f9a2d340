"""Runs short commands, none longer than it may take, and ends children of this process.

What is ended here was started by this process, which still waits for it: a helper, never a gateway. A child keeps its
pid until it is waited for, so nobody else can be reached.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import subprocess

_DRAIN_S = 0.3  # how long output is awaited once the command has ended
_MOST_OUTPUT = 4 << 20  # bytes; what prints more says nothing that anybody waits for


@dataclass(frozen=True, slots=True)
class Reply:
    """The exit and the output of a command."""

    status: int
    output: str
    errors: str

    @property
    def first_error(self) -> str:
        return next(iter(self.errors.splitlines()), "")


class NoReplyError(Exception):
    """The command could not be run, did not end in time or printed without end; the message says which."""


async def run(
    command: Sequence[str], environment: Mapping[str, str], *, deadline: float, directory: Path | None = None
) -> Reply:
    """Run a command to its end, at most `deadline` seconds, without input. Raises `NoReplyError`."""
    output = {1: bytearray(), 2: bytearray()}

    def keep(pipe: int, data: bytes) -> bool:
        output[pipe] += data[: _MOST_OUTPUT + 1 - len(output[pipe])]
        return len(output[pipe]) > _MOST_OUTPUT

    try:
        async with running(command, environment, keep, directory) as process:
            async with asyncio.timeout(deadline):
                status = await process.ended()
            await process.drain(_DRAIN_S)
    except TimeoutError:
        raise NoReplyError(f"{command[0]} did not answer within {deadline:.0f} s") from None
    except FileNotFoundError:
        raise NoReplyError(f"{command[0]} is not installed") from None
    except OSError as error:
        raise NoReplyError(f"{command[0]} could not be run: {error.strerror}") from error
    if any(len(said) > _MOST_OUTPUT for said in output.values()):
        raise NoReplyError(f"{command[0]} printed more than {_MOST_OUTPUT >> 20} MiB")
    return Reply(status, output[1].decode("utf-8", "replace"), output[2].decode("utf-8", "replace"))


OnOutput = Callable[[int, bytes], bool | None]
"""Is called with stdout (1) or stderr (2) and what came from there; if it returns true, the command is killed."""


@asynccontextmanager
async def running(
    command: Sequence[str],
    environment: Mapping[str, str],
    on_output: OnOutput,
    directory: Path | None = None,
    stdin: int = asyncio.subprocess.DEVNULL,
) -> AsyncIterator[RunningCommand]:
    """Start a command in a session of its own, with exactly this environment. Raises `OSError`.

    What has not ended by the end of the block, or when the caller is cancelled, is killed with its children. What one
    that has ended leaves behind, a gateway for all we know, is its own affair, even if it holds the pipes.
    """
    starting = asyncio.ensure_future(
        asyncio.get_running_loop().subprocess_exec(
            partial(RunningCommand, on_output),
            *command,
            stdin=stdin,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=environment,
            cwd=directory,
            start_new_session=True,
        )
    )
    try:
        _, started = await asyncio.shield(starting)
    except asyncio.CancelledError:
        with suppress(OSError):
            await (await starting)[1].close()  # asyncio itself would kill only the command, not what that has begun
        raise
    try:
        yield started
    finally:
        await started.close()


class RunningCommand(asyncio.SubprocessProtocol):
    """A command, its output and its end: apart, because a child that it leaves behind can hold the pipes."""

    _transport: asyncio.SubprocessTransport

    def __init__(self, on_output: OnOutput) -> None:
        self._on_output = on_output
        self._ended = asyncio.Event()
        self._drained = asyncio.Event()
        self._open = {1, 2}

    @property
    def pid(self) -> int:
        return self._transport.get_pid()

    async def ended(self) -> int:
        """Wait for the end; the exit code."""
        await self._ended.wait()
        return self._transport.get_returncode() or 0

    async def drain(self, seconds: float) -> None:
        """Wait for the end of the output, at most so long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._drained.wait()

    async def end(self) -> None:
        """Kill the command, if it has not ended, with the session that it leads. Returns when it is gone."""
        if not self._ended.is_set():
            kill_session(self.pid)
            await self._ended.wait()

    async def close(self) -> None:
        """Kill the command, and let go of its pipes, whoever still holds their other ends."""
        await self.end()
        self._transport.close()
        await self._drained.wait()

    def write_and_close(self, data: bytes) -> None:
        """Write to the stdin of the command, and close it."""
        stdin = self._transport.get_pipe_transport(0)
        if isinstance(stdin, asyncio.WriteTransport):
            stdin.write(data)
            stdin.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.SubprocessTransport):
            self._transport = transport

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        if self._on_output(fd, data) and not self._ended.is_set():
            kill_session(self.pid)

    def pipe_connection_lost(self, fd: int, _error: Exception | None) -> None:
        self._open.discard(fd)
        if not self._open:
            self._drained.set()

    def process_exited(self) -> None:
        self._ended.set()


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


def kill_session(leader: int) -> None:
    """End a session, if it is still there. The caller holds its leader, or has not waited for it."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)
