"""httpx without what costs the most and is of no use here."""

import importlib
import sys
from importlib.util import find_spec


def import_httpx() -> None:
    """Load httpx 0.28 in less than half of the time, and so that a question costs half as much. Blocks: for a thread.

    `None` in `sys.modules` tells Python that a module is not to be had.
    """
    if find_spec("sniffio") is None:
        # httpcore 1.0 imports it six times per question where it can; a search in vain goes through all of sys.path.
        sys.modules["sniffio"] = None  # type: ignore[assignment]
    # httpx's own command line draws in click, rich and pygments where they are installed.
    sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
    importlib.import_module("httpx")
