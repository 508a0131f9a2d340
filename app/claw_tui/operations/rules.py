"""Rules about instances and operations: which ones `--all` means, what may be killed, what would leave the list."""

from __future__ import annotations

from claw_tui.operations.operation_log import OperationRecord
from gateway_core.lifecycle.runner import runner_of, signal_command
from gateway_core.operations import Operation, makes_sense
from gateway_core.snapshot import Instance, State

_GONE_WITH_PROCESS = {"process", "lock"}  # evidence that may be gone with the process; newer versions remove their lock


def all_acts_on(operation: Operation, instance: Instance) -> bool:
    """Whether `--all` includes the instance: what cannot start as it is would only make that fail."""
    blocked = operation is Operation.START and instance.state is not State.STOPPED
    return belongs_to_all(instance) and makes_sense(operation, instance) and not blocked


def belongs_to_all(instance: Instance) -> bool:
    """Whether “all” can mean the instance: those of other homes and users, and of demos, are meant only by name."""
    return instance.own and not instance.demo


def all_leaves_undone(operation: Operation, instance: Instance) -> bool:
    """Whether an instance that `--all` leaves out is not how the user wants all of them to be."""
    down = instance.signals.process is None
    if not belongs_to_all(instance):
        return False
    return instance.state is State.UNKNOWN or (operation is Operation.START and down)


def leaves_list_with_process(instance: Instance) -> bool:
    """Whether nothing of the instance will be found once its process has ended."""
    return bool(instance.found_by) and set(instance.found_by) <= _GONE_WITH_PROCESS


def can_be_killed(instance: Instance, last: OperationRecord | None) -> bool:
    """Whether the process of that instance was asked to stop in this session, and has let its time go by.

    A stop from here waits as long as the gateway's product grants it, so its failure means that this time is up.
    """
    process = instance.signals.process
    if process is None or runner_of(instance) is not None or last is None or last.result is None or last.result.ok:
        return False
    command = " ".join(signal_command(Operation.STOP, process.pid))
    asked = any(step.command == command and step.ok for step in last.steps)
    waited = bool(last.steps) and last.steps[-1].name == "exit" and not last.steps[-1].ok
    return last.operation in (Operation.STOP, Operation.RESTART) and asked and waited
