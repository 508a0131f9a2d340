"""The distribution's command of a run whose claw-tui was killed."""

from __future__ import annotations

from gateway_core.host import Host
from gateway_core.lifecycle.held_process import held
from gateway_core.lifecycle.own_children import kill_session
from gateway_core.onboarding.journal import Journal
from gateway_core.onboarding.progress import FailedError, FailureCode

_END_S = 10.0


async def end_leftover(host: Host, journal: Journal) -> None:
    """End it, if it is still at work: two of them would write the same files. Raises `FailedError`.

    It is the very process that the journal names, by pid and start time, and it leads a session of its own.
    """
    mark = journal.vendor
    if mark is None:
        return
    with held(host.processes, (mark.pid, mark.start)) as process:
        if process is None:
            return
        kill_session(mark.pid)
        if not await process.ended(_END_S):
            message = f"The onboarding command of {journal.plan.instance} (pid {mark.pid}) does not end."
            raise FailedError(FailureCode.STILL_RUNNING, message, "Try again when it has ended.")
