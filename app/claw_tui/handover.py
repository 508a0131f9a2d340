"""Hands the terminal to another program, and takes it back when that has ended."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from textual.app import App

if TYPE_CHECKING:
    from gateway_core.lifecycle.invocation import Invocation


async def hand_over(app: App[object], called: Invocation) -> int:
    """Run it with the terminal as its own; its exit code. To be called from a worker.

    Nothing repaints meanwhile, and a Ctrl+C in the program is not one in the dashboard.

    Raises:
        SuspendNotSupported: the dashboard does not run in a terminal that it could give away.
        OSError: the program could not be run.
    """
    with app.suspend(), app.batch_update(), _deaf_to_interrupts():
        print(f"$ {called.shown}", flush=True)
        process = await asyncio.create_subprocess_exec(*called.argv, env=dict(called.environment), cwd=called.directory)
        status = await process.wait()
    app.refresh()
    return status


@contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
