"""The dashboard over a scripted operator, with gateways for it to start and to end."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from textual.pilot import Pilot

from claw_tui.app import ClawTui
from claw_tui.settings import LoadedSettings
from claw_tui.shell.dashboard_app import DashboardResult
from gateway_core.operations import ErrorCode, Failure, Operation
from gateway_core.snapshot import Instance, Snapshot, State
from tests.dashboard import dashboard
from tests.scripted_operator import ScriptedOperator
from tests.snapshots import host, instance, signals
from tests.until import eventually

PROFILES = ("a", "b", "c", "d", "e")
BUSY = Failure(code=ErrorCode.BUSY, message="Another claw-tui works on it.", hint="Wait.", last_lines=("bye",))
STILL_RUNNING = Failure(code=ErrorCode.STILL_RUNNING, message="It still runs.", hint="Then it can be killed.")


def direct(profile: str, base: int, state: State = State.RUNNING) -> Instance:
    """An instance that no service runs."""
    if state is State.RUNNING:
        return instance(profile, base, state, signals=signals(base - 7000, service=False))
    return instance(profile, base, state)


def five(state: State = State.RUNNING) -> Snapshot:
    """One of each of `PROFILES`, in their order."""
    return host(*(direct(profile, 20000 + 200 * index, state) for index, profile in enumerate(PROFILES)))


@asynccontextmanager
async def operated(
    snapshot: Snapshot, size: tuple[int, int] = (120, 36), settings: LoadedSettings | None = None
) -> AsyncIterator[tuple[ClawTui, Pilot[DashboardResult], ScriptedOperator]]:
    """The dashboard on that snapshot, and what carries its operations out."""
    operator = ScriptedOperator()
    async with dashboard(snapshot, size, settings, operator=operator) as (app, pilot):
        yield app, pilot, operator


def asked(operator: ScriptedOperator) -> list[tuple[tuple[str, ...], Operation]]:
    """What was asked for, without the options."""
    return [(ids, operation) for ids, operation, _ in operator.asked]


def toasts(app: ClawTui) -> list[tuple[str, str, str]]:
    """Title, message and severity of each."""
    return [(note.title, note.message, note.severity) for note in app._notifications]


async def fail_to_stop(
    pilot: Pilot[DashboardResult], operator: ScriptedOperator, name: str = "openclaw:a", pid: int = 13000
) -> None:
    """A stop of the row under the cursor that does not work: `pid` was signalled, and `name` still runs."""
    await pilot.press("X", "y")
    await eventually(pilot, lambda: operator.asked)
    operator.step(name, "signal", f"kill -TERM {pid}")
    operator.step(name, "exit", ok=False)
    operator.fail(name, STILL_RUNNING)
