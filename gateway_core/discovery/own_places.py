"""Where claw-tui remembers what it has found out, and why nothing can be kept there."""

from __future__ import annotations

from collections.abc import Iterator

from gateway_core.dirs import state_dir
from gateway_core.host import Host
from gateway_core.own_files import why_unused
from gateway_core.snapshot import Problem


def unused_memory(host: Host) -> Iterator[Problem]:
    """Yield why what is remembered is neither read nor written: what the user wrote tells of itself."""
    reason = why_unused(state_dir(host))
    if reason is not None:
        message = f"Nothing is remembered here, so ids and events may be lost, and nothing new is made: {reason}."
        yield Problem(where=str(state_dir(host)), message=message)
