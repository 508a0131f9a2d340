"""The rules of operations: for which instances each makes sense, and which ones `--all` means."""

import pytest

from claw_tui.operations.rules import is_meant_by_all
from gateway_core.operations import Operation, makes_sense
from gateway_core.snapshot import State
from tests.snapshots import instance


@pytest.mark.parametrize(
    ("state", "start", "stop"),
    [
        (State.RUNNING, False, True),
        (State.DEGRADED, False, True),
        (State.STOPPED, True, False),
        (State.BLOCKED, True, False),
        (State.FOREIGN, True, False),
        (State.INCOMPLETE, False, False),
        (State.UNKNOWN, False, False),
        (State.CRASH_LOOPING, False, True),
    ],
)
def test_what_makes_sense_in_which_state(state: State, start: bool, stop: bool) -> None:
    found = instance("a", 20000, state)
    assert makes_sense(Operation.START, found) is start
    assert makes_sense(Operation.STOP, found) is makes_sense(Operation.RESTART, found) is stop
    assert is_meant_by_all(Operation.START, found) is (state is State.STOPPED)
