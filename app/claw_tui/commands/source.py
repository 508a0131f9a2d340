"""Where commands get their snapshots from; tests give their own."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from gateway_core.host import Host
    from gateway_core.snapshot import Snapshot


class SnapshotSource(Protocol):
    """A host, and pictures of it. It is the `obj` of the click context."""

    @property
    def host(self) -> Host:
        """The machine that the snapshots are of."""
        ...

    async def snapshot(self) -> Snapshot:
        """One complete look."""
        ...

    def changes(self) -> AsyncGenerator[Snapshot, None]:
        """The current snapshot at once, then each change, without end."""
        ...


class LocalSource:
    """The machine that this program runs on."""

    @cached_property
    def host(self) -> Host:
        """This machine as the calling user sees it."""
        from gateway_core.system import this_host

        return this_host()

    async def snapshot(self) -> Snapshot:
        """One complete look."""
        from gateway_core.monitor import take_snapshot

        return await take_snapshot(self.host)

    async def changes(self) -> AsyncGenerator[Snapshot, None]:
        """The current snapshot at once, then each change, until it is closed."""
        from gateway_core.monitor import Monitor

        async with Monitor(self.host) as monitor:
            async for snapshot in monitor.subscribe():
                yield snapshot
