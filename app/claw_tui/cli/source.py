"""The source of snapshots for all commands, which also acts on instances for them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway_core.host import Host
    from gateway_core.lifecycle.backend import Options
    from gateway_core.operations import Operation, OperationResult, Report
    from gateway_core.snapshot import Snapshot


class SnapshotSource:
    """This host, its snapshots and operations on it; the `obj` of the click context, which tests replace."""

    @cached_property
    def host(self) -> Host:
        from gateway_core.local_host import this_host

        return this_host()

    async def snapshot(self) -> Snapshot:
        from gateway_core.monitor.monitor import take_snapshot

        return await take_snapshot(self.host)

    async def glance(self) -> Snapshot:
        """Return the instances that there are, by their files and processes, in a third of the time of `snapshot`."""
        import asyncio  # a fifth of the time that --help takes

        from gateway_core.monitor.observer import Observer

        observer = Observer(self.host)
        await asyncio.gather(observer.look_at_processes(), observer.look_at_disk())
        return await asyncio.to_thread(observer.snapshot)

    async def changes(self) -> AsyncGenerator[Snapshot, None]:
        """Yield the current snapshot at once, then each change, without end."""
        from gateway_core.monitor.monitor import Monitor

        async with Monitor(self.host, ask_first=True) as monitor:
            async for snapshot in monitor.subscribe():
                yield snapshot

    async def operate(
        self, instance_ids: Sequence[str], operation: Operation, options: Options, report: Report
    ) -> tuple[OperationResult, ...]:
        from gateway_core.lifecycle.operate import operate_many

        return await operate_many(self.host, instance_ids, operation, options, report)
