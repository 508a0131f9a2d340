"""Why something cannot be done now, for somebody who has just pressed its key."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from claw_tui.action_model import Situation
    from gateway_core.snapshot import Instance

READ_ONLY = "This dashboard is read-only: it shows everything and does nothing."


def no_instance(situation: Situation) -> str | None:
    """There is nothing under the cursor."""
    return None if situation.instance is not None else "There is no instance under the cursor."


def no_conflict(situation: Situation) -> str | None:
    """There is nothing under the cursor."""
    return None if situation.conflict is not None else "There is no conflict under the cursor."


def no_event(situation: Situation) -> str | None:
    """There is nothing under the cursor."""
    return None if situation.event is not None else "There is no event under the cursor."


def not_selectable(situation: Situation) -> str | None:
    """Nothing can be done to those that would be selected."""
    return no_instance(situation) if situation.can_operate else READ_ONLY


def no_control_ui(situation: Situation) -> str | None:
    """There is no address, or nobody behind it."""
    instance = situation.instance
    if instance is None or instance.control_url is None:
        return no_instance(situation) or "Where its Control UI would be is not known."
    return f"It does not run, and so its Control UI does not either: {instance.reason}."


def not_killable(situation: Situation) -> str | None:
    """Nobody may be killed who has not been asked."""
    if not situation.can_operate:
        return READ_ONLY
    return "Only a gateway that was asked to stop from here, and has had its time, can be killed. Stop it first."


def not_to_be(operation_name: str) -> Callable[[Situation], str | None]:
    """Why none of those that are meant can be started, stopped or restarted."""

    def reason(situation: Situation) -> str | None:
        targets = situation.targets
        if not situation.can_operate:
            return READ_ONLY
        if len(targets) != 1:
            return f"None of those {len(targets)} can be {_DONE[operation_name]} now." if targets else None
        if targets[0].id in situation.busy:
            return f"Something is being done to {targets[0].id} already."
        return _of_one(operation_name, targets[0])

    return reason


_DONE = {"start": "started", "stop": "stopped", "restart": "restarted"}


def _of_one(operation_name: str, instance: Instance) -> str:
    process = instance.signals.process
    if process is not None:
        return f"{instance.id} runs already, as pid {process.pid}: {instance.reason}."
    if operation_name == "start":
        return f"{instance.id} cannot be started: {instance.reason}."
    hint = " U starts it." if operation_name == "restart" and instance.state == "stopped" else ""
    return f"{instance.id} does not run: {instance.reason}.{hint}"
