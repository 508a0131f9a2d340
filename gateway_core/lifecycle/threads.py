"""Work in threads that must not be left half done, whatever happens to whoever waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import ParamSpec, TypeVar

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


async def finish_in_thread(
    work: Callable[Arguments, Result], *args: Arguments.args, **named: Arguments.kwargs
) -> Result:
    """Do that work in a thread, and never return before it is done, not even when cancelled.

    A thread cannot be stopped: whoever let go of a lock before it ends would have it write beside the next holder.
    """
    # No task: an event loop that ends cancels every task, which would count as the end of the thread.
    done = asyncio.get_running_loop().run_in_executor(None, partial(work, *args, **named))
    try:
        return await asyncio.shield(done)
    except asyncio.CancelledError:
        while not done.done():
            with suppress(asyncio.CancelledError):
                await asyncio.wait([done])
        raise
