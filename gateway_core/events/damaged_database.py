"""Puts a damaged database out of the way; one claw-tui at a time, and never a file that has been replaced meanwhile."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gateway_core.files import FileIdentity, identify

_PATIENCE_S = 3.0
_PAUSE_S = 0.02
_COMPANIONS = ("-wal", "-shm")
"""Files that SQLite keeps beside a database in WAL mode, and that mean nothing to another one."""


class SettingAsideError(Exception):
    """Another claw-tui is at it, and does not come to an end."""


def set_aside(path: Path, seen: FileIdentity) -> Path | None:
    """Rename the file that was `seen`; `None` if another one is there by now. What was set aside before is lost.

    Raises `OSError` and `SettingAsideError`.
    """
    with exclusively(path):
        if identify(path)[:2] != seen[:2]:
            return None
        aside = path.with_name(f"{path.stem}.damaged{path.suffix}")
        for companion in _COMPANIONS:
            Path(f"{path}{companion}").unlink(missing_ok=True)
        path.replace(aside)
        return aside


@contextmanager
def exclusively(path: Path) -> Iterator[None]:
    """While no other claw-tui creates or replaces that file. The kernel ends it when its holder ends."""
    descriptor = os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        _lock(descriptor, time.monotonic() + _PATIENCE_S)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int, deadline: float) -> None:
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise SettingAsideError("another claw-tui has been replacing it for too long") from None
            time.sleep(_PAUSE_S)
        else:
            return
