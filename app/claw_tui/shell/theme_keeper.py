"""Keeps the theme that the user has chosen, without keeping keys waiting for the disk."""

from __future__ import annotations

from asyncio import Task, create_task, to_thread, wait
from typing import TYPE_CHECKING

from claw_tui.settings import save_theme
from claw_tui.shell.background import in_words

if TYPE_CHECKING:
    from pathlib import Path

    from claw_tui.shell.problems import Problems

LAST_SAVE_S = 2.0  # so long the end of the dashboard waits for a disk


class ThemeKeeper:
    """Writes down the newest choice, one after the other. It is no worker: those are given up before the end."""

    def __init__(self, path: Path | None, problems: Problems) -> None:
        """`path` is where the settings are; `None` keeps choices for this run only."""
        self._path = path
        self._problems = problems
        self._chosen = ""
        self._saving: Task[None] | None = None

    def keep(self, theme: str) -> None:
        self._chosen = theme
        if self._path is not None and (self._saving is None or self._saving.done()):
            self._saving = create_task(self._save(self._path))

    async def close(self) -> None:
        """Wait for the last choice to be written, if that does not take long."""
        if self._saving is not None:
            await wait({self._saving}, timeout=LAST_SAVE_S)
            self._saving.cancel()

    async def _save(self, path: Path) -> None:
        saved = ""
        while saved != self._chosen:
            saved = self._chosen
            try:
                await to_thread(save_theme, path, saved)
            except Exception as error:  # noqa: BLE001  the boundary: whatever it is, the user is told
                reason = (error.strerror if isinstance(error, OSError) else None) or in_words(error)
                self._problems.report(str(path), f"The choice of theme could not be kept: {reason}")
