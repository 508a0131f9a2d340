"""Hands the terminal to another program, and takes it back when that has ended."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from textual.app import App

from gateway_core.processes.run import end_child

if TYPE_CHECKING:
    from gateway_core.lifecycle.invocation import Invocation

_LINE = 4096
_CLOSE_TIMEOUT_S = 2.0


async def hand_over(app: App[object], called: Invocation) -> int:
    """Run a program with the terminal as its own, until the user has read its last words; return its exit code.

    To be called from a worker. The app goes on meanwhile but paints nothing, and a Ctrl+C is the program's alone.

    Raises:
        SuspendNotSupported: the dashboard does not run in a terminal that it could give away.
        OSError: the program could not be run.
    """
    with app.suspend(), app.batch_update(), _ignoring_interrupts():
        print(f"\n$ {called.shown}\n", flush=True)
        process = await asyncio.create_subprocess_exec(*called.argv, env=dict(called.environment), cwd=called.directory)
        try:
            status = await process.wait()
        finally:
            await end_child(process, _CLOSE_TIMEOUT_S)  # it would read from the terminal, should the app end before it
        termios.tcflush(sys.stdin.fileno(), termios.TCIFLUSH)  # what was typed for the program is no answer to claw-tui
        ended = f"It was ended by signal {-status}." if status < 0 else f"It has ended with exit code {status}."
        print(f"\n{ended} Press enter to go back to claw-tui.", flush=True)
        await _enter()
    return status


async def _enter() -> None:
    """Wait for a line, without a thread: one that reads could not be told to stop."""
    loop, there = asyncio.get_running_loop(), asyncio.Event()
    keyboard = sys.stdin.fileno()
    loop.add_reader(keyboard, there.set)
    try:
        await there.wait()
        os.read(keyboard, _LINE)
    finally:
        loop.remove_reader(keyboard)


@contextmanager
def _ignoring_interrupts() -> Iterator[None]:
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
