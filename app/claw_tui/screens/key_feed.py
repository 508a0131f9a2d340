"""Keys on their way to a screen that reads all of them itself, and cannot answer at any moment."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from textual.events import Key


class KeyFeed:
    """Passes keys on, one after the other; those that come too early wait for their turn."""

    def __init__(self, press: Callable[[Key], Awaitable[bool]]) -> None:
        """`press` does what a key asks for, and says whether that is anything."""
        self._press = press
        self._waiting: list[Key] | None = None

    def hold(self) -> None:
        """From now on keys wait."""
        self._waiting = []

    def drop(self) -> None:
        """Those that waited mean nothing any more; the next are passed on."""
        self._waiting = None

    async def release(self) -> None:
        """Pass on those that waited, and all that follow."""
        waiting, self._waiting = self._waiting or (), None
        for key in waiting:
            await self._press(key)

    async def take(self, key: Key) -> bool:
        """Pass it on, or let it wait; whether it has been or will be answered."""
        if self._waiting is None:
            return await self._press(key)
        self._waiting.append(key)
        return True
