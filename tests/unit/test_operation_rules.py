"""The rules of operations: for which instances each makes sense, and which ones `--all` means."""

import errno
import os

import pytest

from claw_tui.operations.rules import all_acts_on
from gateway_core.operations import Operation, internal_failure, makes_sense
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
    assert all_acts_on(Operation.START, found) is (state is State.STOPPED)


@pytest.mark.parametrize("operation", [Operation.START, Operation.STOP, Operation.RESTART])
@pytest.mark.parametrize("whose", [{"own": False}, {"own": False, "account": "bob"}, {"own": False, "demo": True}])
def test_all_means_none_of_another_home_or_user_or_demo(operation: Operation, whose: dict[str, object]) -> None:
    state = State.STOPPED if operation is Operation.START else State.RUNNING
    mine = instance("a", 20000, state)
    other = mine.model_copy(update=whose)
    assert all_acts_on(operation, mine)
    assert makes_sense(operation, other), "by its name it is"
    assert not all_acts_on(operation, other)


def test_too_many_open_files_are_nothing_to_report() -> None:
    failure = internal_failure("This stopped", OSError(errno.EMFILE, os.strerror(errno.EMFILE)))
    assert failure.message == "This stopped: OSError: [Errno 24] Too many open files"
    assert failure.hint == "Try again with fewer files open (see: ulimit -n)."
    assert internal_failure("This stopped", OSError(errno.EIO, "x")).hint == "Please report this."
