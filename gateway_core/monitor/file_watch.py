"""The file watch: tells the monitor of changed files as soon as the system announces them."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

_DEBOUNCE_MS = 100
_STEP_MS = 50  # the watching thread wakes so often, also when nothing happens
_TELLING_ENDINGS = (".json", ".env", ".lock", ".service", ".conf", ".plist", ".toml")


@dataclass(frozen=True, slots=True)
class WatchedPlaces:
    """Places to watch: files in `dirs` by their ending, `files`, and entries of `home` that begin with a stem."""

    home: Path
    stems: tuple[str, ...]
    dirs: frozenset[Path] = frozenset()
    files: frozenset[Path] = frozenset()

    def concerns(self, path: str) -> bool:
        directory, _, name = path.rpartition("/")
        if directory == str(self.home):
            return name.startswith(self.stems)
        return name.endswith(_TELLING_ENDINGS) or Path(path) in self.files

    def existing_dirs(self) -> frozenset[str]:
        """The directories that can be watched now; never a tree, because a home or a state dir can be huge."""
        wanted = {self.home, *self.dirs, *(file.parent for file in self.files)}
        return frozenset(str(path) for path in wanted if os.path.isdir(path))  # noqa: PTH112


class FileWatch:
    """Calls `changed` soon after a file changes, and tells of each new watch whether it began or failed.

    Owns one task; `aclose` ends it.
    """

    def __init__(self, changed: Callable[[], None], began: Callable[[], None], failed: Callable[[str], None]) -> None:
        self._changed = changed
        self._began = began
        self._failed = failed
        self._dirs: frozenset[str] = frozenset()
        self._places: WatchedPlaces | None = None
        self._task: asyncio.Task[None] | None = None
        self._stop = asyncio.Event()

    async def watch(self, places: WatchedPlaces) -> None:
        """Watch these places from now on, if they are others than before or watching has failed."""
        self._places = places
        dirs = await asyncio.to_thread(places.existing_dirs)
        if dirs == self._dirs and self._task is not None and not self._task.done():
            return
        await self.aclose()
        self._dirs = dirs
        self._stop = asyncio.Event()
        self._task = asyncio.create_task(self._run(dirs, self._stop), name="file watch")

    async def aclose(self) -> None:
        if self._task is not None:
            self._stop.set()  # ends the watching thread too, which a cancelled task would leave behind
            await asyncio.wait((self._task,))
            self._task = None

    async def _run(self, dirs: Iterable[str], stop: asyncio.Event) -> None:
        await asyncio.to_thread(import_module, "watchfiles")  # takes too long for the event loop
        from watchfiles import awatch

        standing = asyncio.get_running_loop().call_soon(self._began)  # runs as soon as the watch below stands
        try:
            async for _ in awatch(
                *dirs,
                watch_filter=lambda _change, path: self._places is not None and self._places.concerns(path),
                debounce=_DEBOUNCE_MS,
                step=_STEP_MS,
                recursive=False,
                stop_event=stop,
                ignore_permission_denied=True,
            ):
                self._changed()
        except (OSError, RuntimeError) as error:
            standing.cancel()
            self._failed(f"Changes on disk are seen late, because watching files failed: {error}")
