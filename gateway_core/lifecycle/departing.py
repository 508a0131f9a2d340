"""Makes sure that a gateway that was stopped is gone: its process, and its port."""

from __future__ import annotations

from gateway_core.lifecycle.operations import ErrorCode, OperationFailedError
from gateway_core.lifecycle.target import Target, look
from gateway_core.lifecycle.work import Work


async def until_gone(work: Work, before: Target) -> Target | None:
    """The instance without a process; `None` if nothing is left of it. Raises `OperationFailedError`."""
    with work.steps.step("verify") as note:
        after = await look(work.observer, before)
        if after is not None and after.identity is not None:
            raise _came_back(before, after)
        _require_free(before, work)
        note.detail = after.instance.reason if after is not None else "nothing of it is left"
        return after


def _require_free(before: Target, work: Work) -> None:
    """The port that it held, unless another held it in its place all the time."""
    port = before.instance.live_port
    holder = next((socket for socket in work.observer.facts.sockets.sockets if socket.port == port), None)
    if port is not None and holder is not None:
        who = f"pid {holder.pid}" if holder.pid is not None else "a process that cannot be seen"
        raise OperationFailedError(
            ErrorCode.PORT_STILL_HELD,
            f"The gateway of {before.id} has ended, but port {port} is held by {who} now.",
            "Whoever holds it is no part of this instance; it was left alone.",
        )


def _came_back(before: Target, after: Target) -> OperationFailedError:
    process = after.instance.signals.process
    pid = process.pid if process is not None else 0
    again = "still runs" if after.identity == before.identity else "runs in its place"
    return OperationFailedError(
        ErrorCode.STILL_RUNNING,
        f"{before.id} was stopped, but pid {pid} {again}: {after.instance.reason}.",
        f"Stop it again, or find out who starts it: claw-tui show {before.id}",
    )
