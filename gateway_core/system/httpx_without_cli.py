"""httpx 0.28, loaded in less than half of the time, and without a front end.

Its own command line draws in click, rich and pygments where they are installed. `None` in `sys.modules` tells Python
that a module is not to be had.
"""

import sys

sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]

import httpx  # noqa: E402  not before the line above

__all__ = ["httpx"]
