"""The newest lines of one instance's logs, read only while somebody looks at them."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import ClassVar

from textual.binding import Binding, BindingType

from claw_tui.hosts.logs import LogOpener, LogQuery
from claw_tui.logs.feed import LogFeed
from claw_tui.logs.reader import LogReader
from gateway_core.snapshot import Instance, Snapshot


class LogTail(LogReader):
    """Follows whom it is told to. All that it has under way ends as soon as it is told to look at nobody."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("end", "to_end", show=False)]

    page = 100
    every_s = 0.5
    patience_s = 0.2
    """A cursor that only passes opens nothing."""

    def __init__(self, *, id: str) -> None:  # noqa: A002 - what Textual calls it
        super().__init__(id=id)
        self._looked_at: tuple[str, str | None] | None = None

    def look_at(self, opener: LogOpener | None, snapshot: Snapshot, instance: Instance) -> None:
        """Show the logs of that instance from now on; nothing happens if it does so already."""
        self.find = partial(opener, snapshot) if opener is not None else None
        wanted = (instance.id, instance.log_file)
        if self.find is None or wanted == self._looked_at:
            return
        self._looked_at = wanted
        self.blank()
        self.open(LogQuery((instance.id,)))
        self.attend(looking=True)

    def look_away(self) -> None:
        """Read nothing any more; what is shown stays."""
        if self._looked_at is not None:
            self._looked_at = None
            self.attend(looking=False)
            self.close()

    def action_to_end(self) -> None:
        """Follow again."""
        self.go_on()

    async def _read(self, feed: LogFeed, wish: LogQuery) -> None:
        await asyncio.sleep(self.patience_s)
        await super()._read(feed, wish)
