"""What nobody can look at, not even root: a name, and for a while a directory."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

UNSEEN = "x" * 300
"""As in a closed home, asking for it is an error of its own."""


@contextmanager
def unlistable(directory: Path) -> Iterator[None]:
    """For root every directory is open: for this once, the kernel's answer is made up."""
    scan = os.scandir

    def refuse(path: str | Path) -> Iterator[os.DirEntry[str]]:
        if Path(path) == directory:
            raise PermissionError(13, "Permission denied", str(path))
        return scan(path)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "scandir", refuse)
        yield
