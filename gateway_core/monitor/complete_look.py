"""One look at everything, for what is asked once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from gateway_core.host import Host
from gateway_core.monitor.observer import Observer
from gateway_core.system.descriptors import NONE_LEFT


@asynccontextmanager
async def complete_look(host: Host) -> AsyncIterator[Observer]:
    """An observer that has looked once at everything, the answers of all gateways included.

    What too many open files have hidden from it is among the problems of its snapshot.
    """
    observer = await Observer.on(host)
    try:
        for where, look in (("host", observer.look_at_system), ("gateways", observer.look_at_gateways)):
            try:
                await look()
            except OSError as error:
                if error.errno not in NONE_LEFT:
                    raise
                observer.note_unseen(where, error)
        yield observer
    finally:
        await observer.aclose()
