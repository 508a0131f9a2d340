"""The locks of open files and directories: the kernel lets go of them when their holder ends, however that happens."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

_RETRY_S = 0.02


@contextmanager
def locked(descriptor: int, patience_s: float = 0.0, *, shared: bool = False) -> Iterator[bool]:
    """Hold the lock of an open file or directory, which is closed at the end; whether others left it free. Blocks.

    Raises `OSError` where it cannot be locked, as on some network file systems.
    """
    try:
        yield take_lock(descriptor, patience_s, shared=shared)
    finally:
        os.close(descriptor)


def locked_dir(directory: Path, patience_s: float) -> AbstractContextManager[bool]:
    """The same for a directory: no lock file stays behind."""
    return locked(os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC), patience_s)


def take_lock(descriptor: int, patience_s: float = 0.0, *, shared: bool = False) -> bool:
    """Lock an open file or directory until it is closed; whether others left it free. Blocks. Raises `OSError`."""
    kind, until = fcntl.LOCK_SH if shared else fcntl.LOCK_EX, time.monotonic() + patience_s
    while True:
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                return False
            time.sleep(_RETRY_S)
        else:
            return True
