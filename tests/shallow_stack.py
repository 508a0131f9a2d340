"""A stack that directories are easily deeper than."""

import inspect
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

DEEP = 200


@contextmanager
def shallow_stack() -> Iterator[None]:
    """Half as many levels of calls as the directories of `deep_directories` have."""
    usual = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack(0)) + DEEP // 2)
    try:
        yield
    finally:
        sys.setrecursionlimit(usual)


def deep_directories(top: Path) -> list[Path]:
    """Directories in each other, the outermost first."""
    paths = [top / "d"]
    for _ in range(DEEP - 1):
        paths.append(paths[-1] / "d")
    for path in paths:
        path.mkdir()
    return paths
