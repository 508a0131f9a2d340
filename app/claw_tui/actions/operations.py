"""The operations on instances. Each key takes Shift: no slip of a single finger starts or ends a gateway."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from claw_tui.actions.model import INSTANCES, READ_ONLY, Action, Group, Situation, no_instance

if TYPE_CHECKING:
    from gateway_core.snapshot import Instance

_action = partial(Action, group=Group.OPERATIONS, scope=INSTANCES.name)


def _can(operation_name: str) -> Callable[[Situation], bool]:
    """Whether the operation makes sense for at least one target without an operation under way."""

    def needs(situation: Situation) -> bool:
        if not situation.can_operate:
            return False
        from gateway_core.operations import Operation, makes_sense

        operation = Operation(operation_name)
        return any(makes_sense(operation, one) for one in situation.targets if one.id not in situation.busy)

    return needs


def _can_one(operation_name: str) -> Callable[[Situation], bool]:
    """Whether the operation makes sense for the instance under the cursor, whatever is selected."""
    return lambda situation: _can(operation_name)(_of_cursor(situation))


def _why_not_one(operation_name: str) -> Callable[[Situation], str | None]:
    return lambda situation: _why_not(operation_name)(_of_cursor(situation))


def _of_cursor(situation: Situation) -> Situation:
    return replace(situation, targets=(situation.instance,) if situation.instance else ())


def _not_selectable(situation: Situation) -> str | None:
    return no_instance(situation) if situation.can_operate else READ_ONLY


def _not_killable(situation: Situation) -> str | None:
    if not situation.can_operate:
        return READ_ONLY
    return "Only a gateway that was asked to stop from here, and has had its time, can be killed. Stop it first."


def _why_not(operation_name: str) -> Callable[[Situation], str | None]:
    """Return what says why none of the targets can be started, stopped or restarted."""

    def reason(situation: Situation) -> str | None:
        targets = situation.targets
        if not situation.can_operate:
            return READ_ONLY
        if len(targets) != 1:
            from gateway_core.operations import Operation

            done = Operation(operation_name).verb.done
            return f"None of those {len(targets)} can be {done} now." if targets else None
        if targets[0].id in situation.busy:
            return f"Something is being done to {targets[0].id} already."
        return _reason(operation_name, targets[0])

    return reason


def _reason(operation_name: str, instance: Instance) -> str:
    process = instance.signals.process
    if process is not None:
        return f"{instance.id} runs already, as pid {process.pid}: {instance.reason}."
    if operation_name == "start":
        return f"{instance.id} cannot be started: {instance.reason}."
    told = f"{instance.id} does not run: {instance.reason}."
    if operation_name != "restart" or instance.state != "stopped":
        return told
    from gateway_core.shell_commands import own_command

    return f"{told} Start it: {own_command('start', instance.id)}"


OPERATION_ACTIONS = (
    _action(
        id="start",
        keys="U",
        title="Start (up)",
        explanation="Start it, until it is live; its state says when it is ready. With several selected: all of them.",
        needs=_can("start"),
        why_not=_why_not("start"),
        short="Start",
    ),
    _action(
        id="start-otherwise",
        keys="V",
        title="Start in another way…",
        explanation="Choose its service or none, or start it anyway, in spite of a port conflict. Ends nobody.",
        needs=_can_one("start"),
        why_not=_why_not_one("start"),
    ),
    _action(
        id="stop",
        keys="X",
        title="Stop",
        explanation="Asks first, and says what will be run. With several selected: all of them.",
        needs=_can("stop"),
        why_not=_why_not("stop"),
        short="Stop",
    ),
    _action(
        id="restart",
        keys="R",
        title="Restart",
        explanation="Asks first. Not stopped at all if it could not be started again.",
        needs=_can("restart"),
        why_not=_why_not("restart"),
        short="Restart",
    ),
    _action(
        id="kill",
        keys="K",
        title="Kill",
        explanation="Only after a stop that did not work, once the gateway has had its time; has to be typed out.",
        needs=lambda situation: situation.can_operate and situation.killable,
        why_not=_not_killable,
        short="Kill",
        hidden=True,
    ),
    _action(
        id="select",
        keys="space",
        title="Select",
        explanation="Select the row under the cursor, or not any more; esc selects none.",
        needs=lambda situation: situation.can_operate and situation.instance is not None,
        why_not=_not_selectable,
        short="Select",
    ),
    _action(
        id="select-all",
        keys="a",
        title="Select all shown",
        explanation="All rows in sight of this home and the registered ones, not those of others; once more: none.",
        needs=lambda situation: situation.can_operate and situation.instance is not None,
        why_not=_not_selectable,
    ),
    Action(
        id="operations",
        keys="h",
        title="History of operations",
        explanation="Running and past operations of this session: steps, commands, last words; y copies.",
        group=Group.OPERATIONS,
        needs=lambda situation: situation.operated,
        why_not=lambda _: "Nothing was started, stopped or restarted in this session yet.",
        short="History",
        hidden=True,
    ),
)
