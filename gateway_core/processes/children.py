"""Ends what this process started for a short while and still waits for: helpers, never a gateway.

A child keeps its pid until it is waited for, so that none of these can reach anybody else.
"""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import subprocess

_LOOK_EVERY_S = 0.02


def kill_child(process: subprocess.Popen[bytes]) -> None:
    """End it at once, if it has not ended, and close its pipes. Blocks until it is gone."""
    process.kill()
    process.communicate()


async def end_child(process: asyncio.subprocess.Process, within_s: float) -> None:
    """Ask it to end, if it has not ended; after so many seconds, end it. Returns when it is gone."""
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
    """Its exit code. Not by `wait`: until Python 3.13 that waits for the pipes, too, which a child of it can hold."""
    while process.returncode is None:  # noqa: ASYNC110 - asyncio tells nobody of the end alone
        await asyncio.sleep(_LOOK_EVERY_S)
    return process.returncode


async def kill_session_of(process: asyncio.subprocess.Process) -> None:
    """End it at once, if it has not ended, with the session that it leads. Returns when it is gone."""
    if process.returncode is None:
        kill_session(process.pid)
    await until_ended(process)


def kill_session(leader: int) -> None:
    """End the session that it leads, if that is still there. The caller holds the leader, or has not waited for it."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)
