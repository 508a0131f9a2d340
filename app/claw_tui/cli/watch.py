"""Prints over and over, until it is interrupted or nobody reads any more."""

from __future__ import annotations

import asyncio
import os
import stat
import sys
from collections.abc import Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING

from claw_tui import gc_tuning
from claw_tui.cli.errors import ReaderGone
from claw_tui.hosts.gateway_host import GatewayHost

if TYPE_CHECKING:
    from gateway_core.snapshot import Snapshot


async def while_read(printing: Coroutine[None, None, None]) -> None:
    """Run `printing` to its end; raise `ReaderGone` as soon as the reader of our pipe has closed it."""
    gc_tuning.collect_only_new()
    work = asyncio.create_task(printing)
    leaving = asyncio.create_task(_reader_leaves())
    try:
        await asyncio.wait((work, leaving), return_when=asyncio.FIRST_COMPLETED)
        if not work.done():
            raise ReaderGone
        await work
    finally:
        work.cancel()
        leaving.cancel()
        await asyncio.gather(work, leaving, return_exceptions=True)


async def print_changes(
    host: GatewayHost, draw: Callable[[Snapshot], Awaitable[str]], emit: Callable[[str], None]
) -> None:
    """Emit what `draw` makes of the snapshot, now and whenever that changes."""
    printed = None
    async with host.monitor(ask_first=True) as monitor:
        async for snapshot in monitor.subscribe():
            text = await draw(snapshot)
            if text and text != printed:
                emit(text)
                printed = text


async def _reader_leaves() -> None:
    """Return when the reader has closed our pipe; never, if stdout is no pipe."""
    gone = asyncio.Event()
    pipe = _own_pipe()
    if pipe is None:
        await gone.wait()
        return
    loop = asyncio.get_running_loop()
    loop.add_reader(pipe, gone.set)  # the writing end is never readable: all that it can report is its end
    try:
        await gone.wait()
    finally:
        loop.remove_reader(pipe)


def _own_pipe() -> int | None:
    try:
        descriptor = sys.stdout.fileno()
    except OSError:
        return None
    return descriptor if stat.S_ISFIFO(os.fstat(descriptor).st_mode) else None
