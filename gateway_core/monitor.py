"""Watches the whole host: collectors with their own clocks turn into a stream of snapshots."""

from collections.abc import AsyncIterator
from types import TracebackType
from typing import Self

from gateway_core.host import Host
from gateway_core.snapshot import Snapshot


async def take_snapshot(host: Host) -> Snapshot:
    """One complete look at the host."""
    raise NotImplementedError


class Monitor:
    """Watches a host while it is entered: `async with Monitor(host) as monitor`."""

    def __init__(self, host: Host) -> None:
        self._host = host

    async def __aenter__(self) -> Self:
        raise NotImplementedError

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        raise NotImplementedError

    def subscribe(self) -> AsyncIterator[Snapshot]:
        """The current snapshot at once, then each change; a slow subscriber skips to the newest."""
        raise NotImplementedError

    def refresh(self) -> None:
        """Look at everything again now."""
        raise NotImplementedError
